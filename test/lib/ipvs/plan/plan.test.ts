import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  DrainStartTimes,
  diffText,
  type PlanOptions,
  plan,
  type ServiceWithDestinationsDefinition,
  serviceKeyText,
} from '../../../../lib/index.ts';
import { bytes, operationNames, service } from './plan-helpers.ts';
import { connect, kernelWith, snapshot, tables } from './tables.ts';

test('plan and apply turn any table into any other, and then nothing differs and nothing is sent', () => {
  fc.assert(
    fc.property(tables, tables, (before, desired) => {
      const kernel = kernelWith(before);
      const ipvs = connect(kernel);
      const result = ipvs.apply(ipvs.plan(desired, { allowRemoval: 'any' }));
      assert.deepEqual(result.failures, []);
      assert.deepEqual(result.remaining.operations, []);
      assert.deepEqual(result.remaining.differences, []);
      assert.deepEqual(snapshot(kernel), snapshot(kernelWith(desired)));
      const again = ipvs.plan(desired);
      const { sends, receives } = ipvs.stats;
      assert.equal(ipvs.apply(again).sent, 0);
      assert.deepEqual([ipvs.stats.sends, ipvs.stats.receives], [sends, receives]);
    }),
    { numRuns: 60 },
  );
});

test('a table that is desired as it was read has no differences', () => {
  fc.assert(
    fc.property(tables, fc.constantFrom('leave' as const, 'default' as const), (table, absent) => {
      const { services } = connect(kernelWith(table)).dump();
      assert.deepEqual(
        plan(services, services as readonly ServiceWithDestinationsDefinition[], { absent }).differences,
        [],
      );
    }),
    { numRuns: 50 },
  );
});

test('of a long list of destinations, with both families, only those that differ are changed', () => {
  const list = (
    ports: readonly number[],
    weight: (port: number) => number,
  ): ServiceWithDestinationsDefinition[] => [
    service(80, {
      destinations: ports.map((port) => ({
        address: port % 2 === 0 ? '10.1.0.1' : '2001:db8::1',
        port,
        forwarding: 'tunnel',
        weight: weight(port),
      })),
    }),
  ];
  const ports = Array.from({ length: 40 }, (_, index) => index + 1);
  const ipvs = connect(kernelWith(list(ports, () => 1)));
  const desired = list([...ports.slice(2), 77], (port) => (port === 9 || port === 10 ? 5 : 1));
  assert.deepEqual(ipvs.plan(list(ports, () => 1)).operations, []);
  assert.deepEqual(operationNames(ipvs.plan(desired).operations).sort(), [
    'add-destination',
    'delete-destination',
    'delete-destination',
    'update-destination',
    'update-destination',
  ]);
});

test('no operation touches what the filter excludes', () => {
  const ours = (text: string): boolean => text.startsWith('udp') || text.startsWith('mark');
  fc.assert(
    fc.property(tables, tables, (before, desired) => {
      const kernel = kernelWith(before);
      const ipvs = connect(kernel);
      const newPlan = ipvs.plan(desired, {
        filter: (key) => ours(serviceKeyText(key)),
        allowRemoval: 'any',
      });
      for (const operation of newPlan.operations) {
        assert.ok('service' in operation && operation.service !== undefined);
        assert.ok(ours(serviceKeyText(operation.service)), serviceKeyText(operation.service));
      }
      assert.ok(newPlan.excluded.every((service) => !ours(service)));
      ipvs.apply(newPlan);
      const theirs = (table: unknown[]): unknown[] =>
        table.filter((service) => !ours(serviceKeyText(service as ServiceWithDestinationsDefinition)));
      assert.deepEqual(theirs(snapshot(kernel)), theirs(snapshot(kernelWith(before))));
    }),
    { numRuns: 50 },
  );
});

test('a service with another key is added before the old one is removed', () => {
  const { operations } = connect(kernelWith([service(80)])).plan([service(81)], { allowRemoval: 'any' });
  assert.deepEqual(operationNames(operations), ['add-service', 'add-destination', 'delete-service']);
});

test('within a service destinations are added and changed before others are removed', () => {
  const before = service(80, {
    destinations: [
      { address: '10.1.0.1', port: 80, forwarding: 'masq' },
      { address: '10.1.0.2', port: 80, forwarding: 'masq' },
    ],
  });
  const desired = service(80, {
    scheduler: 'wrr',
    destinations: [
      { address: '10.1.0.2', port: 80, forwarding: 'masq', weight: 7 },
      { address: '10.1.0.3', port: 80, forwarding: 'masq' },
    ],
  });
  const newPlan = connect(kernelWith([before])).plan([desired]);
  assert.deepEqual(operationNames(newPlan.operations), [
    'update-service',
    'add-destination',
    'update-destination',
    'delete-destination',
  ]);
  assert.equal(
    diffText(newPlan.differences),
    '~ tcp 10.0.0.1:80 scheduler=rr->wrr\n' +
      '    + 10.1.0.3:80 forwarding=masq weight=1\n' +
      '    ~ 10.1.0.2:80 weight=1->7\n' +
      '    - 10.1.0.1:80\n',
  );
  assert.equal(diffText(newPlan.differences, { colour: true }).split('\x1b[32m').length, 2);
});

test('the option remove says what is removed when it is not desired', () => {
  const ipvs = connect(kernelWith([service(80), service(81)]));
  const desired = [service(80, { destinations: [] })];
  const planned = (options: PlanOptions): string[] => {
    return operationNames(ipvs.plan(desired, { allowRemoval: 'any', ...options }).operations);
  };
  assert.deepEqual(planned({}), ['delete-destination', 'delete-service']);
  assert.deepEqual(planned({ remove: 'destinations' }), ['delete-destination']);
  assert.deepEqual(planned({ remove: 'nothing' }), []);
});

test('absent fields are left as they are or reset to the default', () => {
  const before = service(80, {
    persistence: { timeout: 60, netmask: '255.255.255.0' },
    destinations: [{ address: '10.1.0.1', port: 80, weight: 5, forwarding: 'direct-route' }],
  });
  const kernel = kernelWith([before]);
  const ipvs = connect(kernel);
  const onlyAddress = { destinations: [{ address: '10.1.0.1', port: 80 }] };
  assert.deepEqual(ipvs.plan([service(80, onlyAddress)], { absent: 'leave' }).operations, []);
  ipvs.apply(ipvs.plan([service(80, { ...onlyAddress, persistence: { timeout: 30 } })], { absent: 'leave' }));
  const { persistence, destinations } = ipvs.dump().services[0]!;
  assert.deepEqual(persistence, { timeout: 30, netmask: '255.255.255.0' });
  assert.equal(destinations[0]!.weight, 5);
  ipvs.apply(ipvs.plan([service(80)]));
  assert.deepEqual(snapshot(kernel), snapshot(kernelWith([service(80)])));
});

test('weights that something else manages are kept, new ones are set', () => {
  const before = service(80, {
    destinations: [{ address: '10.1.0.1', port: 80, forwarding: 'masq', weight: 9 }],
  });
  const desired = service(80, {
    destinations: [
      { address: '10.1.0.1', port: 80, forwarding: 'masq', weight: 1, upperThreshold: 5 },
      { address: '10.1.0.2', port: 80, forwarding: 'masq', weight: 2 },
    ],
  });
  const ipvs = connect(kernelWith([before]));
  ipvs.apply(ipvs.plan([desired], { keepWeights: true }));
  const weights = ipvs
    .dump()
    .services[0]!.destinations.map(({ weight, upperThreshold }) => [weight, upperThreshold]);
  assert.deepEqual(weights, [
    [2, 0],
    [9, 5],
  ]);
  const keepingOneWeight = ipvs.plan([desired], {
    keepWeights: (_service, { address }) => address === '10.1.0.2',
  });
  assert.deepEqual(operationNames(keepingOneWeight.operations), ['update-destination']);
});

test('a destination drains: weight 0 first, and it is removed after its last connection or the grace time', () => {
  const kernel = kernelWith([service(80), service(81)]);
  const rawService = (port: number) => ({ family: 2, protocol: 6, address: bytes(10, 0, 0, 1), port });
  const rawDestination = { address: bytes(10, 1, 0, 1), port: 80 };
  for (const port of [80, 81]) kernel.state.setConnections(rawService(port), rawDestination, { active: 1 });
  const ipvs = connect(kernel);
  let now = 0;
  const drainStartTimes = new DrainStartTimes(() => now);
  const draining = { grace: 1000, elapsed: drainStartTimes.elapsed };
  const desired = [service(80, { destinations: [] })];
  const planAndApply = () => {
    const result = ipvs.apply(ipvs.plan(desired, { draining, allowRemoval: 'any' }));
    drainStartTimes.afterApply(result.remaining);
    return result;
  };
  const first = planAndApply();
  assert.deepEqual(first.remaining.operations, []);
  assert.deepEqual(first.remaining.draining, [
    { service: 'tcp 10.0.0.1:80', destination: '10.1.0.1:80', connections: 1 },
    { service: 'tcp 10.0.0.1:81', destination: '10.1.0.1:80', connections: 1 },
  ]);
  assert.equal(first.sent, 2);
  assert.equal(planAndApply().sent, 0);
  kernel.state.setConnections(rawService(80), rawDestination, {});
  assert.deepEqual(
    planAndApply().remaining.draining.map(({ service: name }) => name),
    ['tcp 10.0.0.1:81'],
  );
  now = 999;
  assert.equal(planAndApply().sent, 0);
  now = 1000;
  const last = planAndApply();
  assert.equal(last.sent, 1);
  assert.deepEqual([last.remaining.draining, drainStartTimes.size], [[], 0]);
  assert.deepEqual(
    ipvs.dump().services.map(({ port, destinations }) => [port, destinations.length]),
    [[80, 0]],
  );
});

test('a destination that drained and is desired again gets its weight back although weights are kept', () => {
  const kernel = kernelWith([service(80)]);
  const ipvs = connect(kernel);
  const drainStartTimes = new DrainStartTimes();
  const draining = { grace: 60_000, elapsed: drainStartTimes.elapsed };
  const options = { draining, keepWeights: true, allowRemoval: 'any' } as const;
  kernel.state.setConnections(
    { family: 2, protocol: 6, address: bytes(10, 0, 0, 1), port: 80 },
    { address: bytes(10, 1, 0, 1), port: 80 },
    { inactive: 1 },
  );
  drainStartTimes.afterApply(ipvs.apply(ipvs.plan([service(80, { destinations: [] })], options)).remaining);
  assert.equal(ipvs.dump().services[0]!.destinations[0]!.weight, 0);
  ipvs.apply(ipvs.plan([service(80)], options));
  assert.equal(ipvs.dump().services[0]!.destinations[0]!.weight, 1);
});

test('planning reads each service and destination a fixed number of times', () => {
  const readsFor = (count: number): number => {
    let reads = 0;
    const counted = <Value extends object>(value: Value): Value =>
      new Proxy(value, {
        get(target, name, receiver) {
          reads++;
          return Reflect.get(target, name, receiver);
        },
      });
    const table = Array.from({ length: count }, (_, index) => {
      const definition = service(index);
      return counted({
        ...definition,
        destinations: definition.destinations.map(counted),
      } as typeof definition);
    });
    const current = connect(
      kernelWith(Array.from({ length: count }, (_, index) => service(index + count / 2))),
    )
      .dump()
      .services.map((found) =>
        counted({ ...found, counters: found.counters, destinations: found.destinations.map(counted) }),
      );
    reads = 0;
    assert.equal(plan(current, table).operations.length, (count / 2) * 3);
    return reads;
  };
  assert.equal(readsFor(400), 8 * readsFor(50));
});

test('a forwarding method that is left out stays as it is, with either meaning of absent fields', () => {
  const methods = ['masq', 'direct-route', 'tunnel', 'local'] as const;
  const before = methods.map((forwarding, index) =>
    service(80 + index, { destinations: [{ address: '10.1.0.1', port: 80, forwarding, weight: 5 }] }),
  );
  const desired = methods.map((_, index) =>
    service(80 + index, { destinations: [{ address: '10.1.0.1', port: 80, weight: 5 }] }),
  );
  const kernel = kernelWith(before);
  const ipvs = connect(kernel);
  for (const absent of ['leave', 'default'] as const)
    assert.deepEqual(ipvs.plan(desired, { absent }).operations, []);
  assert.deepEqual(plan(ipvs.dump().services, desired).operations, []);
  const heavier = desired.map((definition) => ({
    ...definition,
    destinations: definition.destinations.map((destination) => ({ ...destination, weight: 6 })),
  }));
  assert.deepEqual(ipvs.apply(ipvs.plan(heavier)).remaining.differences, []);
  assert.deepEqual(
    snapshot(kernel),
    snapshot(
      kernelWith(
        before.map((definition) => ({
          ...definition,
          destinations: definition.destinations.map((destination) => ({ ...destination, weight: 6 })),
        })),
      ),
    ),
  );
});

test('null removes a setting that a plan would leave as it is', () => {
  const before = service(80, {
    persistence: { timeout: 60 },
    persistenceEngine: 'sip',
    destinations: [
      { address: '10.1.0.1', port: 80, forwarding: 'masq', tunnel: { type: 'gue', port: 6080 } },
    ],
  });
  const [destination] = before.destinations;
  const nullSettings = { persistence: null, persistenceEngine: null };
  for (const absent of ['leave', 'default'] as const) {
    const kernel = kernelWith([before]);
    const ipvs = connect(kernel);
    const desired = service(80, { ...nullSettings, destinations: [{ ...destination!, tunnel: null }] });
    ipvs.apply(ipvs.plan([desired], { absent }));
    assert.deepEqual(snapshot(kernel), snapshot(kernelWith([service(80)])));
    assert.deepEqual(ipvs.plan([desired], { absent }).operations, []);
  }
});
