import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { runIpvs } from '../run-ipvs.ts';
import { listingOptions } from './listing-options.ts';
import { ruleSets } from './rule-sets.ts';

const recording = join(import.meta.dirname, '../../../../../fixtures/ipvsadm-1.31/listings.txt');

/** What ipvsadm 1.31 printed, by rule set and options. */
function recorded(): ReadonlyMap<string, string> {
  const parts = readFileSync(recording, 'utf8').split(/^== /m).slice(1);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('\n');
      return [part.slice(0, end), part.slice(end + 1)];
    }),
  );
}

describe('listings equal what ipvsadm 1.31 printed', () => {
  const expected = recorded();

  for (const { name, rules, needsCompat } of ruleSets) {
    const recordedOptions = listingOptions.filter((options) => expected.has(`${name} == ${options}`));
    if (recordedOptions.length === 0) continue;
    it(name, async () => {
      const kernel = new FakeKernel();
      assert.equal((await runIpvs(kernel, '-R', { input: rules.join('\n') })).status, 0);
      for (const options of recordedOptions) {
        // Of these rule sets ipvsadm 1.31 lists some wrongly, a bug that only --compat repeats.
        const compat = needsCompat === true && !/timeout|daemon|-c\b|Lnc/.test(options) ? ' --compat' : '';
        const environment = { hosts: { localhost: ['127.0.0.1', '::1'] }, connections: 'Pro FromIP\n' };
        const run = await runIpvs(kernel, `${options || '-L'}${compat}`, environment);
        assert.deepEqual([run.status, run.errors], [0, '']);
        assert.equal(run.output, expected.get(`${name} == ${options}`), `ipvs ${options}`);
      }
    });
  }

  it('for at least 30 tables', () => {
    const tables = new Set([...expected.keys()].map((key) => key.split(' == ')[0]));
    assert.ok(tables.size >= 30, `${tables.size} tables`);
  });
});
