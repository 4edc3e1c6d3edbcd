import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Ipvs, type ServiceWithDestinationsDefinition } from '../../../lib/index.ts';
import type { SourceEvent, StateSource } from '../../../lib/ipvs/source/index.ts';
import { sinceBoot } from '../../../lib/service/boot-clock.ts';
import { ReconcilingService } from '../../../lib/service/reconciling-service.ts';
import { StateFile } from '../../../lib/service/saved-state.ts';
import type { ServiceOptions } from '../../../lib/service/service-options.ts';
import { isHealthy, statusMetrics, statusText } from '../../../lib/service/status.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { connect } from '../ipvs/plan/tables.ts';

const service = (port: number): ServiceWithDestinationsDefinition => ({
  protocol: 'tcp',
  address: '10.0.0.1',
  port,
  scheduler: 'rr',
  destinations: [{ address: '10.1.0.1', port: 80, forwarding: 'masq' }],
});

const raw = (port: number): Parameters<FakeKernel['state']['setConnections']>[0] => ({
  family: 2,
  protocol: 6,
  address: bytes(10, 0, 0, 1),
  port,
});
const rawDestination = { address: bytes(10, 1, 0, 1), port: 80 };

function bytes(...first: number[]): Uint8Array {
  const all = new Uint8Array(16);
  all.set(first);
  return all;
}

/** A source that says what it is told to. */
class Told implements StateSource {
  readonly name = 'told';
  readonly #events: SourceEvent[] = [];
  #wake: (() => void) | undefined;

  say(...ports: readonly number[]): void {
    this.#push({ state: { services: ports.map(service) }, from: this.name });
  }

  fail(message: string): void {
    this.#push({ problem: new Error(message) });
  }

  reread(): void {}

  #push(event: SourceEvent): void {
    this.#events.push(event);
    this.#wake?.();
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent, void, void> {
    while (!signal.aborted) {
      while (this.#events.length > 0) yield this.#events.shift()!;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }
}

interface Running {
  readonly source: Told;
  readonly service: ReconcilingService;
  readonly log: string[];
  readonly requests: () => number;
  readonly stop: () => Promise<void>;
}

async function start(
  t: TestContext,
  kernel: FakeKernel,
  file?: string,
  options: Partial<ServiceOptions['reconcile']> = {},
): Promise<Running> {
  const client = await Ipvs.open({ transport: kernel.connect() });
  const source = new Told();
  const log: string[] = [];
  const running = await ReconcilingService.start({
    client,
    source,
    log: { write: (level, event) => void log.push(`${level} ${event}`) },
    stateFile: file === undefined ? undefined : new StateFile(file),
    reconcile: {
      pause: 1,
      period: 10,
      poll: 5,
      drainPeriod: 5,
      jitter: 0,
      backoff: { first: 5, most: 5 },
      ...options,
    },
  });
  const stop = async (): Promise<void> => {
    await running.stop();
    await client.close();
  };
  t.after(stop);
  return { source, service: running, log, requests: () => client.stats.requests, stop };
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const limit = Date.now() + 10_000; !holds(); await delay(2))
    assert.ok(Date.now() < limit, `in vain: ${what}`);
}

function ports(kernel: FakeKernel): number[] {
  return connect(kernel)
    .services()
    .map((one) => (one as { port: number }).port)
    .sort((one, other) => one - other);
}

function stateFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'service-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'state.json');
}

test('no service at all, and too large a removal, wait for a word, while the last state is kept up', async (t) => {
  const kernel = new FakeKernel();
  const { source, service: running, log } = await start(t, kernel);
  source.say(1, 2, 3, 4);
  await until(() => running.status.settled, 'four services');
  assert.equal(running.confirm(), false);
  for (const [index, state] of [[], [1]].entries()) {
    source.say(...state);
    await until(() => log.filter((line) => line === 'warning waiting').length === index + 1, 'a refusal');
    connect(kernel).deleteService(service(2));
    await until(() => ports(kernel).length === 4, 'the last state again');
    assert.equal(running.status.wanted, 4);
  }
  assert.ok(log.includes('warning waiting'));
  const waits = 'a state waits for the signal SIGUSR2';
  await until(() => statusText(running.status).includes(waits), 'the refusal of the second state');
  assert.equal(running.confirm(), true);
  await until(() => running.status.settled, 'the word');
  assert.deepEqual(ports(kernel), [1]);
  source.say();
  await until(() => running.status.waiting, 'the word is for one state alone');
  assert.equal(running.confirm(), true);
  await until(() => running.status.settled, 'the second word');
  assert.deepEqual(ports(kernel), []);
});

test('a restart without its source goes on with the last good state', async (t) => {
  const kernel = new FakeKernel();
  const file = stateFile(t);
  const first = await start(t, kernel, file);
  first.source.say(1, 2);
  await until(() => first.service.status.settled, 'two services');
  first.source.say();
  await until(() => first.service.status.waiting, 'a refusal');
  await first.stop();
  connect(kernel).flush();
  const second = await start(t, kernel, file);
  second.source.fail('out of reach');
  await until(() => second.service.status.settled, 'the last good state');
  assert.deepEqual(ports(kernel), [1, 2]);
  assert.equal(second.service.status.problem, 'out of reach');
  assert.match(statusMetrics(second.service.status), /^ipvs_reconcile_source_up 0$/m);
  second.source.say(1, 2, 3);
  await until(() => ports(kernel).length === 3, 'the source again');
  assert.equal(second.service.status.problem, undefined);
});

test('without a source and without a last state nothing is read and nothing changed', async (t) => {
  const kernel = new FakeKernel();
  connect(kernel).addService({ protocol: 'tcp', address: '10.0.0.1', port: 9, scheduler: 'rr' });
  const file = stateFile(t);
  writeFileSync(file, '{"version":1,"drains":[');
  const { source, service: running, log, requests } = await start(t, kernel, file);
  source.fail('out of reach');
  await until(() => running.status.problem !== undefined, 'the problem');
  await delay(20);
  assert.deepEqual([requests(), ports(kernel), running.status.wanted], [0, [9], undefined]);
  assert.deepEqual(log, ['error state-file', 'error source']);
  assert.equal(isHealthy(running.status, 1000), false);
});

test('a drain goes on over restarts, and ends at its time', async (t) => {
  const kernel = new FakeKernel();
  const file = stateFile(t);
  const draining = { draining: { grace: 1500 } };
  const first = await start(t, kernel, file, draining);
  first.source.say(1, 2, 3);
  await until(() => first.service.status.settled, 'three services');
  kernel.state.setConnections(raw(3), rawDestination, { active: 1 });
  first.source.say(1, 2);
  await until(() => first.service.draining === 1, 'the drain');
  // As a SIGKILL leaves it: what is in the file by then has to do.
  const saved = readFileSync(file, 'utf8');
  await first.stop();
  writeFileSync(file, saved);
  const [{ since }] = (JSON.parse(saved) as { drains: [{ since: number }] }).drains;
  await delay(100);
  const second = await start(t, kernel, file, draining);
  second.source.say(1, 2);
  await until(() => second.service.status.settled, 'the restart');
  assert.equal(second.service.draining, 1);
  assert.equal(connect(kernel).destinations(service(3))[0]!.weight, 0);
  await until(() => ports(kernel).length === 2, 'the end of the drain');
  const lasted = sinceBoot() - since;
  assert.ok(lasted >= 1500, `the drain lasted ${lasted} ms`);
});

test('with generations, nothing to do takes one small request for each look, no write and no dump', async (t) => {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const file = stateFile(t);
  const { source, service: running, requests } = await start(t, kernel, file, { poll: 1, period: 1 });
  source.say(...Array.from({ length: 500 }, (_, index) => index + 1));
  await until(() => running.status.settled && running.status.runs > 3, '500 services');
  const before = { requests: requests(), runs: running.status.runs, file: readFileSync(file, 'utf8') };
  await until(() => running.status.runs >= before.runs + 100, '100 looks');
  const looks = running.status.runs - before.runs;
  assert.ok(requests() - before.requests <= looks + 1, `${requests() - before.requests} requests`);
  assert.equal(readFileSync(file, 'utf8'), before.file);
  connect(kernel).deleteService(service(7));
  await until(() => kernel.state.serviceCount === 500, 'what another writer removed');
});

test('a module that is unloaded and loaded again gets its table back', async (t) => {
  const kernel = new FakeKernel();
  const { source, service: running, log } = await start(t, kernel);
  source.say(1, 2);
  await until(() => running.status.settled, 'two services');
  kernel.unloadModule();
  await until(() => running.status.failedRuns > 0, 'a failure');
  kernel.loadModule();
  await until(() => running.status.settled, 'the table again');
  assert.deepEqual(ports(kernel), [1, 2]);
  assert.ok(log.includes('info recovered'));
});

test('a state that waits goes on waiting when somebody has emptied the table, or the module was loaded anew', async (t) => {
  const kernel = new FakeKernel();
  const file = stateFile(t);
  const first = await start(t, kernel, file);
  first.source.say(1, 2, 3, 4);
  await until(() => first.service.status.settled, 'four services');
  connect(kernel).flush();
  first.source.say(1);
  await until(() => first.service.status.waiting, 'a refusal');
  await until(() => ports(kernel).length === 4, 'the last state again');
  await first.stop();
  kernel.unloadModule();
  kernel.loadModule();
  const second = await start(t, kernel, file);
  second.source.say(1);
  await until(
    () => second.service.status.waiting && ports(kernel).length === 4,
    'the last state after a restart',
  );
});

test('what could not be saved is saved as soon as that can be done, and it is said once', async (t) => {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const file = stateFile(t);
  mkdirSync(`${file}.${process.pid}.new`);
  const { source, service: running, log } = await start(t, kernel, file);
  source.say(1);
  await until(() => running.status.runs > 3, 'a service');
  source.say(1, 2);
  await until(() => running.status.runs > 6 && ports(kernel).length === 2, 'another one');
  rmdirSync(`${file}.${process.pid}.new`);
  await until(() => existsSync(file), 'the file');
  const about = log.filter((line) => line.endsWith('state-file'));
  assert.deepEqual(about, ['error state-file', 'info state-file']);
  assert.equal((await new StateFile(file).read()).last?.table.services.length, 2);
});
