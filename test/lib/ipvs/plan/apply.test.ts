import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  ApplyStoppedError,
  Ipvs,
  IpvsSync,
  KernelError,
  type ServiceWithDestinationsDefinition,
  serviceKeyText,
} from '../../../../lib/index.ts';
import type { FakeKernel } from '../../../../lib/testing/index.ts';
import { connect, kernelWith, snapshot, tables } from './tables.ts';
import { WatchedTransport } from './watched-transport.ts';

type Table = readonly ServiceWithDestinationsDefinition[];

/** A table of `count` services; another `seed` gives most of them other settings and destinations. */
function table(count: number, seed: number): Table {
  return Array.from({ length: count }, (_, index) => ({
    protocol: 'tcp' as const,
    address: '10.0.0.1',
    port: 1000 + index + (seed > 0 ? count / 4 : 0),
    scheduler: (index + seed) % 2 === 0 ? 'rr' : 'wlc',
    destinations: Array.from({ length: (index + seed) % 4 }, (__, last) => ({
      address: `10.1.${seed}.${last}`,
      port: 80,
      forwarding: 'masq' as const,
      weight: 1 + seed + last,
    })),
  }));
}

test('killed between any two sends, every service is as it was or as desired', () => {
  const tablesFor = [0, 1, 2, 3].map((seed) => table(40, seed));
  const states = tablesFor.map((desired) => byKey(snapshot(kernelWith(desired))));
  let random = 1;
  const below = (bound: number): number => {
    random = (random * 48271) % 2147483647;
    return random % bound;
  };
  const reached = new Set<string>();
  for (let run = 0; run < 60; run++) {
    const from = below(4);
    const to = (from + 1 + below(3)) % 4;
    const kernel = kernelWith(tablesFor[from]!);
    const next = connect(kernel);
    const plan = next.plan(tablesFor[to]!, { allowRemoval: 'any' });
    const last = below(5);
    const transport = new WatchedTransport(kernel.connect(), (count) => {
      if (count > last) throw new Error('killed');
    });
    try {
      IpvsSync.open({ transport }).apply(plan);
    } catch (error) {
      assert.match(String(error), /killed/);
    }
    const now = byKey(snapshot(kernel, next));
    let done = 0;
    for (const key of new Set([...states[from]!.keys(), ...states[to]!.keys()])) {
      if (now.get(key) === states[to]!.get(key)) done++;
      else assert.equal(now.get(key), states[from]!.get(key), `run ${run}: ${key} is neither`);
    }
    reached.add(`${from} ${to} ${done}`);
    const result = next.apply(next.plan(tablesFor[to]!, { allowRemoval: 'any' }));
    assert.deepEqual([result.failures, result.remaining.differences], [[], []]);
    assert.deepEqual(byKey(snapshot(kernel, next)), states[to]);
  }
  assert.ok(reached.size > 18, `only ${reached.size} different states were reached`);
});

/** Each service as text, by its key. */
function byKey(services: unknown[]): Map<string, string> {
  return new Map(
    services.map((service) => [serviceKeyText(service as Table[number]), JSON.stringify(service)]),
  );
}

test('a plan leads to the desired table even if the table has changed since', () => {
  fc.assert(
    fc.property(tables, tables, tables, (planned, found, desired) => {
      const plan = connect(kernelWith(planned)).plan(desired, { allowRemoval: 'any' });
      const kernel = kernelWith(found);
      const result = connect(kernel).apply(plan);
      if (plan.operations.length === 0) return;
      assert.deepEqual(result.remaining.operations, []);
      assert.deepEqual(result.failures, []);
      assert.deepEqual(snapshot(kernel), snapshot(kernelWith(desired)));
    }),
    { numRuns: 60 },
  );
});

const one: Table = [
  {
    protocol: 'udp',
    address: '10.0.0.1',
    port: 53,
    scheduler: 'rr',
    destinations: [
      { address: '10.1.0.1', port: 53, forwarding: 'masq' },
      { address: '10.1.0.2', port: 53, forwarding: 'masq' },
    ],
  },
];

/** A client of `kernel`; before it sends its datagram number `at`, `act` is called with another client. */
function raced(kernel: FakeKernel, at: number, act: (other: IpvsSync) => void): IpvsSync {
  return IpvsSync.open({
    transport: new WatchedTransport(kernel.connect(), (count) => {
      if (count === at) act(connect(kernel));
    }),
  });
}

test('a service that is removed while a plan is applied is added again, once, with all its destinations', () => {
  const kernel = kernelWith(one);
  const desired: Table = [
    {
      ...one[0]!,
      destinations: [...one[0]!.destinations, { address: '10.1.0.3', port: 53, forwarding: 'masq' }],
    },
  ];
  const plan = connect(kernel).plan(desired);
  const ipvs = raced(kernel, 2, (other) => other.flush());
  const result = ipvs.apply(plan);
  assert.deepEqual([plan.operations.length, result.sent, result.resolved], [1, 5, 4]);
  assert.deepEqual(snapshot(kernel), snapshot(kernelWith(desired)));
});

test('an operation that the kernel refuses is reported with its error, and the rest is done', () => {
  const kernel = kernelWith([]);
  const ipvs = connect(kernel);
  const desired: Table = [{ ...one[0]!, scheduler: 'nonesuch' }, { ...one[0]!, port: 54 } as Table[number]];
  const result = ipvs.apply(ipvs.plan(desired));
  assert.equal(kernel.state.serviceCount, 1);
  assert.equal(result.failures[0]!.operation.do, 'add-service');
  assert.ok(result.failures[0]!.error instanceof KernelError);
  assert.deepEqual(
    result.remaining.differences.map(({ service }) => service),
    ['udp 10.0.0.1:53'],
  );
});

test('after lost replies the table is read, and the rest of the plan applied', () => {
  for (let reply = 3; reply < 40; reply += 7) {
    const kernel = kernelWith([]);
    const transport = kernel.connect({ faults: [{ reply, action: 'overrun' }] });
    const ipvs = IpvsSync.open({ transport });
    const desired = table(20, 1);
    const result = ipvs.apply(connect(kernel).plan(desired));
    assert.deepEqual(result.remaining.operations, []);
    assert.deepEqual(snapshot(kernel), snapshot(kernelWith(desired)));
  }
});

test('applying that is aborted says so, and applying again completes it', async () => {
  const kernel = kernelWith([]);
  const controller = new AbortController();
  const transport = new WatchedTransport(kernel.connect(), (count) => {
    if (count === 4) controller.abort(new Error('enough'));
  });
  const ipvs = await Ipvs.open({ transport });
  const desired = table(400, 1);
  const plan = connect(kernel).plan(desired);
  await assert.rejects(ipvs.apply(plan, { signal: controller.signal }), (error: ApplyStoppedError) => {
    assert.ok(error instanceof ApplyStoppedError);
    assert.ok(error.sent > 0 && error.sent < plan.operations.length);
    return true;
  });
  const result = await ipvs.apply(await ipvs.plan(desired));
  assert.deepEqual(result.remaining.differences, []);
  await ipvs.close();
});

test('apply ends even if another writer undoes everything', () => {
  const kernel = kernelWith([]);
  let sends = 0;
  const ipvs = IpvsSync.open({
    transport: new WatchedTransport(kernel.connect(), () => {
      sends++;
      connect(kernel).flush();
    }),
  });
  const result = ipvs.apply(ipvs.plan(one));
  assert.ok(result.remaining.operations.length > 0);
  assert.ok(sends < 30, `${sends} sends`);
});

test('an invalid number of rounds is refused before anything is sent', () => {
  const ipvs = connect(kernelWith([]));
  const plan = ipvs.plan(one);
  const { sends } = ipvs.stats;
  for (const rounds of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => ipvs.apply(plan, { rounds }), { code: 'ERR_INVALID_FIELD', field: 'rounds' });
  }
  assert.equal(ipvs.stats.sends, sends);
});

for (const kind of ['Ipvs', 'IpvsSync'] as const) {
  test(`applying that runs into its deadline says how much was sent, and applying again completes it: ${kind}`, async () => {
    const kernel = kernelWith([]);
    const transport = new WatchedTransport(kernel.connect(), (count) => {
      if (count === 4) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    });
    const ipvs = kind === 'Ipvs' ? await Ipvs.open({ transport }) : IpvsSync.open({ transport });
    const desired = table(400, 1);
    const plan = connect(kernel).plan(desired);
    await assert.rejects(
      async () => await ipvs.apply(plan, { deadline: 500 }),
      (error: ApplyStoppedError) => {
        assert.ok(error instanceof ApplyStoppedError, String(error));
        assert.ok(error.sent > 0 && error.sent < plan.operations.length);
        return true;
      },
    );
    const result = await ipvs.apply(await ipvs.plan(desired), { deadline: Number.POSITIVE_INFINITY });
    assert.deepEqual(result.remaining.differences, []);
    await ipvs.close();
  });
}
