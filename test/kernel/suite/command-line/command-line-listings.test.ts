import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { listingOptions } from '../../../lib/cli/list/listing-options.ts';
import { ruleSets } from '../../../lib/cli/list/rule-sets.ts';
import { guestOutputFolder } from '../../lab/guest/init.ts';
import { ipvsadm, ipvsadmScript } from '../ipvsadm/ipvsadm.ts';
import {
  addNamespaces,
  clear,
  deleteNamespaces,
  firstNamespace,
  fullListings,
  inFixedOrder,
  ipvs,
  secondNamespace,
  shownByIpvsadm,
  splitArguments,
} from './two-namespaces.ts';

/** The listings of a big table, fewer than of others: reading it takes long in an emulated guest. */
const BIG_TABLE_LISTINGS: readonly string[] = [...fullListings, '-Ln', '-S', '-Ln --stats', '-Ln --nosort'];

/** A save file as it would be without what ipvsadm does not write: thresholds, and the third flag of sh and mh. */
function withoutWhatIpvsadmLoses(rules: string): string {
  return rules.replaceAll(/ -[xy] \d+/g, '').replaceAll(/( -s [sm]h\b.*)(?: -b |,)flag-3$/gm, '$1');
}

describe('ipvs lists what ipvsadm lists, byte for byte', () => {
  before(addNamespaces);
  after(deleteNamespaces);

  const recorded: string[] = [];

  for (const { name, rules, needsCompat } of ruleSets) {
    it(name, async () => {
      await clear();
      const big = rules.length > 200;
      const listed = (big ? BIG_TABLE_LISTINGS : listingOptions).filter((listing) => listing !== '');
      const theirs = new Map(
        ipvsadmScript(firstNamespace, rules, listed).map((output, index) => [listed[index]!, output]),
      );
      if (big) assert.equal((await ipvs(secondNamespace, ['-R'], rules.join('\n'))).status, 0);
      else
        for (const rule of rules)
          assert.equal((await ipvs(secondNamespace, splitArguments(rule))).status, 0, rule);
      const expected = fullListings.map((listing) => theirs.get(listing) ?? '');
      assert.deepEqual(
        shownByIpvsadm(secondNamespace).map(inFixedOrder),
        expected.map(inFixedOrder),
        'the same command lines have the same effect',
      );

      for (const [listing, output] of theirs) {
        const compat = needsCompat === true && !/timeout|daemon|-c\b|Lnc/.test(listing);
        const ours = await ipvs(firstNamespace, splitArguments(compat ? `${listing} --compat` : listing));
        assert.deepEqual(ours, { status: 0, output }, `ipvs ${listing}`);
        if (!big && !listing.includes('--nosort')) recorded.push(`== ${name} == ${listing}\n${output}`);
      }

      for (const option of ['-Sn', '-S']) {
        await ipvs(secondNamespace, ['-C']);
        assert.equal(
          (await ipvs(secondNamespace, ['-R'], theirs.get(option))).status,
          0,
          `${option} is loaded`,
        );
        const copy = (await ipvs(secondNamespace, ['-Sn'])).output;
        const original = (await ipvs(firstNamespace, ['-Sn'])).output;
        assert.deepEqual(inFixedOrder(copy), inFixedOrder(withoutWhatIpvsadmLoses(original)));
      }
      const saved = (await ipvs(firstNamespace, ['-Sn', '--lossless'])).output;
      await ipvs(secondNamespace, ['-C']);
      const loaded = shownByIpvsadm(secondNamespace, saved.trim().split('\n'));
      assert.deepEqual(
        loaded.map(inFixedOrder),
        expected.map(inFixedOrder),
        'ipvsadm loads ours, without loss',
      );
      await ipvs(secondNamespace, ['-C']);
      assert.equal((await ipvs(secondNamespace, ['-R'], saved)).status, 0);
      const again = (await ipvs(secondNamespace, ['-Sn', '--lossless'])).output;
      assert.deepEqual(inFixedOrder(again), inFixedOrder(saved), 'and so do we');
    });
  }

  it('without any option', async () => {
    await clear();
    assert.equal((await ipvs(firstNamespace, splitArguments('-A -t 127.0.0.1:80'))).status, 0);
    assert.deepEqual(await ipvs(firstNamespace, []), ipvsadm(firstNamespace, [[]])[0]);
  });

  it('writes what was listed to a file, for the tests that run without a kernel', () => {
    writeFileSync(join(guestOutputFolder, 'ipvsadm-listings.txt'), recorded.join(''));
    assert.ok(recorded.length >= 30 * 20);
  });
});
