import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ipvsadm } from '../ipvsadm/ipvsadm.ts';
import {
  addNamespaces,
  deleteNamespaces,
  firstNamespace,
  freshNamespaces,
  ipvs,
  secondNamespace,
  splitArguments,
} from './two-namespaces.ts';

const launcher = join(import.meta.dirname, '../../../../lib/cli/launcher.cjs');

/** Whether a save file has a rule, with or without the default weight. */
function has(lines: ReadonlySet<string>, rule: string): boolean {
  return lines.has(rule) || lines.has(`${rule} -w 1`);
}

describe('the command line in a namespace', () => {
  before(addNamespaces);
  after(deleteNamespaces);

  it('works as a process: in a namespace given by its path, and when the reader of a pipe has gone', () => {
    freshNamespaces();
    ipvsadm(
      firstNamespace,
      [['-R']],
      Array.from({ length: 3000 }, (_, index) => `-A -t 10.0.0.1:${index + 1}`).join('\n'),
    );
    const [listed] = ipvsadm(firstNamespace, [['-Ln']]);
    const run = spawnSync(process.execPath, [launcher, '-Ln', '--netns', `/run/netns/${firstNamespace}`], {
      encoding: 'utf8',
    });
    assert.deepEqual([run.status, run.stderr], [0, '']);
    assert.equal(run.stdout, listed!.output);
    const listing = `${process.execPath} ${launcher} -Ln --netns /run/netns/${firstNamespace}`;
    const script = `set -o pipefail; ${listing} | head -1`;
    const piped = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    assert.equal(piped.stderr, '');
    assert.match(piped.stdout, /^IP Virtual Server version/);
    const wrong = spawnSync(process.execPath, [launcher, '-Ln', '--netns', '/run/netns/nosuch'], {
      encoding: 'utf8',
    });
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /^ipvs: .*no such network namespace.*\n$/);
    const info = spawnSync(process.execPath, [launcher, 'info', '--netns', `/run/netns/${firstNamespace}`], {
      encoding: 'utf8',
    });
    const [, size] = /\(size=(\d+)\)/.exec(listed!.output)!;
    assert.match(info.stdout, new RegExp(`^Connection table: ${size} buckets$`, 'm'));
    assert.match(
      info.stdout,
      /IPVS: +1\.2\.1\nConnection table: .*\nTable: +3000 services, 0 destinations\n/,
    );
  });

  it('lists all services that nobody changes while others are added and deleted', async () => {
    freshNamespaces();
    // As many as fit into one datagram of a dump, which the kernel makes in one go. It finds the start of the next one
    // by counting, so a service that is deleted in between hides another one: from ipvsadm as well.
    const unchangedServices = 40;
    const changing = 50;
    const unchanged = Array.from({ length: unchangedServices }, (_, index) => [
      `-A -t 10.0.0.1:${index + 1} -s rr`,
      `-a -t 10.0.0.1:${index + 1} -r 10.1.0.1:80 -m`,
    ]).flat();
    assert.equal((await ipvs(firstNamespace, ['-R'], unchanged.join('\n'))).status, 0);
    // Another namespace's table must never show.
    assert.equal(
      (await ipvs(secondNamespace, ['-R'], '-A -t 10.99.0.1:80\n-a -t 10.99.0.1:80 -r 10.99.0.2')).status,
      0,
    );
    const rules = (option: string): string =>
      Array.from({ length: changing }, (_, index) => `${option} -u 10.0.0.${1 + index}:53`).join('\n');
    const loop = `add='${rules('-A')}'; delete='${rules('-D')}'; while :; do ipvsadm -R <<<"$add"; ipvsadm -R <<<"$delete"; done`;
    const changer = spawn('ip', ['netns', 'exec', firstNamespace, 'bash', '-c', loop], { stdio: 'ignore' });
    let changed = 0;
    try {
      for (let round = 0; round < 40; round++) {
        for (const listing of ['-Sn', '-Ln', '-Ln --stats']) {
          const { status, output } = await ipvs(firstNamespace, splitArguments(listing));
          assert.equal(status, 0);
          const lines = new Set(output.split('\n'));
          if (output.includes(':53')) changed++;
          if (listing === '-Sn')
            for (const rule of unchanged) assert.ok(has(lines, rule), `${rule} in round ${round}`);
          else
            assert.equal(
              output.match(/^TCP {2}10\.0\.0\.1:/gm)?.length,
              unchangedServices,
              `${listing} in round ${round}`,
            );
          assert.ok(!output.includes('10.99'));
        }
      }
    } finally {
      changer.kill();
    }
    assert.ok(changed > 0, 'the table changed meanwhile');
  });
});
