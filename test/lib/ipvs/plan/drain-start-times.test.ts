import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BatchOperation, DrainStartTimes } from '../../../../lib/index.ts';
import { bytes, operationNames, service } from './plan-helpers.ts';
import { connect, kernelWith } from './tables.ts';

const definition = service(80);
const [destination] = definition.destinations;
const drain = { service: 'tcp 10.0.0.1:80', destination: '10.1.0.1:80' };
const drainingPlan = { draining: [{ ...drain, connections: 1 }], operations: [] };
const emptyPlan = { draining: [], operations: [] };

for (const operationType of ['update-destination', 'add-destination'] as const) {
  test(`a drain ended by ${operationType} starts at zero again, even if it was saved before applying`, () => {
    let now = 1000;
    const drainStartTimes = new DrainStartTimes(() => now);
    drainStartTimes.beforeApply(drainingPlan);
    now = 5000;
    drainStartTimes.beforeApply(emptyPlan);
    assert.equal(drainStartTimes.elapsed(drain.service, drain.destination), 4000);
    const end = { do: operationType, service: definition, destination: destination! } as BatchOperation;
    drainStartTimes.beforeApply({ draining: [], operations: [end] });
    // The process is killed before or after the plan is applied: the start times cannot tell which.
    const text = JSON.stringify(drainStartTimes.drains);
    now = 100_000;
    const later = new DrainStartTimes(() => now, JSON.parse(text));
    assert.ok((later.elapsed(drain.service, drain.destination) ?? 0) === 0);
    later.beforeApply(drainingPlan);
    now = 100_001;
    assert.equal(later.elapsed(drain.service, drain.destination), 1);
    later.afterApply(drainingPlan);
    assert.equal(later.elapsed(drain.service, drain.destination), 1);
    later.afterApply(emptyPlan);
    assert.equal(later.size, 0);
  });
}

test('a drain that began in the future begins now', () => {
  const drainStartTimes = new DrainStartTimes(() => 10, [{ ...drain, since: 11 }]);
  assert.deepEqual(drainStartTimes.drains, [{ ...drain, since: 10 }]);
});

test('a destination that has a weight is set to weight 0 first, and then drains for the whole grace time', () => {
  let now = 1000;
  // Saved before a plan that was not applied.
  const drainStartTimes = new DrainStartTimes(() => now, [{ ...drain, since: 0 }]);
  const kernel = kernelWith([definition]);
  const rawService = { family: 2, protocol: 6, address: bytes(10, 0, 0, 1), port: 80 };
  kernel.state.setConnections(rawService, { address: bytes(10, 1, 0, 1), port: 80 }, { active: 1 });
  const ipvs = connect(kernel);
  const planAndApply = (): string[] => {
    const draining = { grace: 1000, elapsed: drainStartTimes.elapsed };
    const plan = ipvs.plan([service(80, { destinations: [] })], { draining, allowRemoval: 'any' });
    drainStartTimes.beforeApply(plan);
    drainStartTimes.afterApply(ipvs.apply(plan).remaining);
    return operationNames(plan.operations);
  };
  assert.deepEqual(planAndApply(), ['update-destination']);
  now = 1999;
  assert.deepEqual(planAndApply(), []);
  ipvs.setWeight(definition, destination!, 5);
  assert.deepEqual(planAndApply(), ['update-destination']);
  now = 2998;
  assert.deepEqual(planAndApply(), []);
  now = 2999;
  assert.deepEqual(planAndApply(), ['delete-destination']);
});
