import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMilliseconds } from '../../../lib/reconciler/monotonic-clock.ts';
import { StateFile } from '../../../lib/reconciler/saved-state.ts';
import { isHealthy, ReconcilerStatus, statusMetrics, statusText } from '../../../lib/reconciler/status.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { connect } from '../ipvs/plan/tables.ts';
import { service } from '../ipvs/reconcile/pushed-states.ts';
import {
  ports,
  rawDestination,
  rawService,
  startReconciler,
  stateFile,
  until,
} from './running-reconciler.ts';

test('a state that is empty or removes too much waits for confirmation, and the previous state is maintained', async (t) => {
  const kernel = new FakeKernel();
  const { source, reconciler, log } = await startReconciler(t, kernel);
  source.emit(1, 2, 3, 4);
  await until(() => reconciler.status.inSync, 'four services');
  assert.equal(reconciler.confirm(), false);
  for (const [index, state] of [[], [1]].entries()) {
    source.emit(...state);
    await until(() => log.filter((line) => line === 'warning waiting').length === index + 1, 'a refusal');
    connect(kernel).deleteService(service(2));
    await until(() => ports(kernel).length === 4, 'the last state again');
    assert.equal(reconciler.status.desired, 4);
  }
  assert.ok(log.includes('warning waiting'));
  const waitingText = 'a new desired state is waiting for SIGUSR2 to confirm it';
  await until(() => statusText(reconciler.status).includes(waitingText), 'the refusal of the second state');
  await until(
    () => statusText(reconciler.status) === `all 4 services match the desired state; ${waitingText}`,
    'the last state again',
  );
  assert.equal(reconciler.confirm(), true);
  await until(() => reconciler.status.inSync, 'the confirmed state');
  assert.deepEqual(ports(kernel), [1]);
  source.emit();
  await until(() => reconciler.status.waiting, 'the confirmation is for one state only');
  assert.equal(reconciler.confirm(), true);
  await until(() => reconciler.status.inSync, 'the second confirmed state');
  assert.deepEqual(ports(kernel), []);
});

test('a restart without its source goes on with the last good state', async (t) => {
  const kernel = new FakeKernel();
  const file = stateFile(t);
  const first = await startReconciler(t, kernel, file);
  first.source.emit(1, 2);
  await until(() => first.reconciler.status.inSync, 'two services');
  first.source.emit();
  await until(() => first.reconciler.status.waiting, 'a refusal');
  await first.stop();
  connect(kernel).flush();
  const second = await startReconciler(t, kernel, file);
  second.source.fail('out of reach');
  await until(() => second.reconciler.status.inSync, 'the last good state');
  assert.deepEqual(ports(kernel), [1, 2]);
  assert.equal(second.reconciler.status.problem, 'out of reach');
  assert.match(statusMetrics(second.reconciler.status), /^ipvs_reconcile_source_up 0$/m);
  second.source.emit(1, 2, 3);
  await until(() => ports(kernel).length === 3, 'the source again');
  assert.equal(second.reconciler.status.problem, undefined);
});

test('without a source and without a last state nothing is read and nothing changed', async (t) => {
  const kernel = new FakeKernel();
  connect(kernel).addService({ protocol: 'tcp', address: '10.0.0.1', port: 9, scheduler: 'rr' });
  const file = stateFile(t);
  writeFileSync(file, '{"version":1,"drains":[');
  const { source, reconciler, log, requests } = await startReconciler(t, kernel, file);
  source.fail('out of reach');
  await until(() => reconciler.status.problem !== undefined, 'the problem');
  await delay(20);
  assert.deepEqual([requests(), ports(kernel), reconciler.status.desired], [0, [9], undefined]);
  assert.deepEqual(log, ['error state-file', 'error source']);
  assert.equal(isHealthy(reconciler.status, 1000), false);
});

test('a drain goes on over restarts, and ends at its time', async (t) => {
  const kernel = new FakeKernel();
  const file = stateFile(t);
  const draining = { draining: { grace: 1500 } };
  const first = await startReconciler(t, kernel, file, draining);
  first.source.emit(1, 2, 3);
  await until(() => first.reconciler.status.inSync, 'three services');
  kernel.state.setConnections(rawService(3), rawDestination, { active: 1 });
  first.source.emit(1, 2);
  await until(() => first.reconciler.draining === 1, 'the drain');
  // As after a SIGKILL: the file as it is now has to be enough.
  const saved = readFileSync(file, 'utf8');
  await first.stop();
  writeFileSync(file, saved);
  const [{ since }] = (JSON.parse(saved) as { drains: [{ since: number }] }).drains;
  await delay(100);
  const second = await startReconciler(t, kernel, file, draining);
  second.source.emit(1, 2);
  await until(() => second.reconciler.status.inSync, 'the restart');
  assert.equal(second.reconciler.draining, 1);
  assert.equal(connect(kernel).destinations(service(3))[0]!.weight, 0);
  await until(() => ports(kernel).length === 2, 'the end of the drain');
  const lasted = monotonicMilliseconds() - since;
  assert.ok(lasted >= 1500, `the drain lasted ${lasted} ms`);
});

test('if the kernel counts changes, a run that finds none sends one request and saves nothing', async (t) => {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const file = stateFile(t);
  const { source, reconciler, requests } = await startReconciler(t, kernel, file, {
    pollPeriod: 1,
    period: 1,
  });
  source.emit(...Array.from({ length: 500 }, (_, index) => index + 1));
  await until(() => reconciler.status.inSync && reconciler.status.successfulRuns > 3, '500 services');
  const before = {
    requests: requests(),
    successfulRuns: reconciler.status.successfulRuns,
    file: readFileSync(file, 'utf8'),
  };
  await until(() => reconciler.status.successfulRuns >= before.successfulRuns + 100, '100 runs');
  const runs = reconciler.status.successfulRuns - before.successfulRuns;
  assert.ok(requests() - before.requests <= runs + 1, `${requests() - before.requests} requests`);
  assert.equal(readFileSync(file, 'utf8'), before.file);
  connect(kernel).deleteService(service(7));
  await until(() => kernel.state.serviceCount === 500, 'what another writer removed');
});

test('a module that is unloaded and loaded again gets its table back', async (t) => {
  const kernel = new FakeKernel();
  const { source, reconciler, log } = await startReconciler(t, kernel);
  source.emit(1, 2);
  await until(() => reconciler.status.inSync, 'two services');
  kernel.unloadModule();
  await until(() => reconciler.status.failedRuns > 0, 'a failure');
  kernel.loadModule();
  await until(() => reconciler.status.inSync, 'the table again');
  assert.deepEqual(ports(kernel), [1, 2]);
  assert.ok(log.includes('info recovered'));
});

test('a state that waits goes on waiting when somebody has emptied the table, or the module was loaded anew', async (t) => {
  const kernel = new FakeKernel();
  const file = stateFile(t);
  const first = await startReconciler(t, kernel, file);
  first.source.emit(1, 2, 3, 4);
  await until(() => first.reconciler.status.inSync, 'four services');
  connect(kernel).flush();
  first.source.emit(1);
  await until(() => first.reconciler.status.waiting, 'a refusal');
  await until(() => ports(kernel).length === 4, 'the last state again');
  await first.stop();
  kernel.unloadModule();
  kernel.loadModule();
  const second = await startReconciler(t, kernel, file);
  second.source.emit(1);
  await until(
    () => second.reconciler.status.waiting && ports(kernel).length === 4,
    'the last state after a restart',
  );
});

test('a state file that cannot be replaced is removed, so that a restart does not go back to it', async (t) => {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const file = stateFile(t);
  const { source, reconciler } = await startReconciler(t, kernel, file);
  source.emit(1, 2);
  await until(() => reconciler.status.inSync, 'the services');
  assert.ok(existsSync(file));
  mkdirSync(`${file}.${process.pid}.new`);
  source.emit(1);
  await until(() => !existsSync(file), 'the removal of the file');
  rmdirSync(`${file}.${process.pid}.new`);
  await until(() => existsSync(file), 'the file');
  assert.equal((await new StateFile(file).read()).lastGood?.state.services.length, 1);
});

test('what could not be saved is saved as soon as possible, and the problem is logged once', async (t) => {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const file = stateFile(t);
  mkdirSync(`${file}.${process.pid}.new`);
  const { source, reconciler, log } = await startReconciler(t, kernel, file);
  source.emit(1);
  await until(() => reconciler.status.successfulRuns > 3, 'a service');
  source.emit(1, 2);
  await until(() => reconciler.status.successfulRuns > 6 && ports(kernel).length === 2, 'another one');
  rmdirSync(`${file}.${process.pid}.new`);
  await until(() => existsSync(file), 'the file');
  const entries = log.filter((line) => line.endsWith('state-file'));
  assert.deepEqual(entries, ['error state-file', 'info state-file']);
  assert.equal((await new StateFile(file).read()).lastGood?.state.services.length, 2);
});

test('the status says what is known of the table, and no more', () => {
  const status = { ...new ReconcilerStatus(), desired: 12 };
  assert.equal(statusText(new ReconcilerStatus()), 'no desired state yet');
  assert.equal(statusText(status), '12 services desired, not known whether the table matches');
  assert.equal(
    statusText({ ...status, drift: 1 }),
    '1 service differs from the desired state of 12 services',
  );
  assert.equal(statusText({ ...status, settingsDrift: 1 }), '1 setting differs from the desired state');
  assert.equal(statusText({ ...status, draining: 1 }), '1 destination draining');
  assert.equal(
    statusText({ ...status, inSync: true, problem: 'x: no such file\n' }),
    'all 12 services match the desired state; source: x: no such file',
  );
});
