import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { runIpvs } from '../run-ipvs.ts';
import { listings } from './listing-options.ts';
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
    const withOutput = listings.filter((listing) => expected.has(`${name} == ${listing}`));
    if (withOutput.length === 0) continue;
    it(name, async () => {
      const kernel = new FakeKernel();
      assert.equal((await runIpvs(kernel, '-R', { input: rules.join('\n') })).status, 0);
      for (const listing of withOutput) {
        const compat = needsCompat === true && !/timeout|daemon|-c\b|Lnc/.test(listing) ? ' --compat' : '';
        const environment = { hosts: { localhost: ['127.0.0.1', '::1'] }, connections: 'Pro FromIP\n' };
        const run = await runIpvs(kernel, `${listing || '-L'}${compat}`, environment);
        assert.deepEqual([run.status, run.errors], [0, '']);
        assert.equal(run.output, expected.get(`${name} == ${listing}`), `ipvs ${listing}`);
      }
    });
  }

  it('for at least 30 tables', () => {
    const tables = new Set([...expected.keys()].map((key) => key.split(' == ')[0]));
    assert.ok(tables.size >= 30, `${tables.size} tables`);
  });
});
