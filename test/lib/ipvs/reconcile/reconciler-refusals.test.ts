import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type DesiredServices,
  Ipvs,
  type ReconcileFailure,
  RemovalRefusedError,
  reconcile,
} from '../../../../lib/index.ts';
import { backoffDelay, jittered } from '../../../../lib/ipvs/reconcile/backoff.ts';
import { kernelWith } from '../plan/tables.ts';
import { open, service, synced } from './pushed-states.ts';

test('each delay is twice the one before, up to a limit, and jitter spreads them at random', () => {
  assert.deepEqual(
    [1, 2, 3, 8, 2000].map((failures) => backoffDelay(failures)),
    [500, 1000, 2000, 60_000, 60_000],
  );
  assert.deepEqual(
    [0, 0.5, 1].map((random) => jittered(200, 0.5, random)),
    [100, 200, 300],
  );
});

test('invalid options are refused, and times beyond the limit of a timer work', async () => {
  const client = { plan: () => assert.fail('planned'), apply: () => assert.fail('applied') };
  for (const [field, options] of [
    ['period', { period: Number.NaN }],
    ['minimumPause', { minimumPause: -1 }],
    ['drainPeriod', { drainPeriod: '1' }],
    ['deadline', { deadline: null }],
    ['jitter', { jitter: 2 }],
    ['backoff.initial', { backoff: { initial: Number.NaN } }],
    ['remove', { remove: 'some' }],
  ] as const) {
    const given = options as unknown as Parameters<typeof reconcile>[2];
    assert.throws(() => reconcile(client, [], given), { code: 'ERR_INVALID_FIELD', field });
  }
  for (const period of [Number.POSITIVE_INFINITY, 2 ** 40]) {
    const ipvs = await Ipvs.open({ transport: kernelWith([]).connect() });
    const reconciler = reconcile(ipvs, [[]], { period, minimumPause: 0 });
    await once(reconciler, 'synced');
    const { requests } = ipvs.stats;
    await delay(30);
    assert.equal(ipvs.stats.requests, requests);
    await reconciler.stop();
    await ipvs.close();
  }
});

test('a source that cannot be iterated is reported, and does not end the process', async (t) => {
  const ipvs = await open(t, kernelWith([]));
  for (const [title, source] of Object.entries({
    'its iterator cannot be created': {
      [Symbol.asyncIterator](): never {
        throw new Error('not available');
      },
    },
    'its iterator throws at once': {
      [Symbol.iterator]: () => ({
        next: (): never => {
          throw new Error('not available');
        },
      }),
    },
    'its iterator returns no results': { [Symbol.asyncIterator]: () => ({ next: async () => undefined }) },
    'its iterator is a number': { [Symbol.asyncIterator]: () => 5 },
  })) {
    await using reconciler = reconcile(ipvs, source as unknown as AsyncIterable<DesiredServices>, {});
    const [failure] = await once(reconciler, 'failed');
    assert.equal(failure.origin, 'source', title);
    assert.ok(failure.error instanceof Error);
  }
  for (const source of [5, undefined, null, {}])
    assert.throws(() => reconcile(ipvs, source as unknown as DesiredServices[], {}), {
      code: 'ERR_INVALID_FIELD',
      field: 'source',
    });
  for (const [field, options] of [
    ['perriod', { perriod: 5 }],
    ['backoff.last', { backoff: { last: 5 } }],
    ['draining.grace', { draining: {} }],
    ['signal', { signal: 5 }],
  ] as const) {
    const given = options as unknown as Parameters<typeof reconcile>[2];
    assert.throws(() => reconcile(ipvs, [], given), { code: 'ERR_INVALID_FIELD', field });
  }
});

test('a state that would remove most of the table is refused and changes nothing, until such removals are allowed', async (t) => {
  const kernel = kernelWith([service(1), service(2), service(3)]);
  const ipvs = await open(t, kernel);
  const fewerServices: DesiredServices[] = [[service(1)]];
  {
    await using reconciler = reconcile(ipvs, fewerServices, { minimumPause: 1, period: 60_000 });
    const [{ error, origin }] = (await once(reconciler, 'failed')) as [ReconcileFailure];
    assert.equal(origin, 'run');
    assert.ok(error instanceof RemovalRefusedError);
    assert.deepEqual([error.services.removed, error.services.total], [2, 3]);
    assert.equal(kernel.state.serviceCount, 3);
  }
  await using allowing = reconcile(ipvs, fewerServices, { minimumPause: 1, allowRemoval: 0.7 });
  await synced(allowing);
  assert.equal(kernel.state.serviceCount, 1);
});
