import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { descriptors } from '../../descriptors.ts';
import { runScenario } from './scenario.ts';

/** How many scenarios there are: all of them with `IPVS_FAULT_SCENARIOS=1000` in the environment. */
const { IPVS_FAULT_SCENARIOS: given, IPVS_FAULT_SEED = 1 } = process.env;
/** Unless their number is given, as many as this processor time allows, in milliseconds. */
const TIME = 1200;
const MINIMUM = 5;
const FIRST_SEED = Number(IPVS_FAULT_SEED);
/** After so many, what is kept once is there. */
const WARM = 50;
const MOST_GROWTH = 4 << 20;
/** What looks at files every second, or waits half a second, does so after a hundredth of that. */
const FASTER = 100;
const LONG = 100;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function heap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function hasten(t: TestContext): void {
  const original = globalThis.setTimeout;
  const hastened = (run: () => void, wait = 0): NodeJS.Timeout =>
    original(run, wait < LONG ? wait : Math.max(10, wait / FASTER));
  t.mock.method(globalThis, 'setTimeout', hastened as never);
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

test('random faults: each object as it was or as wanted, all of them in the end', {
  timeout: 7_200_000,
}, async (t) => {
  hasten(t);
  await runScenario(0);
  const open = descriptors();
  const count = given === undefined ? Number.POSITIVE_INFINITY : Number(given);
  const until = given === undefined ? processorTime() + TIME : Number.POSITIVE_INFINITY;
  let warm = 0;
  let done = 0;
  let faults = 0;
  for (; done < count && (done < MINIMUM || processorTime() < until); done++) {
    faults += await runScenario(FIRST_SEED + done);
    if (done === WARM) warm = heap();
  }
  t.diagnostic(`${done} scenarios, ${faults} faults`);
  assert.ok(descriptors() <= open, `${descriptors()} descriptors, and ${open} before`);
  if (done > 2 * WARM) assert.ok(heap() - warm < MOST_GROWTH, `${heap() - warm} bytes more`);
});
