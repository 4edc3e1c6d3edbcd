import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type BatchOperation,
  DeadlineError,
  type DumpOptions,
  FieldError,
  Ipvs,
  IpvsNetlinkError,
  IpvsSync,
  type OpenOptions,
  type Outcome,
} from '../../../../lib/index.ts';
import { type operations, requestOptions } from '../../../../lib/ipvs/operations/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { uniformDefinitions } from '../../../conformance/dumps.ts';
import {
  addDefinitions,
  collect,
  destinationUpdate,
  failure,
  refusedField,
  serviceUpdate,
} from '../../../conformance/subject.ts';
import { HookedTransport } from '../plan/hooked-transport.ts';

const service = { protocol: 'tcp', address: '10.0.0.1', port: 1, scheduler: 'rr' } as const;
const destination = { address: '10.1.0.1', port: 80, forwarding: 'masq' } as const;
const daemon = { role: 'master', interface: 'eth0', syncId: 1 } as const;

/** The arguments that each method is called with before its options. */
const parameters: Readonly<Record<keyof typeof operations, readonly unknown[]>> = {
  info: [],
  dump: [],
  records: [],
  stream: [],
  watch: [],
  services: [],
  service: [service],
  destinations: [service],
  addService: [service],
  updateService: [serviceUpdate(service)],
  patchService: [service, { scheduler: 'wlc' }],
  deleteService: [service],
  addDestination: [service, destination],
  updateDestination: [service, destinationUpdate(destination)],
  patchDestination: [service, destination, { weight: 2 }],
  setWeight: [service, destination, 2],
  drain: [service, destination],
  deleteDestination: [service, destination],
  zero: [undefined],
  flush: [],
  timeouts: [],
  sysctls: [],
  connections: [],
  setTimeouts: [{ tcp: 900 }],
  daemons: [],
  startDaemon: [daemon],
  stopDaemon: [daemon],
  batch: [[]],
  plan: [[]],
  apply: [{ operations: [] }],
};
const names = Object.keys(parameters) as (keyof typeof operations)[];

type AnyMethod = (...args: unknown[]) => unknown;

/** Calls a method, and takes all of a stream. */
async function call(
  client: Ipvs | IpvsSync,
  name: keyof typeof operations,
  options: unknown,
): Promise<unknown> {
  const method = client[name] as AnyMethod;
  const result = method.call(client, ...parameters[name], options);
  return ['stream', 'watch', 'connections'].includes(name)
    ? collect(result as AsyncIterable<unknown>)
    : result;
}

const outcomeNames = (outcomes: readonly Outcome<void>[]): string[] =>
  outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.name));

const additions = (count: number): BatchOperation[] =>
  Array.from({ length: count }, (_, index) => ({
    do: 'add-service',
    service: { ...service, port: index + 1 },
  }));

for (const clientClass of [Ipvs, IpvsSync]) {
  const open = (options: OpenOptions = {}): Promise<Ipvs> | IpvsSync =>
    clientClass === Ipvs ? Ipvs.open(options) : IpvsSync.open(options);

  describe(`the options of ${clientClass.name}`, () => {
    for (const name of names) {
      it(`are checked before anything is sent: ${name}`, async () => {
        const client = await open({ transport: new FakeKernel().connect() });
        assert.equal(requestOptions(name, [...parameters[name], { deadline: 7 }])?.deadline, 7);
        for (const [field, options] of [
          ['deadline', { deadline: -1 }],
          ['deadline', { deadline: Number.NaN }],
          ['deadline', { deadline: '5' }],
          ['deadline', { deadline: null }],
          ['deadline', { deadline: 1n }],
          ['signal', { signal: {} }],
          ['dedline', { dedline: 5 }],
          ['options', null],
          ['options', 5],
        ] as const) {
          assert.equal(await refusedField(() => call(client, name, options)), field);
        }
        assert.equal(client.stats.sends, 0);
        await client.close();
      });
    }

    it('that only some methods have are checked, too', async () => {
      const client = await open({ transport: new FakeKernel().connect() });
      for (const [name, field, options] of [
        ['dump', 'strategy', { strategy: 'both' }],
        ['dump', 'service.port', { service: { ...service, port: 70_000 } }],
        ['stream', 'strategy', { strategy: '' }],
        ['plan', 'remove', { remove: 'some' }],
        ['plan', 'draining.grace', { draining: {} }],
        ['plan', 'draining.gracee', { draining: { gracee: 5 } }],
        ['plan', 'period', { period: 5 }],
        ['apply', 'rounds', { rounds: 0 }],
        ['plan', 'allowRemoval', { allowRemoval: 'all' }],
        ['plan', 'allowRemoval', { allowRemoval: 1.5 }],
        ['drain', 'grace', { grace: -1 }],
        ['drain', 'interval', { interval: 0 }],
        ['drain', 'inactive', { inactive: 1 }],
        ['drain', 'remove', { remove: 'yes' }],
        ['drain', 'onProgress', { onProgress: {} }],
        ['drain', 'timeout', { timeout: 5 }],
        ['services', 'strategy', { strategy: 'auto' }],
        ['connections', 'client', { client: '198.51.100.0/33' }],
        ['connections', 'netns', { netns: '/run/netns/blue' }],
      ] as const) {
        assert.equal(await refusedField(() => call(client, name, options)), field);
      }
      await client.close();
    });

    it('of open() are checked, too', async () => {
      const transport = new FakeKernel().connect();
      for (const [field, options] of [
        ['attempts', { transport, attempts: 0 }],
        ['attempts', { transport, attempts: Number.NaN }],
        ['attempts', { transport, attempts: '2' }],
        ['netns', { netns: 5 }],
        ['netnss', { netnss: '/run/netns/blue' }],
        ['transport', { transport: {} }],
      ] as const) {
        const error = await failure(() => open(options as unknown as OpenOptions));
        assert.ok(error instanceof FieldError && error instanceof IpvsNetlinkError);
        assert.equal(error.field, field);
      }
    });
  });

  describe(`the deadline of ${clientClass.name}`, () => {
    const strategies = ['single', 'per-service'] as const;
    for (const strategy of strategies) {
      it(`covers a whole dump and a whole stream (${strategy})`, async () => {
        const kernel = new FakeKernel({ singleDump: 'nested' });
        const writer = IpvsSync.open({ transport: kernel.connect() });
        await addDefinitions(writer, uniformDefinitions(60, 60));
        const transport = new HookedTransport(kernel.connect(), () => undefined);
        const { receive, receiveAsync } = transport;
        let reads = 0;
        const delayRead = (): void => {
          reads++;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3);
        };
        transport.receive = (into) => {
          delayRead();
          return receive.call(transport, into);
        };
        transport.receiveAsync = (into) => {
          delayRead();
          return receiveAsync.call(transport, into);
        };
        const client = await open({ transport });
        await client.info();
        const options: DumpOptions = { strategy, deadline: 30 };
        for (const attempt of [() => client.dump(options), () => collect(client.stream(options))]) {
          reads = 0;
          const error = await failure(attempt);
          assert.ok(error instanceof DeadlineError, String(error));
          assert.match(error.message, / no reply within 30 ms$/);
          // Each read takes at least 3 ms, so few fit into the deadline, and a whole dump needs more of them.
          assert.ok(reads <= 14, `${reads} reads`);
        }
        await client.close();
      });
    }
  });

  describe(`a batch whose signal is aborted, deadline has passed or client is closed: ${clientClass.name}`, () => {
    for (const count of [1, 64, 300]) {
      it(`has the outcome NotSentError for each of ${count} writes`, async () => {
        const kernel = new FakeKernel();
        const reason = new Error('enough');
        const signal = AbortSignal.abort(reason);
        const client = await open({ transport: kernel.connect() });
        for (let round = 0; round < 2; round++) {
          const outcomes = await client.batch(additions(count), { signal });
          assert.deepEqual(outcomeNames(outcomes), Array(count).fill('NotSentError'));
          assert.ok(outcomes.every((outcome) => !outcome.ok && outcome.error.cause === reason));
          const late = await client.batch(additions(count), { deadline: 0 });
          assert.deepEqual(outcomeNames(late), Array(count).fill('NotSentError'));
          await client.info();
        }
        assert.equal(kernel.state.serviceCount, 0);
        await client.close();
        const closed = await client.batch(additions(count));
        assert.deepEqual(outcomeNames(closed), Array(count).fill('NotSentError'));
      });
    }
  });

  describe(`after the module was reloaded: ${clientClass.name}`, () => {
    for (const [before, after] of [
      ['nested', 'nested'],
      ['nested', 'none'],
      ['none', 'nested'],
    ] as const) {
      it(`dumps and streams use the single dump that the kernel then has (${before}, then ${after})`, async () => {
        const kernel = new FakeKernel({ singleDump: before });
        const other = new FakeKernel({ singleDump: after });
        other.unloadModule();
        other.loadModule();
        await addDefinitions(IpvsSync.open({ transport: kernel.connect() }), uniformDefinitions(2, 2));
        await addDefinitions(IpvsSync.open({ transport: other.connect() }), uniformDefinitions(3, 2));
        for (const read of ['dump', 'stream'] as const) {
          // The same socket, whose kernel has changed.
          const first = kernel.connect();
          const second = other.connect({ portId: first.portId });
          let current = first;
          const client = await open({
            transport: {
              portId: first.portId,
              repliesWithinSend: true,
              send: (datagram) => current.send(datagram),
              receive: (into) => current.receive(into),
              receiveAsync: (into) => current.receiveAsync(into),
              close: () => undefined,
            },
          });
          const count = async (): Promise<number> =>
            read === 'dump' ? (await client.dump()).services.length : (await collect(client.stream())).length;
          assert.equal(await count(), 2);
          current = second;
          assert.equal(await count(), 3);
          await client.close();
        }
      });
    }
  });
}
