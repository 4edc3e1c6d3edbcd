import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ClosedError,
  DeadlineError,
  Ipvs,
  IpvsSync,
  type ServiceWithDestinations,
} from '../../../../lib/index.ts';
import { type ServedFakeKernel, serveFakeKernel } from '../../../../lib/testing/index.ts';
import { openDescriptorCount } from '../../descriptors.ts';
import { becomesTrue, countDumps, type DumpCounts, WAIT_LIMIT, waitForFreeThread } from './dump-counts.ts';
import type { TableSetUp } from './set-up-table.ts';

const SERVICES = 4000;
/** The reason to skip a test where there is but one processor: the synchronous client then reads without the thread. */
const ONE_PROCESSOR: string | false = availableParallelism() === 1 && 'there is one processor';

async function serve(data: TableSetUp): Promise<ServedFakeKernel> {
  const setUp = new URL('./set-up-table.js', import.meta.url);
  return serveFakeKernel({ kernel: { singleDump: 'nested' }, setUp, data });
}

function text(services: readonly ServiceWithDestinations[]): string {
  return JSON.stringify(services);
}

// The rules are those of lib/netlink/README.md.
describe('long dumps', () => {
  let served: ServedFakeKernel;
  let expected: string;
  before(async () => {
    served = await serve({ services: SERVICES });
    using client = IpvsSync.open({ transport: served.connect() });
    expected = text(client.dump().services);
  });
  after(() => served.close());

  async function open(counts: DumpCounts = { withThread: 0, withoutThread: 0 }): Promise<Ipvs> {
    return Ipvs.open({ transport: countDumps(served.connect(), counts) });
  }

  async function openSync(counts: DumpCounts): Promise<IpvsSync> {
    await waitForFreeThread();
    return IpvsSync.open({ transport: countDumps(served.connect(), counts) });
  }

  it('are the same before the read-ahead thread has started, with it, and with the synchronous client', async () => {
    const counts = { withThread: 0, withoutThread: 0 };
    await using client = await open(counts);
    const until = performance.now() + WAIT_LIMIT;
    while (counts.withThread < 5 && performance.now() < until) {
      const { services, datagrams } = await client.dump();
      assert.equal(services.length, SERVICES);
      assert.ok(datagrams > 50, `${datagrams} datagrams`);
      assert.equal(text(services), expected);
    }
    assert.ok(counts.withoutThread >= 1, 'the first one is read without the thread');
    assert.equal(counts.withThread, 5);
  });

  it('of the synchronous client are the same with the read-ahead thread', {
    skip: ONE_PROCESSOR,
  }, async () => {
    const counts = { withThread: 0, withoutThread: 0 };
    using client = await openSync(counts);
    for (let round = 0; round < 3; round++) {
      assert.equal(text(client.dump().services), expected);
      assert.equal(client.service({ protocol: 'tcp', address: '10.0.0.1', port: 1 }).port, 1);
    }
    assert.equal([...client.stream()].length, SERVICES);
    assert.deepEqual(counts, { withThread: 3, withoutThread: 0 }, 'a stream is not read ahead');
  });

  it('of the synchronous client end at a deadline, and the next one is complete', {
    skip: ONE_PROCESSOR,
  }, async () => {
    const counts = { withThread: 0, withoutThread: 0 };
    using client = await openSync(counts);
    const started = performance.now();
    client.dump();
    const duration = performance.now() - started;
    let interrupted = 0;
    for (let round = 1; round <= 4 || (interrupted === 0 && round <= 40); round++) {
      const { datagrams } = client.stats;
      try {
        const deadline = Math.max(1, Math.round((duration * (round % 4)) / 4));
        assert.equal(text(client.dump({ deadline }).services), expected);
      } catch (error) {
        assert.ok(error instanceof DeadlineError, String(error));
        if (client.stats.datagrams > datagrams + 4) interrupted++;
      }
      assert.equal(text(client.dump().services), expected);
    }
    assert.ok(interrupted > 0);
    assert.ok(counts.withThread >= 4);
  });

  it('let requests through while the read-ahead thread reads', async () => {
    await waitForFreeThread();
    const counts = { withThread: 0, withoutThread: 0 };
    await using client = await open(counts);
    let running = true;
    let answered = 0;
    const dumps = Promise.all([client.dump(), client.dump()]).finally(() => {
      running = false;
    });
    assert.ok(await becomesTrue(() => counts.withThread === 1));
    for (; running; answered++) await client.service({ protocol: 'tcp', address: '10.0.0.1', port: 1 });
    for (const { services } of await dumps) assert.equal(text(services), expected);
    assert.ok(answered >= 1, `${answered} answers`);
  });

  it('of several clients at once are all complete; not all are read by the read-ahead thread', async () => {
    await waitForFreeThread();
    const counts = Array.from({ length: 4 }, () => ({ withThread: 0, withoutThread: 0 }));
    const clients = await Promise.all(counts.map((one) => open(one)));
    const dumps = await Promise.all(clients.map((client) => client.dump()));
    for (const { services } of dumps) assert.equal(text(services), expected);
    assert.ok(counts.some(({ withThread }) => withThread > 0));
    assert.ok(counts.filter(({ withoutThread }) => withoutThread > 0).length >= 2);
    for (const client of clients) await client.close();
  });

  it('as a stream wait for a slow consumer, and are complete', async () => {
    await waitForFreeThread();
    const counts = { withThread: 0, withoutThread: 0 };
    await using client = await open(counts);
    const streamed: ServiceWithDestinations[] = [];
    for await (const service of client.stream()) {
      streamed.push(service);
      if (streamed.length === 500) {
        await sleep(30);
        const { datagrams } = client.stats;
        await sleep(60);
        assert.equal(
          client.stats.datagrams,
          datagrams,
          'no more datagrams are processed while the consumer waits',
        );
      }
    }
    assert.equal(text(streamed), expected);
    assert.equal(counts.withThread, 1);
  });

  it('whose stream is left early are read to their end, and the next one is complete', async () => {
    await waitForFreeThread();
    const counts = { withThread: 0, withoutThread: 0 };
    await using client = await open(counts);
    for (let round = 0; round < 3; round++) {
      let taken = 0;
      for await (const _service of client.stream()) if (++taken === 300) break;
      assert.equal(taken, 300);
      assert.equal(text((await client.dump()).services), expected);
    }
    assert.equal(counts.withThread, 6);
  });

  it('rule 17: are rejected or complete if the client is closed meanwhile, and the descriptor is closed', async () => {
    const count = openDescriptorCount();
    for (let round = 0; round < 12; round++) {
      await waitForFreeThread();
      const counts = { withThread: 0, withoutThread: 0 };
      const client = await open(counts);
      const dump = client.dump();
      const ended = dump.then(
        ({ services }) => assert.equal(text(services), expected),
        (error) => assert.ok(error instanceof ClosedError),
      );
      await becomesTrue(() => client.stats.datagrams > 10 + 4 * round);
      assert.equal(counts.withThread, 1);
      await client.close();
      await ended;
    }
    assert.ok(
      await becomesTrue(() => openDescriptorCount() === count),
      `${openDescriptorCount()} and not ${count}`,
    );
  });

  it('rule 4: that are interrupted are repeated', async () => {
    await waitForFreeThread();
    await using changing = await serve({ services: 3000, interruptedDumps: 3 });
    const counts = { withThread: 0, withoutThread: 0 };
    await using client = await Ipvs.open({
      transport: countDumps(changing.connect(), counts),
      attempts: 5,
    });
    const { services, retries } = await client.dump();
    assert.deepEqual([services.length, retries, counts.withThread], [3003, 3, 4]);
    assert.equal((await client.dump()).retries, 0);
  });

  it('rule 4: of the synchronous client that are interrupted are repeated', {
    skip: ONE_PROCESSOR,
  }, async () => {
    await waitForFreeThread();
    await using changing = await serve({ services: 3000, interruptedDumps: 3 });
    const counts = { withThread: 0, withoutThread: 0 };
    using client = IpvsSync.open({ transport: countDumps(changing.connect(), counts), attempts: 5 });
    const { services, retries } = client.dump();
    assert.deepEqual([services.length, retries, counts.withThread], [3003, 3, 4]);
  });
});
