import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type DesiredStateError,
  type PlanOptions,
  pathText,
  plan,
  type RemovalRefusedError,
  type ServiceWithDestinationsDefinition,
} from '../../../../lib/index.ts';
import { manyServices, service } from './plan-helpers.ts';
import { connect, kernelWith, snapshot } from './tables.ts';

test('a desired state with errors is refused as a whole, and every error is listed', () => {
  const wrong = [
    service(80),
    service(80),
    service(70000, { scheduler: '' }),
    service(81, {
      destinations: [
        { address: '::1', port: 80, forwarding: 'masq', weight: -1 },
        { address: 'x', port: 1 },
      ],
    }),
    service(82, {
      destinations: [
        { address: '::1', port: 80, forwarding: 'masq' },
        { address: '0::1', port: 80, forwarding: 'tunnel' },
      ],
    }),
    { mark: 1, port: 80, scheduler: 'rr' },
    7,
  ] as unknown as ServiceWithDestinationsDefinition[];
  assert.throws(
    () => plan([], wrong),
    (error: DesiredStateError) => {
      assert.equal(error.code, 'ERR_DESIRED_STATE');
      assert.deepEqual(
        error.errors.map(({ path, problem }) => `${pathText(path)} ${problem}`),
        [
          'services[1] has the same key as services[0]: tcp 10.0.0.1:80',
          'services[2].port must be a whole number from 0 to 65535, but is 70000',
          'services[2].scheduler must be a name without NUL, but is ""',
          'services[3].destinations[0].weight must be a whole number from 0 to 2147483647, but is -1',
          "services[3].destinations[0].address must be of the service's family unless the forwarding method is tunnel",
          'services[3].destinations[1].address must be an IPv4 or IPv6 address, but is "x"',
          "services[4].destinations[0].address must be of the service's family unless the forwarding method is tunnel",
          'services[4].destinations[1] has the same key as destinations[0]: [::1]:80',
          'services[5].port must be absent if there is a firewall mark, but is 80',
          'services[5].destinations is missing',
          'services[6] must be a service',
        ],
      );
      return true;
    },
  );
});

test('an invalid desired state is refused before anything is sent', () => {
  const ipvs = connect(kernelWith([]));
  assert.throws(() => ipvs.plan([service(80), service(80)]), { code: 'ERR_DESIRED_STATE' });
  assert.equal(ipvs.stats.sends, 0);
});

test('invalid options are refused, and so is a generator as desired state', () => {
  const ipvs = connect(kernelWith([service(80)]));
  const desired = [service(80)];
  for (const [field, options] of [
    ['filter', { filter: 'tcp' }],
    ['remove', { remove: 'noting' }],
    ['absent', { absent: 'lave' }],
    ['draining', { draining: 5 }],
    ['draining.grace', { draining: { grace: Number.NaN } }],
    ['draining.grace', { draining: {} }],
    ['keepWeights', { keepWeights: 'yes' }],
  ] as const) {
    const given = options as unknown as Parameters<typeof ipvs.plan>[1];
    assert.throws(() => plan([], desired, given), { code: 'ERR_INVALID_FIELD', field });
    assert.throws(() => ipvs.plan(desired, given), { code: 'ERR_INVALID_FIELD', field });
  }
  function* states(): Generator<ServiceWithDestinationsDefinition> {
    yield* desired;
  }
  const generator = states() as unknown as typeof desired;
  assert.throws(() => plan([], generator), { code: 'ERR_DESIRED_STATE' });
  assert.equal(ipvs.stats.sends, 0);
});

test('a filter that does not return a boolean is refused: a promise would count as true', () => {
  const ipvs = connect(kernelWith([service(80)]));
  const filter = (async () => false) as unknown as () => boolean;
  assert.throws(() => ipvs.plan([], { filter }), { code: 'ERR_INVALID_FIELD', field: 'filter' });
});

test('a new destination without a forwarding method is refused, and nothing is sent', () => {
  const withoutMethod = { address: '10.1.0.2', port: 80 };
  const ipvs = connect(kernelWith([service(80)]));
  const desired = [
    service(80, { destinations: [{ address: '10.1.0.1', port: 80 }, withoutMethod] }),
    service(81, { destinations: [withoutMethod] }),
  ];
  assert.throws(
    () => ipvs.plan(desired),
    (error: DesiredStateError) => {
      assert.equal(error.code, 'ERR_DESIRED_STATE');
      assert.deepEqual(
        error.errors.map(({ path }) => pathText(path)),
        ['services[0].destinations[1].forwarding', 'services[1].destinations[0].forwarding'],
      );
      assert.match(error.message, /forwarding: is missing, but .*masq, local, tunnel, direct-route/);
      return true;
    },
  );
  assert.throws(() => plan([], desired), { code: 'ERR_DESIRED_STATE' });
});

test('apply stops with a clear error if a destination without a forwarding method was removed meanwhile', () => {
  const kernel = kernelWith([service(80)]);
  const desired = [service(80, { scheduler: 'wrr', destinations: [{ address: '10.1.0.1', port: 80 }] })];
  const newPlan = connect(kernel).plan(desired);
  connect(kernel).deleteDestination(service(80), { address: '10.1.0.1', port: 80 });
  assert.throws(() => connect(kernel).apply(newPlan), { code: 'ERR_APPLY_STOPPED', sent: 1 });
});

test('a desired state that removes more than half of the table is refused unless that is confirmed', () => {
  const kernel = kernelWith(manyServices(4));
  const ipvs = connect(kernel);
  const before = snapshot(kernel);
  for (const [desired, options, expectedCounts] of [
    [[], {}, [4, 4, 4, 4]],
    [manyServices(1), {}, [3, 4, 3, 4]],
    [manyServices(2), {}, undefined],
    [manyServices(3), { allowRemoval: 0 }, [1, 4, 1, 4]],
    [manyServices(3), { allowRemoval: 0.25 }, undefined],
    [manyServices(1), { allowRemoval: 0.75 }, undefined],
    [[], { allowRemoval: 'any' }, undefined],
    [[], { remove: 'nothing' }, undefined],
    [[], { remove: 'destinations' }, undefined],
    [[], { draining: { grace: 1000 } }, [4, 4, 4, 4]],
    // Services that stay lose their destinations.
    [manyServices(4).map((definition) => ({ ...definition, destinations: [] })), {}, [0, 4, 4, 4]],
    [
      manyServices(4).map((definition) => ({ ...definition, destinations: [] })),
      { remove: 'destinations' },
      [0, 4, 4, 4],
    ],
    // Destinations that are replaced do not count as removed.
    [
      manyServices(4).map((definition) => ({
        ...definition,
        destinations: [{ ...definition.destinations[0]!, port: 81 }],
      })),
      {},
      undefined,
    ],
    // Services that the filter excludes do not count.
    [manyServices(3), { filter: ({ port }) => port! > 81 }, undefined],
    [manyServices(2), { filter: ({ port }) => port! > 81 }, [2, 2, 2, 2]],
  ] satisfies [ServiceWithDestinationsDefinition[], PlanOptions, number[] | undefined][]) {
    const { sends } = ipvs.stats;
    const attempt = (): unknown => ipvs.plan(desired, options);
    if (expectedCounts === undefined) {
      attempt();
      plan(ipvs.dump().services, desired, options);
      continue;
    }
    for (const refused of [attempt, () => plan(connect(kernel).dump().services, desired, options)]) {
      assert.throws(refused, (error: RemovalRefusedError) => {
        assert.equal(error.code, 'ERR_REMOVAL_REFUSED');
        const { services, destinations } = error;
        assert.deepEqual(
          [services.removed, services.total, destinations.removed, destinations.total],
          expectedCounts,
        );
        assert.match(error.message, /would remove .* nothing was changed; .*allowRemoval: 'any'/);
        return true;
      });
    }
    assert.ok(ipvs.stats.sends > sends, 'the table was read');
    assert.deepEqual(snapshot(kernel), before);
  }
  assert.deepEqual(connect(kernelWith([])).plan([]).operations, []);
});

test('the last good state counts as if it were in the table, so that an emptied table does not lift the limit', () => {
  const lastGood = manyServices(4);
  /** The number of operations of a plan, or what it would have removed if it is refused. */
  const planResult = (tableSize: number, desiredSize: number, options: PlanOptions = {}): string => {
    try {
      return operationCount(
        plan(
          connect(kernelWith(manyServices(tableSize))).dump().services,
          manyServices(desiredSize),
          options,
        ),
      );
    } catch (error) {
      const { services, destinations } = error as RemovalRefusedError;
      return [services, destinations].map(({ removed, total }) => `${removed}/${total}`).join(' ');
    }
  };
  const operationCount = ({ operations }: ReturnType<typeof plan>): string =>
    `${operations.length} operations`;
  assert.equal(planResult(4, 1), '3/4 3/4');
  assert.equal(planResult(0, 1), '2 operations');
  assert.equal(planResult(0, 1, { lastGood }), '3/4 3/4');
  assert.equal(planResult(2, 1, { lastGood }), '3/4 3/4');
  assert.equal(planResult(4, 1, { lastGood }), '3/4 3/4');
  assert.equal(planResult(0, 0, { lastGood }), '4/4 4/4');
  assert.equal(planResult(0, 2, { lastGood }), '4 operations', 'half of the last good state');
  // Three of the four services are gone already.
  assert.equal(planResult(1, 0), '1/1 1/1');
  assert.equal(planResult(1, 2, { lastGood }), '2 operations');
  assert.equal(planResult(0, 4, { lastGood }), '8 operations');
  assert.equal(planResult(0, 1, { lastGood, remove: 'nothing' }), '2 operations');
  assert.equal(planResult(0, 1, { lastGood, allowRemoval: 'any' }), '2 operations');
  assert.equal(planResult(0, 1, { lastGood, filter: ({ port }) => port === 0 }), '0 operations');
  const withOthers = lastGood.map((definition) => ({
    ...definition,
    destinations: [1, 2, 3].map((port) => ({ ...definition.destinations[0]!, port })),
  }));
  assert.equal(
    planResult(0, 4, { lastGood: withOthers }),
    '0/4 8/12',
    'destinations that are replaced do not count',
  );
  assert.equal(planResult(4, 4, { lastGood: withOthers }), '0/4 12/16');
  assert.throws(() => plan([], [], { lastGood: 5 as never }), { code: 'ERR_DESIRED_STATE' });
});

test('a plan holds every desired service with all settings, whether it exists already or not', () => {
  const ipvs = connect(kernelWith([service(80), service(81)]));
  const newPlan = ipvs.plan([service(81), service(80, { scheduler: 'wrr' }), service(82)]);
  assert.deepEqual([...newPlan.desiredServices.keys()].sort(), [
    'tcp 10.0.0.1:80',
    'tcp 10.0.0.1:81',
    'tcp 10.0.0.1:82',
  ]);
  for (const { service: normalService, destinations } of newPlan.desiredServices.values()) {
    assert.equal(normalService.onePacket, false);
    assert.deepEqual(
      destinations.map(({ forwarding, weight }) => [forwarding, weight]),
      [['masq', 1]],
    );
  }
});
