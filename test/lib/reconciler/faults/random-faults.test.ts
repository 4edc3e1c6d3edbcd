import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Random } from '../../../../bench/sampling/random.ts';
import { IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { KernelServer } from '../../../../lib/testing/server/kernel-server.ts';
import { openDescriptorCount } from '../../descriptors.ts';
import { readFakeTable, watchFakeTable } from './fake-table.ts';
import { ProcessScenario } from './process-scenario.ts';
import { runScenario } from './scenario.ts';
import { FaultyEtcd } from './sources.ts';
import type { TableChecker } from './table-checker.ts';

/** The number of scenarios, such as `IPVS_FAULT_SCENARIOS=1000` in the environment, and the first seed. */
const { IPVS_FAULT_SCENARIOS: scenarios, IPVS_FAULT_SEED = 1 } = process.env;
/** Processor time for scenarios if their number is not given, in milliseconds. */
const TIME = 800;
const MINIMUM_SCENARIOS = 5;
/** Number of faults of a reconciler in a process of its own, each of which takes seconds. */
const PROCESS_FAULTS = Number(process.env.IPVS_PROCESS_FAULTS ?? 4);
const FIRST_SEED = Number(IPVS_FAULT_SEED);
/** Number of scenarios after which caches are filled, so that the heap hardly grows any more. */
const WARM_UP = 50;
const MAX_GROWTH = 4 << 20;
/** Timers of {@link LONG_TIMER} milliseconds or more, such as those that poll files, are divided by this. */
const TIMER_DIVISOR = 100;
const LONG_TIMER = 100;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function heap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function shortenTimers(t: TestContext): void {
  const original = globalThis.setTimeout;
  const shortened = (run: () => void, wait = 0): NodeJS.Timeout =>
    original(run, wait < LONG_TIMER ? wait : Math.max(10, wait / TIMER_DIVISOR));
  // A mock would remember every call.
  globalThis.setTimeout = shortened as never;
  t.after(() => {
    globalThis.setTimeout = original;
  });
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

test('random faults: each change leads to a desired state, and in the end the table is in the last one', {
  timeout: 7_200_000,
}, async (t) => {
  shortenTimers(t);
  await runScenario(0);
  const descriptorsBefore = openDescriptorCount();
  const count = scenarios === undefined ? Number.POSITIVE_INFINITY : Number(scenarios);
  const until = scenarios === undefined ? processorTime() + TIME : Number.POSITIVE_INFINITY;
  let heapBefore = 0;
  let done = 0;
  let steps = 0;
  for (; done < count && (done < MINIMUM_SCENARIOS || processorTime() < until); done++) {
    steps += await runScenario(FIRST_SEED + done);
    if (done === WARM_UP) heapBefore = heap();
  }
  t.diagnostic(`${done} scenarios, ${steps} steps`);
  assert.ok(
    openDescriptorCount() <= descriptorsBefore,
    `${openDescriptorCount()} descriptors, and ${descriptorsBefore} before`,
  );
  if (done > 2 * WARM_UP) assert.ok(heap() - heapBefore < MAX_GROWTH, `${heap() - heapBefore} bytes more`);
});

test('random faults of a process that is killed', { timeout: 7_200_000 }, async (t) => {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const server = new KernelServer(kernel);
  const serving = server.run();
  const client = IpvsSync.open({ transport: kernel.connect() });
  const script = join(import.meta.dirname, 'command-on-served-kernel.js');
  const random = new Random(FIRST_SEED);
  const etcd = random.chance(0.3) ? await FaultyEtcd.start() : undefined;
  const harness = {
    client,
    read: () => readFakeTable(kernel),
    watch: (checker: TableChecker) => watchFakeTable(kernel, checker),
    command: (args: readonly string[]) => [process.execPath, script, String(server.portId), ...args],
    unload: () => kernel.unloadModule(),
    load: () => kernel.loadModule(),
    makeConnections: async () => undefined,
  };
  const scenario = new ProcessScenario(random, harness, etcd);
  try {
    await scenario.run(PROCESS_FAULTS);
    t.diagnostic(`${PROCESS_FAULTS} faults, ${scenario.kills} kills`);
  } catch (error) {
    throw new Error(`${(error as Error).message}; after: ${scenario.steps.join('; ')}`, { cause: error });
  } finally {
    await scenario.close();
    client.close();
    server.stop();
    await serving;
  }
});
