import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { DeadlineError, Ipvs, IpvsSync, type RecordDump } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { HOST_IS_LITTLE_ENDIAN, MessageFlag, MessageType } from '../../../../protocol/netlink/index.ts';
import { destinationCases } from '../../../conformance/destinations.ts';
import { grid } from '../../../conformance/dumps.ts';
import { serviceCases } from '../../../conformance/services.ts';
import {
  type AnyIpvs,
  collect,
  type Definitions,
  failure,
  fill,
  plainService,
} from '../../../conformance/subject.ts';
import { type DumpSocketBehaviour, DumpSockets, type Spoil, withDumpSockets } from '../dump-sockets.ts';

const service = { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'wlc' } as const;
const strategy = 'per-service';

/** Something of everything, and services whose destinations take several parts. */
const everything: Definitions = [
  ...serviceCases.map(({ definition }) => [definition, []] as const),
  [service, destinationCases.map(({ definition }) => definition)],
  ...grid(20, 3),
  ...grid(2, 90).map(
    ([one, destinations]) => [{ ...one, protocol: 'udp' }, destinations] as Definitions[number],
  ),
];

interface Setup {
  readonly kernel: FakeKernel;
  readonly client: AnyIpvs;
  readonly sockets: DumpSockets;
}

function objects({ services }: RecordDump): unknown[] {
  const cursor = services.cursor();
  const found: unknown[] = [];
  while (cursor.nextService()) found.push(plainService(cursor.object()));
  return found;
}

/** The table by `dump`, `records` and `stream`, which must agree. */
async function readAll(client: AnyIpvs): Promise<unknown[]> {
  const dump = await client.dump({ strategy });
  assert.deepEqual([dump.strategy, dump.consistency], [strategy, 'unknown']);
  const table = dump.services.map(plainService);
  assert.deepEqual(objects(await client.records({ strategy })), table);
  assert.deepEqual((await collect(client.stream({ strategy }))).map(plainService), table);
  return table;
}

/** A change of a datagram that holds one of a dump's objects. */
function object(change: (datagram: DataView) => void): Spoil {
  return (datagram, length) => {
    if (length > 20 && datagram.getUint16(4, HOST_IS_LITTLE_ENDIAN) !== MessageType.DONE) change(datagram);
    return length;
  };
}

const SPOILS: Readonly<Record<string, Spoil>> = {
  'an answer that fills all the room': (datagram) => datagram.byteLength,
  'a message that ends beyond': object((datagram) =>
    datagram.setUint32(0, datagram.getUint32(0, HOST_IS_LITTLE_ENDIAN) + 4096, HOST_IS_LITTLE_ENDIAN),
  ),
  'a message without an end': object((datagram) => datagram.setUint32(0, 0, HOST_IS_LITTLE_ENDIAN)),
  'a table that changed': object((datagram) =>
    datagram.setUint16(
      6,
      datagram.getUint16(6, HOST_IS_LITTLE_ENDIAN) | MessageFlag.DUMP_INTR,
      HOST_IS_LITTLE_ENDIAN,
    ),
  ),
  'an error': object((datagram) => {
    datagram.setUint16(4, MessageType.ERROR, HOST_IS_LITTLE_ENDIAN);
    datagram.setInt32(16, -12, HOST_IS_LITTLE_ENDIAN);
  }),
  'lost replies': object((datagram) => datagram.setUint16(4, MessageType.OVERRUN, HOST_IS_LITTLE_ENDIAN)),
  'a dump that failed': (datagram, length) => {
    datagram.setUint16(4, MessageType.DONE, HOST_IS_LITTLE_ENDIAN);
    datagram.setInt32(16, -12, HOST_IS_LITTLE_ENDIAN);
    return length;
  },
  'a malformed attribute': object((datagram) => datagram.setUint16(24, 3, HOST_IS_LITTLE_ENDIAN)),
};

for (const kind of [Ipvs, IpvsSync])
  for (const omitsDone of [true, false]) {
    const setUp = async (
      definitions: Definitions,
      behaviour: DumpSocketBehaviour = {},
      kernel: FakeKernel = new FakeKernel(),
    ): Promise<Setup> => {
      const filler = IpvsSync.open({ transport: kernel.connect() });
      await fill(filler, definitions);
      filler.close();
      const sockets = new DumpSockets(kernel, { omitsDone, ...behaviour });
      const transport = withDumpSockets(kernel.connect(), sockets);
      return { kernel, sockets, client: await kind.open({ transport }) };
    };
    const readPlainly = async (kernel: FakeKernel): Promise<unknown[]> => {
      const client = IpvsSync.open({ transport: kernel.connect() });
      const table = await readAll(client);
      client.close();
      return table;
    };

    describe(`${kind.name}: destinations on a socket of their own ${omitsDone ? 'without' : 'with'} ends`, () => {
      it('are what the connection reads', async () => {
        const { kernel, client, sockets } = await setUp(everything);
        const table = await readAll(client);
        assert.deepEqual(table, await readPlainly(kernel));
        assert.equal(table.length, everything.length);
        assert.deepEqual([sockets.opened, sockets.open], [3, 0]);
        await client.close();
      });

      it('take one write and one read for each service, and a read for each more part', async () => {
        const { client, sockets } = await setUp(grid(100, 5));
        const ends = omitsDone ? 0 : 1;
        const before = { ...client.stats };
        const { datagrams } = await client.dump({ strategy });
        const { sends, receives } = client.stats;
        assert.equal(sockets.sent, 100);
        assert.equal(sockets.received, 100 * (1 + ends));
        const own = receives - before.receives - sockets.received;
        assert.ok(own < 12, `${own} reads on the connection`);
        assert.ok(sends - before.sends <= 100 + 4);
        assert.ok(datagrams >= 100 * (1 + ends));
        await client.close();
      });

      it('are asked again over the connection when something is unusual', async () => {
        const kernel = new FakeKernel();
        const first = await setUp(everything, {}, kernel);
        await first.client.close();
        const table = await readPlainly(kernel);
        for (const [what, spoil] of Object.entries(SPOILS)) {
          let count = 0;
          const at = 17;
          const behaviour: DumpSocketBehaviour = {
            spoil: (datagram, length) =>
              length > 20 && ++count % at === 0 ? spoil(datagram, length) : length,
          };
          const { client, sockets } = await setUp([], behaviour, kernel);
          assert.deepEqual(await readAll(client), table, what);
          assert.deepEqual([count, sockets.opened, sockets.open], [3 * at, 3, 0], what);
          await client.close();
        }
      });

      it('are read over the connection where no socket is to be had, or none answers', async () => {
        const { kernel, client, sockets } = await setUp(everything, { spoil: () => -1 });
        const table = await readPlainly(kernel);
        if (!omitsDone) assert.deepEqual(await readAll(client), table);
        await client.close();
        assert.equal(sockets.open, 0);
        const none = withDumpSockets(kernel.connect(), {
          openForDumps: () => {
            throw new Error('too many descriptors');
          },
        });
        const another = await kind.open({ transport: none });
        assert.deepEqual(await readAll(another), table);
        await another.close();
      });

      it('are not those of a service that has gone', async () => {
        const { kernel, client } = await setUp(everything, {
          onSend: (count) => {
            if (count === 3) kernel.state.flush();
          },
        });
        const { services } = await client.dump({ strategy });
        assert.ok(services.length <= 2);
        await client.close();
      });

      it('are found when the module is loaded again on the way', async () => {
        const { kernel, client } = await setUp(grid(30, 2), {
          onSend: (count) => {
            if (count !== 5) return;
            kernel.unloadModule();
            kernel.loadModule();
          },
        });
        assert.equal((await client.dump({ strategy })).services.length, 4);
        assert.deepEqual((await client.dump({ strategy })).services, []);
        await client.close();
      });

      it('end with the deadline, the signal and the client, and leave no socket', async () => {
        let during: (() => void) | undefined;
        const { client, sockets } = await setUp(grid(200, 2), {
          onSend: (count) => {
            if (count % 50 === 0) during?.();
          },
        });
        const read = [
          (options: object) => client.dump({ strategy, ...options }),
          (options: object) => client.records({ strategy, ...options }),
          (options: object) => collect(client.stream({ strategy, ...options })),
        ];
        for (const attempt of read) {
          during = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
          const error = await failure(() => attempt({ deadline: 20 }));
          assert.ok(error instanceof DeadlineError, String(error));
          assert.match(error.message, /no reply within 20 ms/);
          assert.equal(sockets.open, 0);
          const abort = new AbortController();
          const reason = new Error('enough');
          during = () => abort.abort(reason);
          assert.equal(await failure(() => attempt({ signal: abort.signal })), reason);
          assert.equal(sockets.open, 0);
        }
        during = undefined;
        for await (const _one of client.stream({ strategy })) break;
        assert.equal(sockets.open, 0);
        const left = client.stream({ strategy });
        await left.next();
        assert.equal(sockets.open, 1);
        await client.close();
        assert.equal(sockets.open, 0);
        await assert.rejects(async () => await left.next(), /closed/);
        during = () => void client.close();
        await assert.rejects(async () => await client.dump({ strategy }), /closed/);
      });

      it('come once though the table changes between two parts', async () => {
        const { kernel, client } = await setUp(grid(1, 90));
        const writer = IpvsSync.open({ transport: kernel.connect() });
        const [[one]] = grid(1, 1) as [Definitions[number]];
        let added = 0;
        kernel.onDumpPart = (part) => {
          if (part > 1 && added < 200)
            writer.addDestination(one, { address: '10.9.0.1', port: ++added, forwarding: 'masq' });
        };
        for (const read of [
          async () => (await client.dump({ strategy })).services,
          () => collect(client.stream({ strategy })),
        ]) {
          const services = await read();
          const keys = services[0]!.destinations.map(({ address, port }) => `${address}:${port}`);
          assert.equal(new Set(keys).size, keys.length);
          assert.ok(keys.length >= 50 && added > 0, `${keys.length} of 90, and ${added} more`);
        }
        await client.close();
      });
    });
  }

describe('a large table', () => {
  it('does not hold the event loop', async () => {
    const kernel = new FakeKernel();
    const filler = IpvsSync.open({ transport: kernel.connect() });
    await fill(filler, grid(1000, 1));
    const client = await Ipvs.open({
      transport: withDumpSockets(kernel.connect(), new DumpSockets(kernel, {})),
    });
    await client.dump({ strategy });
    let reading = true;
    const dumped = client.dump({ strategy }).finally(() => {
      reading = false;
    });
    // Processor time: on a busy machine a slice lasts as long as others have the processor.
    const started = process.cpuUsage();
    let turns = 0;
    for (; reading; turns++) await turn();
    const { user, system } = process.cpuUsage(started);
    const took = (user + system) / 1000;
    assert.equal((await dumped).services.length, 1000);
    assert.ok(turns > took / 10, `${turns} turns in ${took} ms`);
    await client.close();
  });
});
