import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchInputError,
  type BatchOperation,
  Ipvs,
  IpvsSync,
  KernelError,
  NotSentError,
  type Outcome,
  ReplyLostError,
} from '../../../lib/index.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { WatchedTransport } from './plan/watched-transport.ts';

const service = (port: number) => ({ protocol: 'tcp' as const, address: '10.0.0.1', port });
const destination = (last: number) => ({ address: `10.1.0.${last}`, port: 80 });

function additions(count: number): BatchOperation[] {
  return Array.from({ length: count }, (_, index): BatchOperation[] => [
    { do: 'add-service', service: { ...service(index + 1), scheduler: 'rr' } },
    { do: 'add-destination', service: service(index + 1), destination: destination(1) },
  ]).flat();
}

const words = (outcomes: readonly Outcome<void>[]): string[] =>
  outcomes.map((outcome) => {
    if (outcome.ok) return 'ok';
    return outcome.error instanceof KernelError ? outcome.error.errnoName : outcome.error.name;
  });

const mixed: readonly BatchOperation[] = [
  { do: 'add-service', service: { ...service(1), scheduler: 'rr' } },
  { do: 'add-service', service: { ...service(1), scheduler: 'rr' } },
  { do: 'add-destination', service: service(1), destination: destination(1) },
  { do: 'update-destination', service: service(1), destination: destination(2) },
  { do: 'add-destination', service: service(2), destination: destination(1) },
  { do: 'add-service', service: { ...service(3), scheduler: 'nonesuch' } },
  { do: 'update-service', service: { ...service(1), scheduler: 'wlc' } },
  { do: 'zero', service: service(1) },
  { do: 'zero' },
  { do: 'set-timeouts', timeouts: { tcp: 77 } },
  { do: 'start-daemon', daemon: { role: 'master', interface: 'eth0', syncId: 1 } },
  { do: 'stop-daemon', daemon: { role: 'master', syncId: 1 } },
  { do: 'delete-destination', service: service(1), destination: destination(1) },
  { do: 'delete-service', service: service(9) },
  { do: 'delete-service', service: service(1) },
  { do: 'flush' },
];
const expected = [
  'ok',
  'EEXIST',
  'ok',
  'ENOENT',
  'ESRCH',
  'ENOENT',
  'ok',
  'ok',
  'ok',
  'ok',
  'ok',
  'ok',
  'ok',
  'ESRCH',
  'ok',
  'ok',
];

test('every write of a batch has its own outcome, in order, in both clients', async () => {
  const kernel = new FakeKernel();
  assert.deepEqual(words(IpvsSync.open({ transport: kernel.connect() }).batch(mixed)), expected);
  const ipvs = await Ipvs.open({ transport: kernel.connect() });
  assert.deepEqual(words(await ipvs.batch(mixed)), expected);
  assert.equal((await ipvs.timeouts()).tcp, 77);
  await ipvs.close();
});

test('a batch takes few sends', () => {
  const ipvs = IpvsSync.open({ transport: new FakeKernel().connect() });
  assert.ok(ipvs.batch(additions(300)).every(({ ok }) => ok));
  assert.ok(ipvs.stats.sends <= 12, `${ipvs.stats.sends} sends for 600 writes`);
});

test('what changes one service goes into one datagram', () => {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const complete: boolean[] = [];
  const transport = new WatchedTransport(kernel.connect(), () => {
    const { services } = IpvsSync.open({ transport: kernel.connect() }).dump();
    complete.push(services.every(({ destinations }) => destinations.length === 20));
  });
  const operations = Array.from({ length: 10 }, (_, index): BatchOperation[] => [
    { do: 'add-service', service: { ...service(index), scheduler: 'rr' } },
    ...Array.from(
      { length: 20 },
      (__, last): BatchOperation => ({
        do: 'add-destination',
        service: service(index),
        destination: destination(last),
      }),
    ),
  ]).flat();
  assert.ok(
    IpvsSync.open({ transport })
      .batch(operations)
      .every(({ ok }) => ok),
  );
  assert.equal(kernel.state.serviceCount, 10);
  assert.ok(complete.length >= 5);
  assert.ok(complete.every((whole) => whole));
});

test('bad operations are all named before anything is sent', () => {
  const kernel = new FakeKernel();
  const ipvs = IpvsSync.open({ transport: kernel.connect() });
  const operations = [
    { do: 'add-service', service: { ...service(1), scheduler: 'rr' } },
    { do: 'add-service', service: { ...service(70000), scheduler: 'rr' } },
    { do: 'add-destination', service: service(1), destination: { address: '::1', port: 1 } },
    { do: 'sing' },
  ] as unknown as BatchOperation[];
  assert.throws(
    () => ipvs.batch(operations),
    (error: BatchInputError) => {
      assert.ok(error instanceof BatchInputError);
      assert.deepEqual(
        error.mistakes.map(({ index, error: { field } }) => [index, field]),
        [
          [1, 'service.port'],
          [2, 'destination.address'],
          [3, 'do'],
        ],
      );
      return true;
    },
  );
  assert.equal(ipvs.stats.sends, 0);
  assert.equal(kernel.state.serviceCount, 0);
});

test('lost replies make exactly the unanswered writes unknown', () => {
  const kernel = new FakeKernel();
  const reply = 12;
  const transport = kernel.connect({ faults: [{ reply, action: 'overrun' }] });
  const outcomes = IpvsSync.open({ transport }).batch(additions(30));
  assert.ok(outcomes.every(({ ok }) => ok) === false);
  for (const outcome of outcomes) assert.ok(outcome.ok || outcome.error instanceof ReplyLostError);
  // The first two replies are those of nlctrl.
  assert.equal(
    outcomes.findIndex(({ ok }) => !ok),
    reply - 3,
  );
  assert.equal(kernel.state.serviceCount, 30);
});

test('replies beyond the receive buffer are lost, and the batch still ends with an outcome for each', () => {
  const kernel = new FakeKernel();
  const transport = kernel.connect({ receiveBuffer: 8192 });
  const outcomes = IpvsSync.open({ transport }).batch(additions(200));
  assert.equal(outcomes.length, 400);
  const lost = outcomes.filter((outcome) => !outcome.ok);
  assert.ok(lost.length > 0 && lost.length < 400);
  assert.ok(lost.every((outcome) => !outcome.ok && outcome.error instanceof ReplyLostError));
  assert.equal(kernel.state.serviceCount, 200);
});

test('an aborted batch sends nothing more and says which writes were not sent', async () => {
  const kernel = new FakeKernel();
  const controller = new AbortController();
  const transport = new WatchedTransport(kernel.connect(), (count) => {
    if (count === 4) controller.abort(new Error('enough'));
  });
  const ipvs = await Ipvs.open({ transport });
  const outcomes = await ipvs.batch(additions(300), { signal: controller.signal });
  const notSent = outcomes.filter((outcome) => !outcome.ok && outcome.error instanceof NotSentError);
  assert.ok(notSent.length > 300 && notSent.length < 600);
  assert.ok(kernel.state.serviceCount >= (600 - notSent.length) / 2 - 64);
  assert.ok(kernel.state.serviceCount <= (600 - notSent.length) / 2);
  await ipvs.close();
});

test('a module that was loaded anew in the meantime is found again', () => {
  const kernel = new FakeKernel();
  const ipvs = IpvsSync.open({ transport: kernel.connect() });
  ipvs.info();
  kernel.unloadModule();
  kernel.loadModule();
  assert.ok(ipvs.batch(additions(3)).every(({ ok }) => ok));
});

test('behind its deadline a batch sends nothing more', () => {
  const kernel = new FakeKernel();
  const transport = new WatchedTransport(kernel.connect(), () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 15);
  });
  const ipvs = IpvsSync.open({ transport });
  ipvs.info();
  const outcomes = ipvs.batch(additions(1000), { deadline: 40 });
  const names = new Set(words(outcomes));
  assert.equal(outcomes.length, 2000);
  assert.ok(names.has('DeadlineError') && names.has('NotSentError'), [...names].join());
  const notSent = outcomes.filter((outcome) => !outcome.ok && outcome.error instanceof NotSentError).length;
  assert.ok(kernel.state.serviceCount <= (2000 - notSent) / 2);
});
