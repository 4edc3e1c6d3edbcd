import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DeadlineError, Ipvs, IpvsSync, type RecordDump } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { HOST_IS_LITTLE_ENDIAN, MessageFlag, MessageType } from '../../../../protocol/netlink/index.ts';
import { destinationCases } from '../../../conformance/destinations.ts';
import { uniformDefinitions } from '../../../conformance/dumps.ts';
import { serviceCases } from '../../../conformance/services.ts';
import {
  type AnyIpvs,
  addDefinitions,
  collect,
  type Definitions,
  failure,
  serviceWithoutRates,
} from '../../../conformance/subject.ts';
import { type Alteration, type DumpSocketBehaviour, DumpSockets, withDumpSockets } from '../dump-sockets.ts';

const service = { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'wlc' } as const;
const strategy = 'per-service';

/** Every kind of service and destination, and services whose destinations take several datagrams. */
const everything: Definitions = [
  ...serviceCases.map(({ definition }) => [definition, []] as const),
  [service, destinationCases.map(({ definition }) => definition)],
  ...uniformDefinitions(20, 3),
  ...uniformDefinitions(2, 90).map(
    ([definition, destinations]) => [{ ...definition, protocol: 'udp' }, destinations] as Definitions[number],
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
  while (cursor.nextService()) found.push(serviceWithoutRates(cursor.object()));
  return found;
}

/** The table as `dump`, `records` and `stream` read it, which must agree. */
async function readAll(client: AnyIpvs): Promise<unknown[]> {
  const dump = await client.dump({ strategy });
  assert.deepEqual([dump.strategy, dump.consistency], [strategy, 'unknown']);
  const table = dump.services.map(serviceWithoutRates);
  assert.deepEqual(objects(await client.records({ strategy })), table);
  assert.deepEqual((await collect(client.stream({ strategy }))).map(serviceWithoutRates), table);
  return table;
}

/** Applies `change` to datagrams that hold objects of a dump, and not to an NLMSG_DONE alone. */
function changeObject(change: (datagram: DataView) => void): Alteration {
  return (datagram, length) => {
    if (length > 20 && datagram.getUint16(4, HOST_IS_LITTLE_ENDIAN) !== MessageType.DONE) change(datagram);
    return length;
  };
}

const ALTERATIONS: Readonly<Record<string, Alteration>> = {
  'a datagram as long as the buffer': (datagram) => datagram.byteLength,
  'a message longer than its datagram': changeObject((datagram) =>
    datagram.setUint32(0, datagram.getUint32(0, HOST_IS_LITTLE_ENDIAN) + 4096, HOST_IS_LITTLE_ENDIAN),
  ),
  'a message of length 0': changeObject((datagram) => datagram.setUint32(0, 0, HOST_IS_LITTLE_ENDIAN)),
  NLM_F_DUMP_INTR: changeObject((datagram) =>
    datagram.setUint16(
      6,
      datagram.getUint16(6, HOST_IS_LITTLE_ENDIAN) | MessageFlag.DUMP_INTR,
      HOST_IS_LITTLE_ENDIAN,
    ),
  ),
  'an error': changeObject((datagram) => {
    datagram.setUint16(4, MessageType.ERROR, HOST_IS_LITTLE_ENDIAN);
    datagram.setInt32(16, -12, HOST_IS_LITTLE_ENDIAN);
  }),
  NLMSG_OVERRUN: changeObject((datagram) =>
    datagram.setUint16(4, MessageType.OVERRUN, HOST_IS_LITTLE_ENDIAN),
  ),
  'an NLMSG_DONE with an errno': (datagram, length) => {
    datagram.setUint16(4, MessageType.DONE, HOST_IS_LITTLE_ENDIAN);
    datagram.setInt32(16, -12, HOST_IS_LITTLE_ENDIAN);
    return length;
  },
  'a malformed attribute': changeObject((datagram) => datagram.setUint16(24, 3, HOST_IS_LITTLE_ENDIAN)),
};

for (const clientClass of [Ipvs, IpvsSync])
  for (const omitsDone of [true, false]) {
    const setUp = async (
      definitions: Definitions,
      behaviour: DumpSocketBehaviour = {},
      kernel: FakeKernel = new FakeKernel(),
    ): Promise<Setup> => {
      const setUpClient = IpvsSync.open({ transport: kernel.connect() });
      await addDefinitions(setUpClient, definitions);
      setUpClient.close();
      const sockets = new DumpSockets(kernel, { omitsDone, ...behaviour });
      const transport = withDumpSockets(kernel.connect(), sockets);
      return { kernel, sockets, client: await clientClass.open({ transport }) };
    };
    const readOverConnection = async (kernel: FakeKernel): Promise<unknown[]> => {
      const client = IpvsSync.open({ transport: kernel.connect() });
      const table = await readAll(client);
      client.close();
      return table;
    };

    describe(`${clientClass.name}: destinations on another socket ${omitsDone ? 'without' : 'with'} NLMSG_DONE`, () => {
      it('are the same as over the connection', async () => {
        const { kernel, client, sockets } = await setUp(everything);
        const table = await readAll(client);
        assert.deepEqual(table, await readOverConnection(kernel));
        assert.equal(table.length, everything.length);
        assert.deepEqual([sockets.opened, sockets.open], [3, 0]);
        await client.close();
      });

      it('take one write and one read for each service, and a read for each further datagram', async () => {
        const { client, sockets } = await setUp(uniformDefinitions(100, 5));
        const doneMessages = omitsDone ? 0 : 1;
        const before = { ...client.stats };
        const { datagrams } = await client.dump({ strategy });
        const { sends, receives } = client.stats;
        assert.equal(sockets.sent, 100);
        assert.equal(sockets.received, 100 * (1 + doneMessages));
        const own = receives - before.receives - sockets.received;
        assert.ok(own < 12, `${own} reads on the connection`);
        assert.ok(sends - before.sends <= 100 + 4);
        assert.ok(datagrams >= 100 * (1 + doneMessages));
        await client.close();
      });

      it('are requested again over the connection after an unusual reply', async () => {
        const kernel = new FakeKernel();
        const first = await setUp(everything, {}, kernel);
        await first.client.close();
        const table = await readOverConnection(kernel);
        for (const [title, alter] of Object.entries(ALTERATIONS)) {
          let count = 0;
          const every = 17;
          const behaviour: DumpSocketBehaviour = {
            alter: (datagram, length) =>
              length > 20 && ++count % every === 0 ? alter(datagram, length) : length,
          };
          const { client, sockets } = await setUp([], behaviour, kernel);
          assert.deepEqual(await readAll(client), table, title);
          assert.deepEqual([count, sockets.opened, sockets.open], [3 * every, 3, 0], title);
          await client.close();
        }
      });

      it('are read over the connection where no socket can be opened, or no reply comes', async () => {
        const { kernel, client, sockets } = await setUp(everything, { alter: () => -1 });
        const table = await readOverConnection(kernel);
        if (!omitsDone) assert.deepEqual(await readAll(client), table);
        await client.close();
        assert.equal(sockets.open, 0);
        const withoutSockets = withDumpSockets(kernel.connect(), {
          openForDumps: () => {
            throw new Error('too many descriptors');
          },
        });
        const another = await clientClass.open({ transport: withoutSockets });
        assert.deepEqual(await readAll(another), table);
        await another.close();
      });

      it('are left out with their service when it is gone', async () => {
        const { kernel, client } = await setUp(everything, {
          onSend: (count) => {
            if (count === 3) kernel.state.flush();
          },
        });
        const { services } = await client.dump({ strategy });
        assert.ok(services.length <= 2);
        await client.close();
      });

      it('are not read after the module is reloaded during the dump, and the next dump works', async () => {
        const { kernel, client } = await setUp(uniformDefinitions(30, 2), {
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

      it('are not read after the deadline, an abort or the closing of the client; no socket stays open', async () => {
        let during: (() => void) | undefined;
        const { client, sockets } = await setUp(uniformDefinitions(200, 2), {
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
        const unfinished = client.stream({ strategy });
        await unfinished.next();
        assert.equal(sockets.open, 1);
        await client.close();
        assert.equal(sockets.open, 0);
        await assert.rejects(async () => await unfinished.next(), /closed/);
        during = () => void client.close();
        await assert.rejects(async () => await client.dump({ strategy }), /closed/);
      });

      it('are returned only once even if the table changes between two datagrams', async () => {
        const { kernel, client } = await setUp(uniformDefinitions(1, 90));
        const writer = IpvsSync.open({ transport: kernel.connect() });
        const [[key]] = uniformDefinitions(1, 1) as [Definitions[number]];
        let added = 0;
        kernel.onDumpPart = (number) => {
          if (number > 1 && added < 200)
            writer.addDestination(key, { address: '10.9.0.1', port: ++added, forwarding: 'masq' });
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
  it('does not block the event loop', async () => {
    const kernel = new FakeKernel();
    const setUpClient = IpvsSync.open({ transport: kernel.connect() });
    await addDefinitions(setUpClient, uniformDefinitions(1000, 1));
    const client = await Ipvs.open({
      transport: withDumpSockets(kernel.connect(), new DumpSockets(kernel, {})),
    });
    await client.dump({ strategy });
    let reading = true;
    const dumped = client.dump({ strategy }).finally(() => {
      reading = false;
    });
    // Processor time: on a busy machine other processes use the processor meanwhile.
    const started = process.cpuUsage();
    let turns = 0;
    for (; reading; turns++) await nextTurn();
    const { user, system } = process.cpuUsage(started);
    const took = (user + system) / 1000;
    assert.equal((await dumped).services.length, 1000);
    assert.ok(turns > took / 10, `${turns} turns in ${took} ms`);
    await client.close();
  });
});
