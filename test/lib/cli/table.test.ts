import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DumpSockets } from '../../../lib/cli/per-service.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import type { Transport } from '../../../lib/transport.ts';
import { LITTLE_ENDIAN, MessageFlag, MessageType } from '../../../protocol/netlink/index.ts';
import { type Run, runIpvs } from './run-ipvs.ts';

const RULES = [
  '-A -t 10.0.0.1:80 -s rr',
  '-a -t 10.0.0.1:80 -r 10.1.0.1 -m -w 5 -x 9 -y 2',
  '-A -t 10.0.0.2:80',
  '-A -u [2001:db8::1]:53',
  '-a -u [2001:db8::1]:53 -r [2001:db8::2]:53',
  '-a -u [2001:db8::1]:53 -r 10.1.0.9:53 -i --tun-type gue --tun-port 6080',
  '-A -f 5',
  '-a -f 5 -r 10.1.0.5',
  '-A -f 5 -6',
  '-a -f 5 -6 -r [2001:db8::5]:0',
  '-A -t 10.0.0.3:80',
  // More than one part of a dump.
  ...Array.from({ length: 60 }, (_, index) => `-a -t 10.0.0.3:80 -r 10.2.0.${index}:80 -m -w ${index}`),
];

/** What a kernel writes into /proc/net/ip_vs of some of that, with a weight of its own. */
const FILE = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A000001:0050 rr  
  -> 0A010001:0050      Masq    77     0          0         
TCP  0A000009:0050 rr  
  -> 0A010009:0050      Masq    1      0          0         
FWM  00000005 wlc 
  -> 0A010005:0000      Route   88     0          0         
FWM  00000005 wlc 
  -> [2001:0db8:0000:0000:0000:0000:0000:0005]:0000      Route   88     0          0         
`;

async function kernelWithTable(): Promise<FakeKernel> {
  const kernel = new FakeKernel();
  const { status, errors } = await runIpvs(kernel, '-R', { input: RULES.join('\n') });
  assert.equal(status, 0, errors);
  return kernel;
}

/** Runs a command line with this text in /proc/net/ip_vs. */
function withFile(kernel: FakeKernel, line: string, file: string): Promise<Run> {
  return runIpvs(kernel, line, { overrides: { readTable: async () => Buffer.from(file, 'latin1') } });
}

/** Runs a command line over sockets whose answers to dumps of destinations `spoil` changes. */
function spoilt(
  kernel: FakeKernel,
  line: string,
  spoil: (datagram: DataView, length: number) => number,
): Promise<Run> {
  const inner = kernel.connect();
  const forDestinations: Transport = {
    portId: inner.portId,
    repliesWithinSend: true,
    send: (datagram) => inner.send(datagram),
    receive: (into) => {
      const length = inner.receive(into);
      return spoil(new DataView(into.buffer, into.byteOffset, into.byteLength), length);
    },
    receiveAsync: (into) => inner.receiveAsync(into),
    close: () => inner.close(),
  };
  const openDumpSockets = async (): Promise<DumpSockets> => ({
    forServices: kernel.connect(),
    forDestinations,
    help: async () => undefined,
  });
  return runIpvs(kernel, line, { overrides: { openDumpSockets } });
}

const LISTINGS = [
  '-Sn',
  '-Ln',
  '-Ln --nosort',
  '-Ln --stats',
  '-Ln --thresholds',
  '-Ln --tun-info',
  '-L --json',
];

describe('a table without the single dump', () => {
  it('is read as by the client, service by service', async () => {
    const kernel = await kernelWithTable();
    for (const line of LISTINGS) {
      const careful = await runIpvs(kernel, `${line} --per-service`);
      const quick = await runIpvs(kernel, line);
      assert.deepEqual([quick.status, quick.errors], [0, '']);
      assert.equal(quick.output, careful.output, line);
    }
  });

  it('is read in the careful way where the kernel answers otherwise than usual', async () => {
    const kernel = await kernelWithTable();
    const { output } = await runIpvs(kernel, '-Sn --per-service');

    const spoils: Readonly<Record<string, (datagram: DataView, length: number) => number>> = {
      'no answer': () => -1,
      'an answer that fills all the room': (datagram) => datagram.byteLength,
      'another sequence number': (datagram, length) => {
        datagram.setUint32(8, 77777, LITTLE_ENDIAN);
        return length;
      },
      'another port': (datagram, length) => {
        datagram.setUint32(12, 77777, LITTLE_ENDIAN);
        return length;
      },
      'a table that changed': (datagram, length) => {
        datagram.setUint16(6, datagram.getUint16(6, LITTLE_ENDIAN) | MessageFlag.DUMP_INTR, LITTLE_ENDIAN);
        return length;
      },
      'an error': (datagram, length) => {
        datagram.setUint16(4, MessageType.ERROR, LITTLE_ENDIAN);
        return length;
      },
      'a dump that failed': (datagram, length) => {
        if (datagram.getUint16(4, LITTLE_ENDIAN) === MessageType.DONE)
          datagram.setInt32(16, -12, LITTLE_ENDIAN);
        return length;
      },
      'another attribute': (datagram, length) => {
        if (datagram.getUint16(4, LITTLE_ENDIAN) !== MessageType.DONE)
          datagram.setUint16(22, 1, LITTLE_ENDIAN);
        return length;
      },
      'more than one attribute': (datagram, length) => {
        if (datagram.getUint16(4, LITTLE_ENDIAN) !== MessageType.DONE)
          datagram.setUint16(20, 8, LITTLE_ENDIAN);
        return length;
      },
    };
    for (const [what, spoil] of Object.entries(spoils)) {
      let reads = 0;
      const run = await spoilt(kernel, '-Sn', (datagram, length) => {
        reads++;
        return spoil(datagram, length);
      });
      assert.deepEqual([run.status, run.errors, run.output], [0, '', output], what);
      assert.ok(reads > 0, what);
    }
  });

  it('is listed plainly from the file in /proc, and asked about what that leaves open', async () => {
    const kernel = await kernelWithTable();
    const plain = await withFile(kernel, '-Ln', FILE);
    assert.equal(plain.errors, '');
    assert.deepEqual(plain.output.split('\n').slice(3), [
      'TCP  10.0.0.1:80 rr',
      '  -> 10.1.0.1:80                  Masq    77     0          0         ',
      'FWM  5 wlc',
      '  -> 10.1.0.5:0                   Route   1      0          0         ',
      'FWM  5 IPv6 wlc',
      '  -> [2001:db8::5]:0              Route   1      0          0         ',
      '',
    ]);
    const marks = 2;
    // The family twice over, the version, the services; and for each mark its service and destinations.
    assert.ok(plain.sent <= 4 + 2 * marks, `${plain.sent} datagrams`);
  });

  it('is not read from that file where more than it tells is shown', async () => {
    const kernel = await kernelWithTable();
    for (const line of LISTINGS.filter((listing) => !/^-Ln( --nosort)?$/.test(listing))) {
      const { output } = await runIpvs(kernel, `${line} --per-service`);
      assert.equal((await withFile(kernel, line, FILE)).output, output, line);
    }
    const { output } = await runIpvs(kernel, '-Ln --per-service');
    assert.equal((await withFile(kernel, '-Ln --per-service', FILE)).output, output);
  });

  it('is read without that file where it cannot be understood', async () => {
    const kernel = await kernelWithTable();
    const { output } = await runIpvs(kernel, '-Ln --per-service');
    for (const file of ['', 'nonsense\n', FILE.slice(0, -1), FILE.replace('Masq', 'Mist')])
      assert.equal((await withFile(kernel, '-Ln', file)).output, output);
  });

  it('leaves out a service that is gone by the time its destinations are asked for', async () => {
    const kernel = await kernelWithTable();
    let parts = 0;
    const run = await spoilt(kernel, '-Sn', (datagram, length) => {
      const done = datagram.getUint16(4, LITTLE_ENDIAN) === MessageType.DONE;
      if (!done && ++parts === 1) kernel.state.flush();
      return length;
    });
    assert.deepEqual([run.status, run.errors], [0, '']);
    const listed = run.output.match(/^-A /gm)?.length ?? 0;
    assert.ok(listed === 1 || listed === 2, `the one with the destinations, and at most one empty before it`);
  });
});
