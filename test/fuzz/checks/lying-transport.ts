import type { Transport } from '../../../lib/netlink/socket/transport.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { readMessages, write } from '../mutation/netlink-tree.ts';

const CONTROLLER = 16;
/** Requests of an operation that are answered so; each service of a lie makes the client ask again. */
export const LIES = 3;

/** A kernel that answers requests about IPVS with the messages of `input`, each in a datagram, then with its own. */
export function lyingTransport(input: Uint8Array): Transport & { lies: number } {
  const transport = new FakeKernel({ singleDump: 'nested' }).connect();
  const lies = readMessages(input).map((part) => write([part]));
  let replies: Uint8Array[] = [];
  return {
    lies: LIES,
    portId: transport.portId,
    repliesWithinSend: true,
    send(datagram) {
      const request = new DataView(datagram.buffer, datagram.byteOffset);
      if (request.getUint16(4, true) !== CONTROLLER && this.lies-- > 0) {
        for (const lie of lies) address(lie, request.getUint32(8, true), transport.portId);
        replies = [...lies];
      }
      transport.send(datagram);
    },
    receive(into) {
      const reply = replies.shift();
      if (reply === undefined) return transport.receive(into);
      into.set(reply.subarray(0, into.length));
      return Math.min(reply.length, into.length);
    },
    receiveAsync: (into) => transport.receiveAsync(into),
    close: () => transport.close(),
  };
}

function address(message: Uint8Array, sequence: number, portId: number): void {
  if (message.length < 16) return;
  const data = new DataView(message.buffer);
  data.setUint32(8, sequence, true);
  data.setUint32(12, portId, true);
}
