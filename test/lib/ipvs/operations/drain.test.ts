import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ClosedError,
  DeadlineError,
  type DestinationDefinition,
  type DrainOptions,
  Ipvs,
  IpvsSync,
  type ServiceDefinition,
} from '../../../../lib/index.ts';
import { operationOf } from '../../../../lib/ipvs/operations/index.ts';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { ConnectionStatistics } from '../../../../lib/netlink/exchange/statistics.ts';
import { FamilyDirectory } from '../../../../lib/netlink/families/family-directory.ts';
import type { Operation } from '../../../../lib/netlink/request/operation.ts';
import { type Connections, FakeKernel } from '../../../../lib/testing/index.ts';
import { failure } from '../../../conformance/subject.ts';

const service: ServiceDefinition = { protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'rr' };
const destination: DestinationDefinition = { address: '10.1.0.1', port: 80, forwarding: 'masq', weight: 7 };

function bytes(...first: number[]): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, at) => first[at] ?? 0);
}

/** A kernel with a destination that has these connections, and a function that sets others. */
function kernelWith(first: Connections): {
  kernel: FakeKernel;
  setConnections: (connections: Connections) => void;
} {
  const kernel = new FakeKernel();
  const client = IpvsSync.open({ transport: kernel.connect() });
  client.addService(service);
  client.addDestination(service, destination);
  const setConnections = (connections: Connections): void =>
    kernel.state.setConnections(
      { family: 2, protocol: 6, address: bytes(10, 0, 0, 1), port: 80 },
      { address: bytes(10, 1, 0, 1), port: 80 },
      connections,
    );
  setConnections(first);
  return { kernel, setConnections };
}

const weights = (kernel: FakeKernel): number[] =>
  IpvsSync.open({ transport: kernel.connect() })
    .destinations(service)
    .map(({ weight }) => weight);

for (const clientClass of [Ipvs, IpvsSync]) {
  const open = (kernel: FakeKernel): Promise<Ipvs> | IpvsSync =>
    clientClass.open({ transport: kernel.connect() });

  describe(`draining by ${clientClass.name}`, () => {
    it('waits until the last connection has ended, persistence templates included', async () => {
      const { kernel, setConnections } = kernelWith({ active: 2, inactive: 5, persistent: 1 });
      const steps: Connections[] = [
        { active: 1, inactive: 6, persistent: 1 },
        { persistent: 1 },
        { inactive: 4 },
      ];
      const reported: unknown[] = [];
      const client = await open(kernel);
      const result = await client.drain(service, destination, {
        interval: 5,
        remove: true,
        onProgress(connections) {
          reported.push(Object.values(connections));
          assert.deepEqual(weights(kernel), [0]);
          const next = steps.shift();
          if (next !== undefined) setConnections(next);
        },
      });
      assert.deepEqual(reported, [
        [2, 5, 1],
        [1, 6, 1],
        [0, 0, 1],
        [0, 4, 0],
      ]);
      assert.deepEqual([result.outcome, result.removed, result.weight], ['drained', true, 7]);
      assert.deepEqual([result.activeConnections, result.inactiveConnections], [0, 4]);
      assert.ok(result.elapsed >= 14);
      assert.deepEqual(weights(kernel), []);
      await client.close();
    });

    it('waits for inactive connections if asked', async () => {
      const { kernel, setConnections } = kernelWith({ inactive: 3 });
      const client = await open(kernel);
      let polls = 0;
      const result = await client.drain(service, destination, {
        interval: 1,
        inactive: true,
        onProgress: () => {
          if (++polls === 3) setConnections({});
        },
      });
      assert.deepEqual([polls, result.outcome, result.removed], [4, 'drained', false]);
      await client.close();
    });

    for (const remove of [true, false]) {
      it(`ends after the grace time, and ${remove ? 'removes' : 'keeps'} the destination`, async () => {
        const { kernel } = kernelWith({ active: 3 });
        const client = await open(kernel);
        const started = performance.now();
        const result = await client.drain(service, destination, { grace: 60, interval: 10_000, remove });
        assert.ok(performance.now() - started >= 59);
        assert.deepEqual(
          [result.outcome, result.removed, result.activeConnections],
          ['grace-over', remove, 3],
        );
        assert.deepEqual(weights(kernel), remove ? [] : [0]);
        await client.close();
      });
    }

    it('ends when another writer sets another weight or removes the destination or the service', async () => {
      const { kernel, setConnections } = kernelWith({ active: 3 });
      const client = await open(kernel);
      const other = IpvsSync.open({ transport: kernel.connect() });
      const drainWhile = async (act: () => void): Promise<unknown> => {
        const options: DrainOptions = { interval: 1, remove: true, onProgress: act };
        const { outcome, removed, activeConnections } = await client.drain(service, destination, options);
        return [outcome, removed, activeConnections];
      };
      assert.deepEqual(await drainWhile(() => other.setWeight(service, destination, 4)), [
        'weight-changed',
        false,
        3,
      ]);
      assert.deepEqual(weights(kernel), [4]);
      assert.deepEqual(await drainWhile(() => other.deleteDestination(service, destination)), [
        'gone',
        false,
        3,
      ]);
      other.addDestination(service, destination);
      // The kernel gives a destination that is added again its old connections.
      setConnections({});
      assert.deepEqual(await drainWhile(() => undefined), ['drained', true, 0]);
      other.addDestination(service, destination);
      setConnections({ active: 1 });
      assert.deepEqual(await drainWhile(() => other.deleteService(service)), ['gone', false, 1]);
      await client.close();
    });

    it('fails at its deadline, and the weight stays 0', async () => {
      const { kernel } = kernelWith({ active: 3 });
      const client = await open(kernel);
      const started = performance.now();
      const error = await failure(() =>
        client.drain(service, destination, { deadline: 50, interval: 60_000, remove: true }),
      );
      assert.ok(error instanceof DeadlineError, String(error));
      assert.ok(performance.now() - started < 50_000, 'long before the next poll');
      assert.deepEqual(weights(kernel), [0]);
      await client.close();
    });
  });
}

describe('draining with promises', () => {
  it('lets other requests go on meanwhile, and ends at once with its signal', async () => {
    const { kernel } = kernelWith({ active: 3 });
    const client = await Ipvs.open({ transport: kernel.connect() });
    const controller = new AbortController();
    const reason = new Error('enough');
    const draining = client.drain(service, destination, { interval: 60_000, signal: controller.signal });
    assert.equal((await client.dump()).services.length, 1);
    assert.equal((await client.destinations(service))[0]!.weight, 0);
    controller.abort(reason);
    await assert.rejects(draining, (error) => error === reason);
    await client.close();
  });

  it('ends with a ClosedError when the client is closed', async () => {
    const { kernel } = kernelWith({ active: 3 });
    const client = await Ipvs.open({ transport: kernel.connect() });
    let polled: () => void = () => undefined;
    const firstPoll = new Promise<void>((resolve) => {
      polled = resolve;
    });
    const draining = client.drain(service, destination, { interval: 60_000, onProgress: () => polled() });
    await firstPoll;
    await client.close();
    await assert.rejects(draining, ClosedError);
  });
});

it('warns of persistence templates according to expire_quiescent_template', () => {
  const kernel = new FakeKernel();
  const client = IpvsSync.open({ transport: kernel.connect() });
  client.addService({ ...service, persistence: { timeout: 60 } });
  client.addDestination(service, destination);
  for (const [value, code] of [
    [0, 'templates-ignore-weight'],
    [1, undefined],
    [undefined, 'template-sysctl-unreadable'],
  ] as const) {
    if (value !== undefined) kernel.sysctls.write('expire_quiescent_template', String(value));
    const sysctls = value === undefined ? undefined : kernel.sysctls;
    const context = { families: new FamilyDirectory(), statistics: new ConnectionStatistics(), sysctls };
    const operation = operationOf(context, 'drain', [service, destination]) as Operation<
      ReturnType<IpvsSync['drain']>
    >;
    const { warnings } = new ConnectionSync(kernel.connect()).perform(operation);
    assert.deepEqual(
      warnings.map((warning) => warning.code),
      code === undefined ? [] : [code],
    );
  }
});
