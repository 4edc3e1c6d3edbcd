import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { descriptors } from '../../descriptors.ts';
import { runBounded } from './fault-scenario.ts';

/** How many scenarios there are: all of them with `IPVS_FAULT_SCENARIOS=10000` in the environment. */
const { IPVS_FAULT_SCENARIOS: given, IPVS_FAULT_SEED = 1 } = process.env;
const SCENARIOS = given === undefined ? Number.POSITIVE_INFINITY : Number(given);
/** Unless their number is given, each driver runs as many as this time allows, in milliseconds. */
const TIME = 1200;
const FIRST_SEED = Number(IPVS_FAULT_SEED);
const MINIMUM = 20;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function heap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('random faults: no hang, no untyped error, no wrong answer', () => {
  for (const driver of ['Ipvs', 'IpvsSync'] as const) {
    it(driver, { timeout: 3_600_000 }, async () => {
      await runBounded(0, driver);
      const open = descriptors();
      const until = given === undefined ? performance.now() + TIME : Number.POSITIVE_INFINITY;
      let warm = 0;
      let count = 0;
      for (; count < SCENARIOS && (count < MINIMUM || performance.now() < until); count++) {
        await runBounded(FIRST_SEED + count, driver);
        if (count === 200) warm = heap();
      }
      assert.ok(descriptors() <= open, `${descriptors()} descriptors, and ${open} before`);
      if (count > 400) {
        const grown = heap() - warm;
        assert.ok(grown < 4 << 20, `${grown} bytes more after ${count} scenarios`);
      }
    });
  }
});
