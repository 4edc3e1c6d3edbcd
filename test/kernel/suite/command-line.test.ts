import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runProgram } from '../../../lib/cli/program.ts';
import type { System } from '../../../lib/cli/system.ts';
import { terminal } from '../../../lib/cli/terminal.ts';
import {
  badCommandLines,
  goodCommandLines,
  refusedCommandLines,
  refusedRules,
} from '../../lib/cli/command-lines.ts';
import { listings, ruleSets } from '../../lib/cli/list/rule-sets.ts';
import { guestOutputFolder } from '../lab/guest/init.ts';
import { ipvsadm, ipvsadmScript, type Ran } from './ipvsadm.ts';
import { addNamespace, deleteNamespace } from './namespace.ts';

const first = 'cli-suite';
const second = 'cli-suite-2';
const main = join(import.meta.dirname, '../../../lib/cli/launcher.cjs');

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

/** Runs our command line in this process, in a namespace of the real kernel. */
async function ipvs(namespace: string, line: readonly string[], input = ''): Promise<Ran> {
  let output = '';
  const netns = `/run/netns/${namespace}`;
  const system: System = {
    ...terminal,
    write: (text) => {
      output += text;
    },
    writeError: () => {},
    readInput: () => input,
    open: (source) => terminal.open({ ...source, netns }),
    connections: (source) => terminal.connections({ ...source, netns }),
  };
  return { status: await runProgram(line, system), output };
}

/** Listings that together show everything about a table. */
const everything: readonly string[] = [
  '-Ln --thresholds',
  '-Ln --tun-info',
  '-Sn',
  '-L --timeout',
  '-L --daemon',
];

/** How a big table is listed: reading it service by service takes long in an emulated guest. */
const BRIEFLY: readonly string[] = [...everything, '-Ln', '-S', '-Ln --stats', '-Ln --nosort'];

/** Options of listings that ipvsadm does not know. */
const OWN_OPTION = /^--(?:client|count-by|expires-|state|protocol|sort=|wide|json)/;

/** Everything about a table, as ipvsadm shows it. */
function seen(namespace: string, rules: readonly string[] = []): string[] {
  return ipvsadmScript(namespace, rules, everything);
}

/** Empties both tables. */
async function clear(): Promise<void> {
  for (const name of [first, second]) {
    assert.equal((await ipvs(name, ['-C'])).status, 0);
    assert.equal((await ipvs(name, words('--set 900 120 300'))).status, 0);
  }
}

/**
 * Makes both namespaces. From 7.1 on one has no table of connections before its first service, and ipvsadm shows
 * the size that it asked for when it started; so each has had a service.
 */
function addNamespaces(): void {
  for (const name of [first, second]) {
    addNamespace(name);
    ipvsadm(name, [words('-A -t 192.0.2.1:1'), words('-D -t 192.0.2.1:1')]);
  }
}

/** Both namespaces as they are when new. */
function freshNamespaces(): void {
  for (const name of [first, second]) deleteNamespace(name);
  addNamespaces();
}

/**
 * A listing or save file as services, each with its destinations, and what comes before the first of them; all in an
 * order of their own: what ipvsadm's sort holds equal, or far apart, comes in the kernel's order.
 */
function inAnyOrder(listing: string): string[] {
  const services = listing.split(/^(?=(?:-A|TCP|UDP|SCTP|FWM) )/m);
  return services.map((service) => service.split('\n').sort().join('\n')).sort();
}

/** A save file as it would be without thresholds and without the flag that ipvsadm has no name for. */
function withoutWhatIpvsadmLoses(rules: string): string {
  return rules.replaceAll(/ -[xy] \d+/g, '').replaceAll(/( -s [sm]h\b.*)(?: -b |,)flag-3$/gm, '$1');
}

/** A listing without the times that connections have left, which run on. */
function withoutClocks({ status, output }: Ran): Ran {
  return { status, output: output.replaceAll(/^(\S+ )\d\d:\d\d /gm, '$1mm:ss ') };
}

/**
 * Compares listings of what traffic changes; those of which ours is not the same before and after ipvsadm's are made
 * again. All of ipvsadm's come from one shell: on a busy machine starting one in a guest takes seconds. Returns ours.
 */
async function compareWhileStill(listings: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const own = async (lines: readonly string[]): Promise<Map<string, Ran>> => {
    const ran = new Map<string, Ran>();
    for (const line of lines) ran.set(line, withoutClocks(await ipvs(first, words(line))));
    return ran;
  };
  const compared = new Map<string, string>();
  for (let attempt = 0; attempt < 30; attempt++) {
    const rest = listings.filter((listing) => !compared.has(listing));
    if (rest.length === 0) return compared;
    const before = await own(rest);
    const theirs = ipvsadm(first, rest.map(words));
    const after = await own(rest);
    for (const [index, listing] of rest.entries()) {
      const ours = before.get(listing)!;
      if (ours.output !== after.get(listing)!.output) continue;
      assert.deepEqual(ours, withoutClocks(theirs[index]!), listing);
      compared.set(listing, ours.output);
    }
  }
  assert.fail('the listings changed too often to be compared');
}

/** Whether a save file has a rule, which may say more. */
function has(lines: ReadonlySet<string>, rule: string): boolean {
  return lines.has(rule) || lines.has(`${rule} -w 1`);
}

describe('the command line in a guest', () => {
  before(addNamespaces);

  after(() => {
    for (const name of [first, second]) deleteNamespace(name);
  });

  describe('lists what ipvsadm lists, byte for byte', () => {
    const recorded: string[] = [];

    for (const { name, rules, needsCompat } of ruleSets) {
      it(name, async () => {
        await clear();
        const big = rules.length > 200;
        const listed = (big ? BRIEFLY : listings).filter((listing) => listing !== '');
        const theirs = new Map(
          ipvsadmScript(first, rules, listed).map((output, index) => [listed[index]!, output]),
        );
        if (big) assert.equal((await ipvs(second, ['-R'], rules.join('\n'))).status, 0);
        else for (const rule of rules) assert.equal((await ipvs(second, words(rule))).status, 0, rule);
        const expected = everything.map((listing) => theirs.get(listing) ?? '');
        assert.deepEqual(
          seen(second).map(inAnyOrder),
          expected.map(inAnyOrder),
          'the same command lines have the same effect',
        );

        for (const [listing, output] of theirs) {
          const compat = needsCompat === true && !/timeout|daemon|-c\b|Lnc/.test(listing);
          const ours = await ipvs(first, words(compat ? `${listing} --compat` : listing));
          assert.deepEqual(ours, { status: 0, output }, `ipvs ${listing}`);
          if (!big && !listing.includes('--nosort')) recorded.push(`== ${name} == ${listing}\n${output}`);
        }

        for (const option of ['-Sn', '-S']) {
          await ipvs(second, ['-C']);
          assert.equal((await ipvs(second, ['-R'], theirs.get(option))).status, 0, `${option} is loaded`);
          const copy = (await ipvs(second, ['-Sn'])).output;
          const original = (await ipvs(first, ['-Sn'])).output;
          assert.deepEqual(inAnyOrder(copy), inAnyOrder(withoutWhatIpvsadmLoses(original)));
        }
        const saved = (await ipvs(first, ['-Sn', '--lossless'])).output;
        await ipvs(second, ['-C']);
        const loaded = seen(second, saved.trim().split('\n'));
        assert.deepEqual(
          loaded.map(inAnyOrder),
          expected.map(inAnyOrder),
          'ipvsadm loads ours, without loss',
        );
        await ipvs(second, ['-C']);
        assert.equal((await ipvs(second, ['-R'], saved)).status, 0);
        const again = (await ipvs(second, ['-Sn', '--lossless'])).output;
        assert.deepEqual(inAnyOrder(again), inAnyOrder(saved), 'and so do we');
      });
    }

    it('without any option', async () => {
      await clear();
      assert.equal((await ipvs(first, words('-A -t 127.0.0.1:80'))).status, 0);
      assert.deepEqual(await ipvs(first, []), ipvsadm(first, [[]])[0]);
    });

    it('leaves what was listed for the tests without a kernel', () => {
      writeFileSync(join(guestOutputFolder, 'ipvsadm-listings.txt'), recorded.join(''));
      assert.ok(recorded.length >= 30 * 20);
    });
  });

  it('does with every command line what ipvsadm does, and ends with the same status', async () => {
    freshNamespaces();
    const start = ['-A -t 10.0.0.1:80', '-a -t 10.0.0.1:80 -r 10.1.0.1'];
    seen(first, start);
    assert.equal((await ipvs(second, ['-R'], start.join('\n'))).status, 0);
    const all = [...refusedCommandLines, ...badCommandLines, ...goodCommandLines].filter(
      ([, line]) => !line.some((word) => OWN_OPTION.test(word)),
    );
    const table = words('-Sn');
    const theirs = ipvsadm(
      first,
      all.flatMap(([, line]) => [line, table]),
    );
    for (const [index, [status, line]] of all.entries()) {
      const ours = await ipvs(second, line);
      assert.equal(theirs[2 * index]!.status, status, `ipvsadm ${line.join(' ')}`);
      assert.equal(ours.status, status, `ipvs ${line.join(' ')}`);
      const now = await ipvs(second, words('-Sn --compat'));
      assert.equal(now.output, theirs[2 * index + 1]!.output, `after ${line.join(' ')}`);
    }
    assert.deepEqual(seen(second).map(inAnyOrder), seen(first).map(inAnyOrder));
  });

  it('refuses in a file of rules what ipvsadm refuses there', async () => {
    freshNamespaces();
    for (const [rule] of refusedRules) {
      const rules = `-A -t 10.0.0.1:1\n${rule}\n`;
      const [theirs] = ipvsadm(first, [['-R']], rules);
      assert.equal(theirs!.status, 2, rule);
      for (const options of [[], ['--compat']])
        assert.equal((await ipvs(second, ['-R', ...options], rules)).status, 2, rule);
      assert.equal((await ipvs(second, words('-Sn'))).output, '');
      await ipvs(first, ['-C']);
    }
  });

  it('runs and lists sync daemons as ipvsadm does', async () => {
    freshNamespaces();
    for (const name of [first, second]) {
      const prepare =
        'ip link add d0 type dummy && ip link set d0 up multicast on && ip addr add 10.9.9.1/24 dev d0 && ' +
        'ip route add 224.0.0.0/4 dev d0';
      execFileSync('ip', ['netns', 'exec', name, 'bash', '-c', prepare]);
    }
    const lines = [
      '--start-daemon master --mcast-interface d0 --syncid 5',
      '-L --daemon',
      '--start-daemon backup --mcast-interface d0 --syncid 6 --mcast-group ff02::81 --mcast-port 8849 --mcast-ttl 3 --sync-maxlen 1400',
      '-L --daemon',
      '--start-daemon master --mcast-interface d0 --syncid 5',
      '--stop-daemon master',
      '-L --daemon -n',
      '--stop-daemon master --syncid 5',
      '--stop-daemon backup --syncid 9',
      '-L --daemon',
    ].map(words);
    const theirs = ipvsadm(first, lines);
    for (const [index, line] of lines.entries())
      assert.deepEqual(await ipvs(second, line), theirs[index], line.join(' '));
    await ipvs(first, words('--start-daemon master --mcast-interface d0 --syncid 5 --mcast-ttl 9'));
    const saved = await ipvs(first, words('-Sn --lossless'));
    assert.match(saved.output, /^--set 900 120 300\n--start-daemon master .*--mcast-ttl 9\n$/);
    assert.equal((await ipvs(second, ['-R'], saved.output)).status, 0);
    const [listed] = ipvsadm(second, [words('-L --daemon')]);
    assert.equal((await ipvs(first, words('-L --daemon'))).output, listed!.output);
  });

  it('counts and lists real traffic and connections as ipvsadm does', async () => {
    freshNamespaces();
    const inside = (script: string): void => {
      execFileSync('ip', ['netns', 'exec', first, 'bash', '-c', script]);
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
    assert.equal((await ipvs(first, ['-R'], rules.join('\n'))).status, 0);
    inside('for i in {1..40}; do (echo > /dev/tcp/10.0.0.1/80) 2>/dev/null; done; true');
    inside('for i in {1..20}; do (echo > /dev/tcp/2001:db8::1/80) 2>/dev/null; done; true');
    // The kernel keeps these for minutes, those that were refused for ten seconds.
    inside('for i in {1..9}; do (echo > /dev/udp/10.0.0.1/53) 2>/dev/null; done; true');
    inside('for i in {1..5}; do (echo > /dev/udp/2001:db8::1/53) 2>/dev/null; done; true');
    const connections = await compareWhileStill(['-Lnc', '-L -c', '-Lnc --persistent-conn']);
    const listed = connections.get('-Lnc')!;
    assert.match(listed, /^UDP mm:ss {2}UDP +10\.0\.0\.1:\d+ +10\.0\.0\.1:53 +10\.1\.0\.1:53$/m);
    assert.match(listed, /^TCP mm:ss {2}NONE +10\.0\.0\.1:0 +10\.0\.0\.1:80 +10\.1\.0\.1:80$/m);
    assert.match(listed, /\[2001:db8::1\]:53/);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const tables = await compareWhileStill([
      ...listings.filter((text) => text.startsWith('-L') && !/-\w*c\b/.test(text)),
      '-Ln --rate',
      '-Ln -t 10.0.0.1:80 --stats',
      '-L -t 10.0.0.1:80',
      '-Ln --persistent-conn',
    ]);
    const totals = tables.get('-Ln --stats --exact')!;
    assert.match(totals, /^TCP {2}10\.0\.0\.1:80 +40 +40 +40 +2400 +1600$/m);
    assert.equal((await ipvs(first, words('-Z -t 10.0.0.1:80'))).status, 0);
    assert.match((await ipvs(first, words('-Ln --stats'))).output, /^TCP {2}10\.0\.0\.1:80 +0 +0 /m);
  });

  it('works as a process: in a namespace, by name, with its reader gone', () => {
    freshNamespaces();
    ipvsadm(
      first,
      [['-R']],
      Array.from({ length: 3000 }, (_, index) => `-A -t 10.0.0.1:${index + 1}`).join('\n'),
    );
    const [listed] = ipvsadm(first, [['-Ln']]);
    const run = spawnSync(process.execPath, [main, '-Ln', '--netns', `/run/netns/${first}`], {
      encoding: 'utf8',
    });
    assert.deepEqual([run.status, run.stderr], [0, '']);
    assert.equal(run.stdout, listed!.output);
    const script = `set -o pipefail; ${process.execPath} ${main} -Ln --netns /run/netns/${first} | head -1`;
    const cut = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    assert.equal(cut.stderr, '');
    assert.match(cut.stdout, /^IP Virtual Server version/);
    const wrong = spawnSync(process.execPath, [main, '-Ln', '--netns', '/run/netns/nosuch'], {
      encoding: 'utf8',
    });
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /^ipvs: .*no such network namespace.*\n$/);
    const info = spawnSync(process.execPath, [main, 'info', '--netns', `/run/netns/${first}`], {
      encoding: 'utf8',
    });
    const [, size] = /\(size=(\d+)\)/.exec(listed!.output)!;
    assert.match(info.stdout, new RegExp(`^Connection table: ${size} rows$`, 'm'));
    assert.match(
      info.stdout,
      /IPVS: +1\.2\.1\nConnection table: .*\nTable: +3000 services, 0 destinations\n/,
    );
  });

  it('lists what nobody touches whole while others come and go', async () => {
    freshNamespaces();
    // As many as fit one part of a dump, which the kernel makes in one go. The next part begins where the
    // last one ended by count, so a service that goes in between hides another one: from ipvsadm as well.
    const keptServices = 40;
    const changing = 50;
    const kept = Array.from({ length: keptServices }, (_, index) => [
      `-A -t 10.0.0.1:${index + 1} -s rr`,
      `-a -t 10.0.0.1:${index + 1} -r 10.1.0.1:80 -m`,
    ]).flat();
    assert.equal((await ipvs(first, ['-R'], kept.join('\n'))).status, 0);
    // Another namespace's table must never show.
    assert.equal(
      (await ipvs(second, ['-R'], '-A -t 10.99.0.1:80\n-a -t 10.99.0.1:80 -r 10.99.0.2')).status,
      0,
    );
    const rules = (option: string): string =>
      Array.from({ length: changing }, (_, index) => `${option} -u 10.0.0.${1 + index}:53`).join('\n');
    const loop = `add='${rules('-A')}'; delete='${rules('-D')}'; while :; do ipvsadm -R <<<"$add"; ipvsadm -R <<<"$delete"; done`;
    const changer = spawn('ip', ['netns', 'exec', first, 'bash', '-c', loop], { stdio: 'ignore' });
    let changed = 0;
    try {
      for (let round = 0; round < 40; round++) {
        for (const listing of ['-Sn', '-Ln', '-Ln --stats']) {
          const { status, output } = await ipvs(first, words(listing));
          assert.equal(status, 0);
          const lines = new Set(output.split('\n'));
          if (output.includes(':53')) changed++;
          if (listing === '-Sn')
            for (const rule of kept) assert.ok(has(lines, rule), `${rule} in round ${round}`);
          else
            assert.equal(
              output.match(/^TCP {2}10\.0\.0\.1:/gm)?.length,
              keptServices,
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

  it('changes nothing by a restore file with a mistake, unless told to keep going', async () => {
    freshNamespaces();
    const rules = '-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m\nnonsense\n';
    assert.equal((await ipvs(first, ['-R'], rules)).status, 255);
    assert.equal((await ipvs(first, ['-Sn'])).output, '', 'a mistake in the last line changes nothing');
    assert.equal((await ipvs(first, ['-R', '--keep-going'], rules)).status, 255);
    assert.equal((await ipvs(first, ['-Sn'])).output.split('\n').length, 3);
  });
});
