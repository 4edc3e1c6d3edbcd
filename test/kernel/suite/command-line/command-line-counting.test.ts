import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { listingOptions } from '../../../lib/cli/list/listing-options.ts';
import { ipvsadm, type RunResult } from '../ipvsadm/ipvsadm.ts';
import { addNamespaces, deleteNamespaces, firstNamespace, ipvs, splitArguments } from './two-namespaces.ts';

/** A listing without the expiry times of connections, which change all the time. */
function withoutExpiryTimes({ status, output }: RunResult): RunResult {
  return { status, output: output.replaceAll(/^(\S+ )\d\d:\d\d /gm, '$1mm:ss ') };
}

/**
 * Compares our listings with ipvsadm's while traffic may change them: a listing is made again when ours differs before
 * and after ipvsadm's. All of ipvsadm's come from one shell: on a busy machine starting one in a guest takes seconds.
 * Returns ours.
 */
async function compareWhileUnchanged(listings: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const runOurs = async (lines: readonly string[]): Promise<Map<string, RunResult>> => {
    const ran = new Map<string, RunResult>();
    for (const line of lines)
      ran.set(line, withoutExpiryTimes(await ipvs(firstNamespace, splitArguments(line))));
    return ran;
  };
  const compared = new Map<string, string>();
  for (let attempt = 0; attempt < 30; attempt++) {
    const rest = listings.filter((listing) => !compared.has(listing));
    if (rest.length === 0) return compared;
    const before = await runOurs(rest);
    const theirs = ipvsadm(firstNamespace, rest.map(splitArguments));
    const after = await runOurs(rest);
    for (const [index, listing] of rest.entries()) {
      const ours = before.get(listing)!;
      if (ours.output !== after.get(listing)!.output) continue;
      assert.deepEqual(ours, withoutExpiryTimes(theirs[index]!), listing);
      compared.set(listing, ours.output);
    }
  }
  assert.fail('the listings changed too often to be compared');
}

describe('the command line and traffic', () => {
  before(addNamespaces);
  after(deleteNamespaces);

  it('counts and lists real traffic and connections as ipvsadm does', async () => {
    const inside = (script: string): void => {
      execFileSync('ip', ['netns', 'exec', firstNamespace, 'bash', '-c', script]);
    };
    inside('ip addr add 10.0.0.1/32 dev lo && ip addr add 10.1.0.1/32 dev lo');
    inside('ip -6 addr add 2001:db8::1/128 dev lo && ip -6 addr add 2001:db8::2/128 dev lo');
    const rules = [
      '-A -t 10.0.0.1:80 -p 60',
      '-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -x 100 -y 5',
      '-A -t [2001:db8::1]:80',
      '-a -t [2001:db8::1]:80 -r [2001:db8::2]:80 -m',
      '-A -u 10.0.0.1:53',
      '-a -u 10.0.0.1:53 -r 10.1.0.1:53 -m',
      '-A -u [2001:db8::1]:53',
      '-a -u [2001:db8::1]:53 -r [2001:db8::2]:53 -m',
    ];
    assert.equal((await ipvs(firstNamespace, ['-R'], rules.join('\n'))).status, 0);
    inside('for i in {1..40}; do (echo > /dev/tcp/10.0.0.1/80) 2>/dev/null; done; true');
    inside('for i in {1..20}; do (echo > /dev/tcp/2001:db8::1/80) 2>/dev/null; done; true');
    // The kernel keeps these for minutes, those that were refused for ten seconds.
    inside('for i in {1..9}; do (echo > /dev/udp/10.0.0.1/53) 2>/dev/null; done; true');
    inside('for i in {1..5}; do (echo > /dev/udp/2001:db8::1/53) 2>/dev/null; done; true');
    const connections = await compareWhileUnchanged(['-Lnc', '-L -c', '-Lnc --persistent-conn']);
    const listed = connections.get('-Lnc')!;
    assert.match(listed, /^UDP mm:ss {2}UDP +10\.0\.0\.1:\d+ +10\.0\.0\.1:53 +10\.1\.0\.1:53$/m);
    assert.match(listed, /^TCP mm:ss {2}NONE +10\.0\.0\.1:0 +10\.0\.0\.1:80 +10\.1\.0\.1:80$/m);
    assert.match(listed, /\[2001:db8::1\]:53/);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const tables = await compareWhileUnchanged([
      ...listingOptions.filter((text) => text.startsWith('-L') && !/-\w*c\b/.test(text)),
      '-Ln --rate',
      '-Ln -t 10.0.0.1:80 --stats',
      '-L -t 10.0.0.1:80',
      '-Ln --persistent-conn',
    ]);
    const totals = tables.get('-Ln --stats --exact')!;
    assert.match(totals, /^TCP {2}10\.0\.0\.1:80 +40 +40 +40 +2400 +1600$/m);
    assert.equal((await ipvs(firstNamespace, splitArguments('-Z -t 10.0.0.1:80'))).status, 0);
    assert.match(
      (await ipvs(firstNamespace, splitArguments('-Ln --stats'))).output,
      /^TCP {2}10\.0\.0\.1:80 +0 +0 /m,
    );
  });
});
