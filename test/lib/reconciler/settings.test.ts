import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusText } from '../../../lib/reconciler/status.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { connect } from '../ipvs/plan/tables.ts';
import { service } from '../ipvs/reconcile/pushed-states.ts';
import { ports, startReconciler, until } from './running-reconciler.ts';

test('settings are kept as desired, and read in each run, as the kernel counts only changes of services', async (t) => {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const options = { pollPeriod: 2, period: 1e6 };
  const { source, reconciler, requests } = await startReconciler(t, kernel, undefined, options);
  source.emitState({
    services: [service(1)],
    timeouts: { tcp: 600 },
    daemons: [{ role: 'backup', interface: 'eth0', syncId: 7 }],
    sysctls: { conntrack: 1 },
  });
  await until(() => reconciler.status.inSync, 'the table');
  const client = connect(kernel);
  const found = (): unknown => [
    client.timeouts().tcp,
    client.daemons()[0]?.syncId,
    client.sysctls().conntrack,
  ];
  assert.deepEqual(found(), [600, 7, 1]);
  for (const undo of [
    () => client.setTimeouts({ tcp: 5 }),
    () => client.stopDaemon({ role: 'backup', syncId: 7 }),
    () => kernel.sysctls.write('conntrack', '0'),
  ]) {
    undo();
    const { changes } = reconciler.status;
    await until(() => reconciler.status.changes > changes && reconciler.status.inSync, String(undo));
    assert.deepEqual(found(), [600, 7, 1]);
  }
  const before = { requests: requests(), successfulRuns: reconciler.status.successfulRuns };
  await until(() => reconciler.status.successfulRuns >= before.successfulRuns + 20, '20 runs');
  const runs = reconciler.status.successfulRuns - before.successfulRuns;
  assert.ok(requests() - before.requests <= 3 * (runs + 1), 'the table is not read');
  source.emit(1);
  await until(() => reconciler.status.desired === 1 && reconciler.status.inSync, 'a state without settings');
  assert.deepEqual(found(), [600, 7, 1], 'what is not desired any more stays');
});

test('a sysctl that cannot be set is reported, and all else is kept as desired meanwhile', async (t) => {
  const kernel = new FakeKernel();
  kernel.sysctls.readOnly.add('conntrack');
  const { source, reconciler, log } = await startReconciler(t, kernel);
  source.emitState({ services: [service(1), service(2)], timeouts: { tcp: 600 }, sysctls: { conntrack: 1 } });
  await until(() => reconciler.status.failedRuns > 1, 'failures');
  connect(kernel).deleteService(service(2));
  await until(() => ports(kernel).length === 2, 'what another writer removed');
  await until(() => reconciler.status.failedRuns > 3, 'more failures');
  assert.deepEqual([connect(kernel).timeouts().tcp, reconciler.status.inSync], [600, false]);
  assert.equal(statusText(reconciler.status), '1 setting differs from the desired state');
  assert.equal(log.filter((line) => line === 'error run').length, 1);
  kernel.sysctls.readOnly.clear();
  await until(() => reconciler.status.inSync, 'the sysctl');
  assert.equal(connect(kernel).sysctls().conntrack, 1);
});
