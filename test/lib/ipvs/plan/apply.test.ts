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
import { HookedTransport } from './hooked-transport.ts';
import { connect, kernelWith, snapshot, tables } from './tables.ts';

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

test('when the process is killed between any two sends, every service is as it was or as desired', () => {
  const tablesBySeed = [0, 1, 2, 3].map((seed) => table(40, seed));
  const snapshotsBySeed = tablesBySeed.map((desired) => byKey(snapshot(kernelWith(desired))));
  let random = 1;
  const below = (bound: number): number => {
    random = (random * 48271) % 2147483647;
    return random % bound;
  };
  const reached = new Set<string>();
  for (let run = 0; run < 60; run++) {
    const from = below(4);
    const to = (from + 1 + below(3)) % 4;
    const kernel = kernelWith(tablesBySeed[from]!);
    const client = connect(kernel);
    const plan = client.plan(tablesBySeed[to]!, { allowRemoval: 'any' });
    const allowedSends = below(5);
    const transport = new HookedTransport(kernel.connect(), (count) => {
      if (count > allowedSends) throw new Error('killed');
    });
    try {
      IpvsSync.open({ transport }).apply(plan);
    } catch (error) {
      assert.match(String(error), /killed/);
    }
    const now = byKey(snapshot(kernel, client));
    let done = 0;
    for (const key of new Set([...snapshotsBySeed[from]!.keys(), ...snapshotsBySeed[to]!.keys()])) {
      if (now.get(key) === snapshotsBySeed[to]!.get(key)) done++;
      else assert.equal(now.get(key), snapshotsBySeed[from]!.get(key), `run ${run}: ${key} is neither`);
    }
    reached.add(`${from} ${to} ${done}`);
    const result = client.apply(client.plan(tablesBySeed[to]!, { allowRemoval: 'any' }));
    assert.deepEqual([result.failures, result.remaining.differences], [[], []]);
    assert.deepEqual(byKey(snapshot(kernel, client)), snapshotsBySeed[to]);
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
    fc.property(tables, tables, tables, (planned, changed, desired) => {
      const plan = connect(kernelWith(planned)).plan(desired, { allowRemoval: 'any' });
      const kernel = kernelWith(changed);
      const result = connect(kernel).apply(plan);
      if (plan.operations.length === 0) return;
      assert.deepEqual(result.remaining.operations, []);
      assert.deepEqual(result.failures, []);
      assert.deepEqual(snapshot(kernel), snapshot(kernelWith(desired)));
    }),
    { numRuns: 60 },
  );
});

const dnsTable: Table = [
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
function clientWithConcurrentWriter(
  kernel: FakeKernel,
  at: number,
  act: (other: IpvsSync) => void,
): IpvsSync {
  return IpvsSync.open({
    transport: new HookedTransport(kernel.connect(), (count) => {
      if (count === at) act(connect(kernel));
    }),
  });
}

test('a service that is removed while a plan is applied is added again, once, with all its destinations', () => {
  const kernel = kernelWith(dnsTable);
  const desired: Table = [
    {
      ...dnsTable[0]!,
      destinations: [...dnsTable[0]!.destinations, { address: '10.1.0.3', port: 53, forwarding: 'masq' }],
    },
  ];
  const plan = connect(kernel).plan(desired);
  const ipvs = clientWithConcurrentWriter(kernel, 2, (other) => other.flush());
  const result = ipvs.apply(plan);
  assert.deepEqual([plan.operations.length, result.sent, result.resolved], [1, 5, 4]);
  assert.deepEqual(snapshot(kernel), snapshot(kernelWith(desired)));
});

test('an operation that the kernel refuses is reported with its error, and the rest is done', () => {
  const kernel = kernelWith([]);
  const ipvs = connect(kernel);
  const desired: Table = [
    { ...dnsTable[0]!, scheduler: 'nonesuch' },
    { ...dnsTable[0]!, port: 54 } as Table[number],
  ];
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
  for (let datagram = 3; datagram < 40; datagram += 7) {
    const kernel = kernelWith([]);
    const transport = kernel.connect({ faults: [{ datagram, action: 'overrun' }] });
    const ipvs = IpvsSync.open({ transport });
    const desired = table(20, 1);
    const result = ipvs.apply(connect(kernel).plan(desired));
    assert.deepEqual(result.remaining.operations, []);
    assert.deepEqual(snapshot(kernel), snapshot(kernelWith(desired)));
  }
});

test('apply fails when it is aborted and says how much was sent, and another completes it', async () => {
  const kernel = kernelWith([]);
  const controller = new AbortController();
  const transport = new HookedTransport(kernel.connect(), (count) => {
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
    transport: new HookedTransport(kernel.connect(), () => {
      sends++;
      connect(kernel).flush();
    }),
  });
  const result = ipvs.apply(ipvs.plan(dnsTable));
  assert.ok(result.remaining.operations.length > 0);
  assert.ok(sends < 30, `${sends} sends`);
});

test('an invalid number of rounds is refused before anything is sent', () => {
  const ipvs = connect(kernelWith([]));
  const plan = ipvs.plan(dnsTable);
  const { sends } = ipvs.stats;
  for (const rounds of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => ipvs.apply(plan, { rounds }), { code: 'ERR_INVALID_FIELD', field: 'rounds' });
  }
  assert.equal(ipvs.stats.sends, sends);
});

for (const clientName of ['Ipvs', 'IpvsSync'] as const) {
  test(`apply fails at its deadline and says how much was sent, and another completes it: ${clientName}`, async () => {
    const kernel = kernelWith([]);
    const transport = new HookedTransport(kernel.connect(), (count) => {
      if (count === 4) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    });
    const ipvs = clientName === 'Ipvs' ? await Ipvs.open({ transport }) : IpvsSync.open({ transport });
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
