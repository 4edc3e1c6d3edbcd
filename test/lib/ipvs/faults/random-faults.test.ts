import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openDescriptorCount } from '../../descriptors.ts';
import { runWithTimeLimit } from './fault-scenario.ts';

/** How many scenarios each client runs, and the first seed; a full run sets `IPVS_FAULT_SCENARIOS=10000`. */
const { IPVS_FAULT_SCENARIOS: scenarioCount, IPVS_FAULT_SEED = 1 } = process.env;
const SCENARIOS = scenarioCount === undefined ? Number.POSITIVE_INFINITY : Number(scenarioCount);
/** If their number is not given, each client runs scenarios for this time, in milliseconds. */
const DURATION = 1200;
const FIRST_SEED = Number(IPVS_FAULT_SEED);
const MINIMUM_SCENARIOS = 20;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function heap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('random faults: no hang, no error but an IpvsNetlinkError, no wrong result', () => {
  for (const clientName of ['Ipvs', 'IpvsSync'] as const) {
    it(clientName, { timeout: 3_600_000 }, async () => {
      await runWithTimeLimit(0, clientName);
      const before = openDescriptorCount();
      const until = scenarioCount === undefined ? performance.now() + DURATION : Number.POSITIVE_INFINITY;
      let heapAfterWarmUp = 0;
      let count = 0;
      for (; count < SCENARIOS && (count < MINIMUM_SCENARIOS || performance.now() < until); count++) {
        await runWithTimeLimit(FIRST_SEED + count, clientName);
        if (count === 200) heapAfterWarmUp = heap();
      }
      assert.ok(
        openDescriptorCount() <= before,
        `${openDescriptorCount()} descriptors, and ${before} before`,
      );
      if (count > 400) {
        const grown = heap() - heapAfterWarmUp;
        assert.ok(grown < 4 << 20, `${grown} bytes more after ${count} scenarios`);
      }
    });
  }
});
