import fs from 'node:fs';
import { HOST_IS_LITTLE_ENDIAN } from '../../../protocol/netlink/index.ts';
import { IpvsSync } from '../../ipvs/client/client-sync.ts';
import { FakeKernel, type FakeSocket } from '../../testing/index.ts';
import { parseRuleLines } from '../parse/rule-lines.ts';

const STDIN = 0;
/** Rules for a table whose listings contain every kind of line. */
const RULES = `
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.1:8080 -m -x 9 -y 2
-a -t 10.0.0.1:80 -r 10.1.0.2:8080 -m -w 5
-A -t 10.0.0.2:80 -s wlc -p 60
-a -t 10.0.0.2:80 -r 10.1.0.1 -g
-A -u 10.0.0.1:53 -o
-A -t [2001:db8::1]:80
-a -t [2001:db8::1]:80 -r [2001:db8::2]:80 -m
-a -t [2001:db8::1]:80 -r 10.1.0.1:80 -i --tun-type gue --tun-port 6080
-A -f 5
-a -f 5 -r 10.1.0.5
`;

function kernelWithTable(): FakeKernel {
  const kernel = new FakeKernel();
  const { lines } = parseRuleLines(RULES, { addressOf: () => undefined, portOf: () => undefined });
  const client = IpvsSync.open({ transport: kernel.connect() });
  client.batch(lines.flatMap(({ command }) => (command.do === 'change' ? [command.change] : [])));
  client.close();
  return kernel;
}

/**
 * Replaces Node's `readSync` and `writeSync`, so that netlink sockets talk to a fake kernel and standard
 * input contains the rules of its table. Every command can then run once on any build machine, so that V8
 * compiles the functions it calls. Returns a function that restores the originals.
 */
export function useFakeKernel(): () => void {
  const kernel = kernelWithTable();
  const { readSync, writeSync } = fs;
  const sockets = new Map<number, FakeSocket>();
  let input = Buffer.from(RULES);

  Object.assign(fs, {
    writeSync: (descriptor: number, bytes: Uint8Array, offset: number, length: number, position: null) => {
      if (descriptor <= 2) return writeSync(descriptor, bytes, offset, length, position);
      const datagram = bytes.slice(offset, offset + length);
      const portId = new DataView(datagram.buffer).getUint32(12, HOST_IS_LITTLE_ENDIAN);
      if (sockets.get(descriptor)?.portId !== portId)
        sockets.set(descriptor, kernel.openSocket({ portId, receiveBuffer: Number.POSITIVE_INFINITY }));
      sockets.get(descriptor)!.send(datagram);
      return length;
    },
    readSync: (descriptor: number, into: Uint8Array, offset: number, length: number, position: null) => {
      if (descriptor === STDIN) {
        const copied = input.copy(into, offset);
        input = input.subarray(copied);
        return copied;
      }
      // A file may have the descriptor number of a socket that was closed.
      const socket = fs.fstatSync(descriptor).isSocket() ? sockets.get(descriptor) : undefined;
      if (socket === undefined) return readSync(descriptor, into, offset, length, position);
      const datagram = socket.receive(length);
      if (datagram === undefined) throw Object.assign(new Error('no datagram'), { code: 'EAGAIN' });
      into.set(datagram, offset);
      return datagram.length;
    },
  });
  return () => Object.assign(fs, { readSync, writeSync });
}
