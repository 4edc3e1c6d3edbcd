import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PieceTransport } from '../../../lib/cli/destination-dump.ts';
import type { DumpSockets } from '../../../lib/cli/per-service.ts';
import type { Transport } from '../../../lib/netlink/socket/transport.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { CONTROLLER_ID } from '../../../protocol/genetlink/index.ts';
import { LITTLE_ENDIAN, MessageFlag, MessageType } from '../../../protocol/netlink/index.ts';
import { ruleSets } from './rule-sets.ts';
import { inPieces, type Run, runIpvs } from './run-ipvs.ts';

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

async function kernelWithTable(rules: readonly string[]): Promise<FakeKernel> {
  const kernel = new FakeKernel();
  const { status, errors } = await runIpvs(kernel, '-R', { input: rules.join('\n') });
  assert.equal(status, 0, errors);
  return kernel;
}

/** What becomes of a datagram that was received; -1: it never came. */
type Spoil = (datagram: DataView, length: number) => number;

/** A transport whose answers `spoil` changes. */
function spoiling(inner: Transport, spoil: Spoil): Transport {
  return {
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
}

/** Leaves out what a socket with `dropEnds` leaves out. */
function droppingEnds(transport: PieceTransport): PieceTransport {
  return {
    ...transport,
    dropsEnds: true,
    receivePiece: (into, start, end) => {
      const length = transport.receivePiece(into, start, end);
      if (length !== 20) return length;
      const view = new DataView(into.buffer, into.byteOffset + start, length);
      const well =
        view.getUint16(6, LITTLE_ENDIAN) === MessageFlag.MULTI && view.getInt32(16, LITTLE_ENDIAN) === 0;
      return view.getUint16(4, LITTLE_ENDIAN) === MessageType.DONE && well
        ? transport.receivePiece(into, start, end)
        : length;
    },
  };
}

const WAYS: Readonly<Record<string, (transport: Transport) => PieceTransport>> = {
  'with their ends': inPieces,
  'without their ends': (transport) => droppingEnds(inPieces(transport)),
};

/** Runs a command line over such sockets; says how many datagrams of each came. */
async function readingWith(
  kernel: FakeKernel,
  line: string,
  way: (transport: Transport) => PieceTransport,
  spoils: { readonly services?: Spoil; readonly destinations?: Spoil } = {},
): Promise<Run & { readonly services: number; readonly destinations: number }> {
  const read = { services: 0, destinations: 0 };
  const counted = (of: keyof typeof read): Transport =>
    spoiling(kernel.connect(), (datagram, length) => {
      if (length >= 0) read[of]++;
      return spoils[of]?.(datagram, length) ?? length;
    });
  const openDumpSockets = async (): Promise<DumpSockets> => ({
    forServices: counted('services'),
    forDestinations: way(counted('destinations')),
    helpedFrom: Number.POSITIVE_INFINITY,
    help: async () => undefined,
  });
  return { ...(await runIpvs(kernel, line, { overrides: { openDumpSockets } })), ...read };
}

const LISTINGS = [
  '-Sn',
  '-Ln',
  '-Ln --nosort',
  '-Ln --stats',
  '-Ln --thresholds',
  '-Ln --tun-info',
  '-L',
  '-S',
  '-Sn --compat',
  '-L --json',
];

/** A change of a datagram that is one of a dump's objects. */
function objects(change: (datagram: DataView) => void): Spoil {
  return (datagram, length) => {
    if (length > 20 && datagram.getUint16(4, LITTLE_ENDIAN) !== MessageType.DONE) change(datagram);
    return length;
  };
}

const SPOILS: Readonly<Record<string, Spoil>> = {
  'an answer that fills all the room': (datagram) => datagram.byteLength,
  'a message that ends beyond': objects((datagram) =>
    datagram.setUint32(0, datagram.getUint32(0, LITTLE_ENDIAN) + 4096, LITTLE_ENDIAN),
  ),
  'a message without an end': objects((datagram) => datagram.setUint32(0, 0, LITTLE_ENDIAN)),
  'another sequence number': objects((datagram) => datagram.setUint32(8, 77777, LITTLE_ENDIAN)),
  'another port': objects((datagram) => datagram.setUint32(12, 77777, LITTLE_ENDIAN)),
  'a table that changed': objects((datagram) =>
    datagram.setUint16(6, datagram.getUint16(6, LITTLE_ENDIAN) | MessageFlag.DUMP_INTR, LITTLE_ENDIAN),
  ),
  'an error': objects((datagram) => datagram.setUint16(4, MessageType.ERROR, LITTLE_ENDIAN)),
  'a dump that failed': (datagram, length) => {
    if (length >= 20 && datagram.getUint16(4, LITTLE_ENDIAN) === MessageType.DONE)
      datagram.setInt32(16, -12, LITTLE_ENDIAN);
    return length;
  },
  'another attribute': objects((datagram) => datagram.setUint16(22, 3, LITTLE_ENDIAN)),
  'more than one attribute': objects((datagram) => datagram.setUint16(20, 8, LITTLE_ENDIAN)),
};

function bytesOf({ buffer, byteOffset, byteLength }: DataView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function isAck(datagram: DataView): boolean {
  return (
    datagram.getUint16(4, LITTLE_ENDIAN) === MessageType.ERROR && datagram.getInt32(16, LITTLE_ENDIAN) === 0
  );
}

describe('a table without the single dump', () => {
  for (const [name, way] of Object.entries(WAYS)) {
    describe(`whose dumps come ${name}`, () => {
      it('is read as by the client, service by service', async () => {
        for (const rules of [RULES, ...ruleSets.map((set) => set.rules)]) {
          const kernel = await kernelWithTable(rules);
          for (const line of LISTINGS) {
            const careful = await runIpvs(kernel, `${line} --per-service`);
            const quick = await readingWith(kernel, line, way);
            assert.deepEqual([quick.status, quick.errors], [0, '']);
            assert.equal(quick.output, careful.output, line);
            assert.ok(quick.services > 0);
          }
        }
      });

      for (const of of ['services', 'destinations'] as const)
        it(`is read in the careful way where the kernel answers about ${of} otherwise than usual`, async () => {
          const kernel = await kernelWithTable(RULES);
          const { output } = await runIpvs(kernel, '-Sn --per-service');
          for (const [what, spoil] of Object.entries(SPOILS)) {
            let spoilt = 0;
            const run = await readingWith(kernel, '-Sn', way, {
              [of]: (datagram: DataView, length: number) => {
                // That socket was answered about the family first.
                if (length < 0 || datagram.getUint16(4, LITTLE_ENDIAN) === CONTROLLER_ID || isAck(datagram))
                  return length;
                const before = Buffer.from(bytesOf(datagram));
                const result = spoil(datagram, length);
                if (result !== length || !before.equals(bytesOf(datagram))) spoilt++;
                return result;
              },
            });
            assert.deepEqual([run.status, run.errors, run.output], [0, '', output], what);
            assert.ok(spoilt > 0, `${what} came`);
            const usual = await readingWith(kernel, '-Sn', way);
            assert.ok(run.sent > usual.sent, `the client asked again after ${what}`);
          }
        });

      it('leaves out a service that is gone by the time its destinations are asked for', async () => {
        const kernel = await kernelWithTable(RULES);
        let parts = 0;
        const run = await readingWith(kernel, '-Sn', way, {
          destinations: objects(() => {
            if (++parts === 1) kernel.state.flush();
          }),
        });
        assert.deepEqual([run.status, run.errors], [0, '']);
        const listed = run.output.match(/^-A /gm)?.length ?? 0;
        assert.ok(
          listed === 1 || listed === 2,
          'the one with the destinations, and at most one empty before it',
        );
      });
    });
  }

  it('is read in the careful way where there is no answer', async () => {
    const kernel = await kernelWithTable(RULES);
    const { output } = await runIpvs(kernel, '-Sn --per-service');
    const run = await readingWith(kernel, '-Sn', inPieces, { destinations: () => -1 });
    assert.deepEqual([run.status, run.errors, run.output], [0, '', output]);
    assert.ok(run.destinations > 0);
  });
});
