import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { test } from 'node:test';
import { type DesiredServices, type Ipvs, OutOfSyncError, reconcile } from '../../../../lib/index.ts';
import { connect, kernelWith, snapshot } from '../plan/tables.ts';
import { open, pushSource, service, synced } from './pushed-states.ts';

test('the table follows the states of the source, and is corrected periodically and on demand', async (t) => {
  const kernel = kernelWith([service(9)]);
  const ipvs = await open(t, kernel);
  const source = pushSource();
  await using reconciler = reconcile(ipvs, source, { period: 60, minimumPause: 5, allowRemoval: 'any' });
  source.push([service(1)]);
  await synced(reconciler);
  assert.deepEqual(snapshot(kernel), snapshot(kernelWith([service(1)])));
  source.push([service(1), service(2)]);
  await synced(reconciler);
  assert.deepEqual(snapshot(kernel), snapshot(kernelWith([service(1), service(2)])));
  connect(kernel).flush();
  await synced(reconciler);
  assert.deepEqual(snapshot(kernel), snapshot(kernelWith([service(1), service(2)])));
  connect(kernel).deleteService(service(2));
  reconciler.trigger();
  await synced(reconciler);
  assert.equal(kernel.state.serviceCount, 2);
  assert.equal(reconciler.inSync, true);
});

test('an invalid state is reported and not applied, and the last good one stays in force', async (t) => {
  const kernel = kernelWith([]);
  const ipvs = await open(t, kernel);
  const source = pushSource();
  await using reconciler = reconcile(ipvs, source, { period: 20, minimumPause: 5, allowRemoval: 'any' });
  source.push([service(1)]);
  await synced(reconciler);
  source.push([service(70000)]);
  const [failure] = await once(reconciler, 'failed');
  assert.deepEqual(
    [failure.origin, failure.error.code, failure.retryIn],
    ['source', 'ERR_DESIRED_STATE', undefined],
  );
  connect(kernel).flush();
  await synced(reconciler);
  assert.equal(kernel.state.serviceCount, 1);
});

test('runs back off while another writer undoes them, and get in sync when it stops', async (t) => {
  const kernel = kernelWith([]);
  let undoing = true;
  const ipvs = await open(t, kernel, () => {
    if (undoing) kernel.state.flush();
  });
  let runs = 0;
  await using reconciler = reconcile(ipvs, [[service(1)]], {
    minimumPause: 1,
    jitter: 0,
    backoff: { initial: 4, maximum: 64 },
  });
  const waits: (number | undefined)[] = [];
  reconciler.on('planned', () => runs++);
  reconciler.on('failed', ({ retryIn, error }) => {
    assert.ok(error instanceof OutOfSyncError);
    waits.push(retryIn);
    if (waits.length === 7) undoing = false;
  });
  await synced(reconciler);
  assert.deepEqual(waits, [4, 8, 16, 32, 64, 64, 64]);
  assert.equal(runs, 8);
  assert.equal(kernel.state.serviceCount, 1);
});

test('there is a pause between two runs, however often runs are requested', async (t) => {
  const kernel = kernelWith([]);
  const ipvs = await open(t, kernel);
  const starts: number[] = [];
  const counted = {
    plan: (...parameters: Parameters<Ipvs['plan']>) => {
      starts.push(performance.now());
      return ipvs.plan(...parameters);
    },
    apply: (...parameters: Parameters<Ipvs['apply']>) => ipvs.apply(...parameters),
  };
  function* endless(): Generator<DesiredServices> {
    for (let port = 1; ; port++) yield [service((port % 60000) + 1)];
  }
  await using reconciler = reconcile(counted, endless(), {
    minimumPause: 30,
    period: 1,
    allowRemoval: 'any',
  });
  const timer = setInterval(() => reconciler.trigger(), 1);
  reconciler.on('planned', () => reconciler.trigger());
  const until = performance.now() + 10_000;
  while (starts.length < 8 && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 20));
  clearInterval(timer);
  assert.ok(starts.length >= 8, `${starts.length} runs`);
  for (const [index, start] of starts.slice(1).entries()) assert.ok(start - starts[index]! >= 30);
});

test('destinations drain without delaying the rest', async (t) => {
  const kernel = kernelWith([service(1)]);
  const rawService = { family: 2, protocol: 6, address: address(10, 0, 0, 1), port: 1 };
  const rawDestination = { address: address(10, 1, 0, 1), port: 80 };
  kernel.state.setConnections(rawService, rawDestination, { active: 3 });
  const ipvs = await open(t, kernel);
  const source = pushSource();
  await using reconciler = reconcile(ipvs, source, {
    draining: { grace: 60_000 },
    allowRemoval: 'any',
    period: 60_000,
    drainPeriod: 10,
    minimumPause: 1,
  });
  source.push([service(2)]);
  await synced(reconciler);
  assert.equal(kernel.state.serviceCount, 2);
  assert.equal(connect(kernel).destinations(service(1))[0]!.weight, 0);
  kernel.state.setConnections(rawService, rawDestination, {});
  await once(reconciler, 'applied');
  assert.equal(kernel.state.serviceCount, 1);
});

function address(...first: number[]): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(first);
  return bytes;
}

test('a reconciler is stopped by its signal, during a run too, and nothing happens afterwards', async (t) => {
  const kernel = kernelWith([]);
  const controller = new AbortController();
  let sends = 0;
  const ipvs = await open(t, kernel, () => {
    if (++sends === 5) controller.abort();
  });
  const desired = Array.from({ length: 500 }, (_, index) => service(index + 1));
  const source = pushSource();
  const reconciler = reconcile(ipvs, source, {
    signal: controller.signal,
    minimumPause: 1,
    period: 1,
    allowRemoval: 'any',
  });
  source.push(desired);
  await once(reconciler, 'stopped');
  const count = kernel.state.serviceCount;
  assert.ok(count > 0 && count < 500, `${count}`);
  source.push([]);
  reconciler.trigger();
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(kernel.state.serviceCount, count);
  await reconciler.stop();
});

test('a source that fails or ends leaves its last state in force', async (t) => {
  const kernel = kernelWith([]);
  const ipvs = await open(t, kernel);
  async function* failing(): AsyncGenerator<DesiredServices> {
    yield [service(1)];
    throw new Error('the source is gone');
  }
  await using reconciler = reconcile(ipvs, failing(), { minimumPause: 1, period: 10, allowRemoval: 'any' });
  const [failure] = await once(reconciler, 'failed');
  assert.deepEqual([failure.origin, failure.error.message], ['source', 'the source is gone']);
  kernel.state.flush();
  // A run that had begun before the flush may end first.
  for (let runs = 0; runs < 5 && kernel.state.serviceCount === 0; runs++) await synced(reconciler);
  assert.equal(kernel.state.serviceCount, 1);
  await using ended = reconcile(ipvs, [[service(2)]], { minimumPause: 1, allowRemoval: 'any' });
  await once(ended, 'sourceEnded');
});

test('events are published on diagnostics channels', async (t) => {
  const ipvs = await open(t, kernelWith([]));
  const messages: unknown[] = [];
  const onMessage = (message: unknown): void => void messages.push(message);
  subscribe('ipvs-netlink:reconcile:applied', onMessage);
  t.after(() => unsubscribe('ipvs-netlink:reconcile:applied', onMessage));
  await using reconciler = reconcile(ipvs, [[service(1)]], { minimumPause: 1 });
  const [result] = await once(reconciler, 'applied');
  assert.deepEqual(messages, [{ reconciler, value: result }]);
});

test('every run reads timeouts, but services only if the generation, which ignores timeouts, changed', async (t) => {
  const kernel = kernelWith([service(80)]);
  const services = [service(80)];
  const ipvs = await open(t, kernel);
  const times = { period: 5, pollPeriod: 5, minimumPause: 1, jitter: 0 };
  await using reconciler = reconcile(ipvs, [{ services, timeouts: { tcp: 100 } }], times);
  await synced(reconciler);
  kernel.state.table.setTimeouts({ tcp: 900, tcpFin: 0, udp: 0 });
  await once(reconciler, 'planned');
  await synced(reconciler);
  assert.equal(kernel.state.timeouts.tcp, 100);
  let runsWithoutRead = 0;
  reconciler.on('succeeded', (plan) => void (runsWithoutRead += Number(plan === undefined)));
  while (runsWithoutRead < 3) await once(reconciler, 'succeeded');
  kernel.state.table.setTimeouts({ tcp: 900, tcpFin: 0, udp: 0 });
  await once(reconciler, 'planned');
  await synced(reconciler);
  assert.equal(kernel.state.timeouts.tcp, 100);
  await reconciler.stop();
});
