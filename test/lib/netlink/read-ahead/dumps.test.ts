import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClosedError, Ipvs, IpvsSync, type ServiceWithDestinations } from '../../../../lib/index.ts';
import { type ServedFakeKernel, serveFakeKernel } from '../../../../lib/testing/index.ts';
import { descriptors } from '../../descriptors.ts';
import type { TableSetUp } from './set-up-table.ts';
import { becomes, PATIENCE, threadIsFree, type Uses, watched } from './watched-sockets.ts';

const SERVICES = 4000;

async function serve(data: TableSetUp): Promise<ServedFakeKernel> {
  const setUp = new URL('./set-up-table.js', import.meta.url);
  return serveFakeKernel({ kernel: { singleDump: 'nested' }, setUp, data });
}

function text(services: readonly ServiceWithDestinations[]): string {
  return JSON.stringify(services);
}

describe('long dumps', () => {
  let served: ServedFakeKernel;
  let expected: string;
  before(async () => {
    served = await serve({ services: SERVICES });
    using client = IpvsSync.open({ transport: served.connect() });
    expected = text(client.dump().services);
  });
  after(() => served.close());

  async function open(uses: Uses = { got: 0, refused: 0 }): Promise<Ipvs> {
    return Ipvs.open({ transport: watched(served.connect(), uses) });
  }

  it('are the same ahead of the thread, by it, and by the synchronous client', async () => {
    const uses = { got: 0, refused: 0 };
    await using client = await open(uses);
    const until = performance.now() + PATIENCE;
    while (uses.got < 5 && performance.now() < until) {
      const { services, datagrams } = await client.dump();
      assert.equal(services.length, SERVICES);
      assert.ok(datagrams > 50, `${datagrams} datagrams`);
      assert.equal(text(services), expected);
    }
    assert.ok(uses.refused >= 1, 'the first one does without');
    assert.equal(uses.got, 5);
  });

  it('leave requests through while the thread reads', async () => {
    await threadIsFree();
    const uses = { got: 0, refused: 0 };
    await using client = await open(uses);
    let running = true;
    let answered = 0;
    const dumps = Promise.all([client.dump(), client.dump()]).finally(() => {
      running = false;
    });
    assert.ok(await becomes(() => uses.got === 1));
    for (; running; answered++) await client.service({ protocol: 'tcp', address: '10.0.0.1', port: 1 });
    for (const { services } of await dumps) assert.equal(text(services), expected);
    assert.ok(answered >= 1, `${answered} answers`);
  });

  it('of several clients at once are all whole; not all of them have the thread', async () => {
    await threadIsFree();
    const uses = Array.from({ length: 4 }, () => ({ got: 0, refused: 0 }));
    const clients = await Promise.all(uses.map((one) => open(one)));
    const dumps = await Promise.all(clients.map((client) => client.dump()));
    for (const { services } of dumps) assert.equal(text(services), expected);
    assert.ok(uses.some(({ got }) => got > 0));
    assert.ok(uses.filter(({ refused }) => refused > 0).length >= 2);
    for (const client of clients) await client.close();
  });

  it('as a stream wait for a slow consumer, and give all', async () => {
    await threadIsFree();
    const uses = { got: 0, refused: 0 };
    await using client = await open(uses);
    const streamed: ServiceWithDestinations[] = [];
    for await (const service of client.stream()) {
      streamed.push(service);
      if (streamed.length === 500) {
        await sleep(30);
        const { datagrams } = client.stats;
        await sleep(60);
        assert.equal(client.stats.datagrams, datagrams, 'nothing is taken while the consumer waits');
      }
    }
    assert.equal(text(streamed), expected);
    assert.equal(uses.got, 1);
  });

  it('that a stream leaves early are read away, and the next one is whole', async () => {
    await threadIsFree();
    const uses = { got: 0, refused: 0 };
    await using client = await open(uses);
    for (let round = 0; round < 3; round++) {
      let taken = 0;
      for await (const _service of client.stream()) if (++taken === 300) break;
      assert.equal(taken, 300);
      assert.equal(text((await client.dump()).services), expected);
    }
    assert.equal(uses.got, 6);
  });

  it('rule 17: are rejected or whole when they are closed at any time, and the descriptor is closed', async () => {
    const count = descriptors();
    for (let round = 0; round < 12; round++) {
      await threadIsFree();
      const uses = { got: 0, refused: 0 };
      const client = await open(uses);
      const dump = client.dump();
      const ended = dump.then(
        ({ services }) => assert.equal(text(services), expected),
        (error) => assert.ok(error instanceof ClosedError),
      );
      await becomes(() => client.stats.datagrams > 10 + 4 * round);
      assert.equal(uses.got, 1);
      await client.close();
      await ended;
    }
    assert.ok(await becomes(() => descriptors() === count), `${descriptors()} and not ${count}`);
  });

  it('rule 4: that are interrupted are repeated', async () => {
    await threadIsFree();
    await using disturbed = await serve({ services: 3000, disturbed: 3 });
    const uses = { got: 0, refused: 0 };
    await using client = await Ipvs.open({
      transport: watched(disturbed.connect(), uses),
      attempts: 5,
    });
    const { services, retries } = await client.dump();
    assert.deepEqual([services.length, retries, uses.got], [3003, 3, 4]);
    assert.equal((await client.dump()).retries, 0);
  });
});
