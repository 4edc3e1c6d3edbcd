import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchInputError,
  type BatchOperation,
  DeadlineError,
  Ipvs,
  IpvsSync,
  KernelError,
  NotSentError,
  type Outcome,
} from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { destinationUpdate, serviceUpdate } from '../../../conformance/subject.ts';
import { HookedTransport } from '../plan/hooked-transport.ts';

const service = (port: number) => ({ protocol: 'tcp' as const, address: '10.0.0.1', port });
const destination = (last: number) => ({ address: `10.1.0.${last}`, port: 80, forwarding: 'masq' }) as const;

function additions(count: number): BatchOperation[] {
  return Array.from({ length: count }, (_, index): BatchOperation[] => [
    { do: 'add-service', service: { ...service(index + 1), scheduler: 'rr' } },
    { do: 'add-destination', service: service(index + 1), destination: destination(1) },
  ]).flat();
}

const outcomeNames = (outcomes: readonly Outcome<void>[]): string[] =>
  outcomes.map((outcome) => {
    if (outcome.ok) return 'ok';
    return outcome.error instanceof KernelError ? outcome.error.errnoName : outcome.error.name;
  });

const mixed: readonly BatchOperation[] = [
  { do: 'add-service', service: { ...service(1), scheduler: 'rr' } },
  { do: 'add-service', service: { ...service(1), scheduler: 'rr' } },
  { do: 'add-destination', service: service(1), destination: destination(1) },
  { do: 'update-destination', service: service(1), destination: destinationUpdate(destination(2)) },
  { do: 'add-destination', service: service(2), destination: destination(1) },
  { do: 'add-service', service: { ...service(3), scheduler: 'nonesuch' } },
  { do: 'update-service', service: serviceUpdate({ ...service(1), scheduler: 'wlc' }) },
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
  assert.deepEqual(outcomeNames(IpvsSync.open({ transport: kernel.connect() }).batch(mixed)), expected);
  const ipvs = await Ipvs.open({ transport: kernel.connect() });
  assert.deepEqual(outcomeNames(await ipvs.batch(mixed)), expected);
  assert.equal((await ipvs.timeouts()).tcp, 77);
  await ipvs.close();
});

test('a batch takes few sends', () => {
  const ipvs = IpvsSync.open({ transport: new FakeKernel().connect() });
  assert.ok(ipvs.batch(additions(300)).every(({ ok }) => ok));
  assert.ok(ipvs.stats.sends <= 12, `${ipvs.stats.sends} sends for 600 writes`);
});

test('the writes of one service go into one datagram', () => {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const complete: boolean[] = [];
  const transport = new HookedTransport(kernel.connect(), () => {
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

test('invalid operations are all reported before anything is sent', () => {
  const kernel = new FakeKernel();
  const ipvs = IpvsSync.open({ transport: kernel.connect() });
  const operations = [
    { do: 'add-service', service: { ...service(1), scheduler: 'rr' } },
    { do: 'add-service', service: { ...service(70000), scheduler: 'rr' } },
    {
      do: 'add-destination',
      service: service(1),
      destination: { address: '::1', port: 1, forwarding: 'masq' },
    },
    { do: 'sing' },
    undefined,
  ] as unknown as BatchOperation[];
  assert.throws(
    () => ipvs.batch(operations),
    (error: BatchInputError) => {
      assert.ok(error instanceof BatchInputError);
      assert.deepEqual(
        error.errors.map(({ index, error: { field } }) => [index, field]),
        [
          [1, 'service.port'],
          [2, 'destination.address'],
          [3, 'do'],
          [4, 'operation'],
        ],
      );
      return true;
    },
  );
  assert.equal(ipvs.stats.sends, 0);
  assert.equal(kernel.state.serviceCount, 0);
});

test('after a lost ack, the outcome is unknown for exactly the writes that shared it', () => {
  const kernel = new FakeKernel();
  // The first two replies are those of nlctrl; each datagram of 64 writes is answered by one more.
  const transport = kernel.connect({ faults: [{ datagram: 4, action: 'overrun' }] });
  const found = outcomeNames(IpvsSync.open({ transport }).batch(additions(96)));
  const expectedNames = Array<string>(192).fill('ok').fill('ReplyLostError', 64, 128);
  assert.deepEqual(found, expectedNames);
  assert.equal(kernel.state.serviceCount, 96);
});

test('what the kernel refused is known even where other replies were lost', () => {
  const kernel = new FakeKernel();
  const operations = additions(3);
  operations.splice(2, 0, operations[0]!);
  const transport = kernel.connect({ faults: [{ datagram: 4, action: 'overrun' }] });
  assert.deepEqual(outcomeNames(IpvsSync.open({ transport }).batch(operations)), [
    'ReplyLostError',
    'ReplyLostError',
    'EEXIST',
    ...Array<string>(4).fill('ReplyLostError'),
  ]);
});

test('errors beyond the receive buffer are lost, and no refused write counts as done', () => {
  const kernel = new FakeKernel();
  const existing = additions(200);
  IpvsSync.open({ transport: kernel.connect() }).batch(existing);
  const transport = kernel.connect({ receiveBuffer: 8192 });
  const found = outcomeNames(IpvsSync.open({ transport }).batch(existing));
  assert.equal(found.length, 400);
  assert.deepEqual(new Set(found), new Set(['EEXIST', 'ReplyLostError']));
});

test('a daemon whose stop is not acknowledged is not reported as stopped', () => {
  const kernel = new FakeKernel();
  const transport = kernel.connect({ faults: [{ datagram: 3, action: 'drop' }] });
  const operations: BatchOperation[] = [
    { do: 'stop-daemon', daemon: { role: 'master', syncId: 1 } },
    ...additions(1),
  ];
  assert.deepEqual(outcomeNames(IpvsSync.open({ transport }).batch(operations)), [
    'ReplyLostError',
    'ok',
    'ok',
  ]);
});

test('an aborted batch sends nothing more and says which writes were not sent', async () => {
  const kernel = new FakeKernel();
  const controller = new AbortController();
  const transport = new HookedTransport(kernel.connect(), (count) => {
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

test('a batch works after the module was reloaded in the meantime', () => {
  const kernel = new FakeKernel();
  const ipvs = IpvsSync.open({ transport: kernel.connect() });
  ipvs.info();
  kernel.unloadModule();
  kernel.loadModule();
  assert.ok(ipvs.batch(additions(3)).every(({ ok }) => ok));
});

for (const clientName of ['Ipvs', 'IpvsSync'] as const) {
  test(`after its deadline a batch sends nothing more: ${clientName}`, async () => {
    const kernel = new FakeKernel();
    // The look-up of the family, GET_INFO, two datagrams of the batch, and the one that takes too long.
    const transport = new HookedTransport(kernel.connect(), (count) => {
      if (count === 5) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    });
    const ipvs = clientName === 'Ipvs' ? await Ipvs.open({ transport }) : IpvsSync.open({ transport });
    await ipvs.info();
    const outcomes = await ipvs.batch(additions(200), { deadline: 400 });
    const found = outcomeNames(outcomes);
    const sent = found.indexOf('NotSentError');
    assert.equal(sent, 3 * 64);
    // The deadline may expire between the last send and its reply.
    const sentOutcomes = new Set(found.slice(0, sent));
    assert.ok(
      [...sentOutcomes].every((name) => name === 'ok' || name === 'DeadlineError'),
      [...sentOutcomes].join(),
    );
    assert.deepEqual(new Set(found.slice(sent)), new Set(['NotSentError']));
    const last = outcomes.at(-1)!;
    assert.ok(!last.ok && last.error.cause instanceof DeadlineError);
    assert.equal(kernel.state.serviceCount, sent / 2);
    await ipvs.close();
  });
}

test('when a deadline passes without a reply, the outcome of sent writes is unknown, and no more is sent', async () => {
  const kernel = new FakeKernel();
  const inner = kernel.connect();
  const transport = new HookedTransport(inner, () => undefined);
  const ipvs = await Ipvs.open({ transport: Object.assign(transport, { repliesWithinSend: false }) });
  await ipvs.info();
  inner.socket.setFaults([{ datagram: 1, action: 'drop' }]);
  const found = outcomeNames(await ipvs.batch(additions(100), { deadline: 60 }));
  assert.deepEqual(found, [...Array(64).fill('DeadlineError'), ...Array(136).fill('NotSentError')]);
  assert.equal(kernel.state.serviceCount, 32);
  await ipvs.close();
});

test('the outcomes so far are returned when the family cannot be looked up again', () => {
  for (const [title, prepare, expectedRest] of [
    [
      'its reply is lost',
      (kernel: FakeKernel) => kernel.connect({ faults: [{ datagram: 5, action: 'overrun' }] }),
      'KernelError',
    ],
    ['the module is gone', (kernel: FakeKernel) => kernel.connect(), 'NotSentError'],
  ] as const) {
    const kernel = new FakeKernel();
    const transport = new HookedTransport(prepare(kernel), (count) => {
      if (title === 'the module is gone' && count === 3) kernel.unloadModule();
    });
    const wrong = (port: number): BatchOperation => ({
      do: 'add-service',
      service: { ...service(port), scheduler: 'nonesuch' },
    });
    const outcomes = IpvsSync.open({ transport }).batch([
      ...additions(32),
      ...Array.from({ length: 80 }, (_, index) => wrong(900 + index)),
    ]);
    const found = outcomeNames(outcomes);
    assert.deepEqual(found.slice(0, 64), Array(64).fill('ok'), title);
    const last = outcomes.at(-1)!;
    assert.equal(last.ok ? '' : last.error.name, expectedRest, title);
  }
});
