import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { completionScript } from '../../../../lib/cli/completion.ts';
import { optionSections } from '../../../../lib/cli/parse/options.ts';
import { subcommandList } from '../../../../lib/cli/parse/subcommands/subcommand-table.ts';
import { spellings } from '../../../../lib/cli/shells/completions.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { runIpvs } from '../run-ipvs.ts';

const project = join(import.meta.dirname, '../../../../..');
const folder = mkdtempSync(join(tmpdir(), 'ipvs-completion-'));
const table = join(folder, 'table.json');

before(async () => {
  const launcher = join(project, 'dist/lib/cli/launcher.cjs');
  const program = `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`;
  writeFileSync(join(folder, 'ipvs'), program, { mode: 0o755 });
  const input = [
    '-A -t 10.0.0.1:80',
    '-a -t 10.0.0.1:80 -r 10.1.0.1:8080 -m',
    '-a -t 10.0.0.1:80 -r 10.1.0.2:8080 -m',
    '-A -t [2001:db8::1]:443',
    '-a -t [2001:db8::1]:443 -r [2001:db8::2]:443 -m',
    '-A -u 10.0.0.1:53',
    '-A -f 7',
  ].join('\n');
  assert.equal((await runIpvs(new FakeKernel(), `--fake=${table} -R`, { input })).status, 0);
  writeFileSync(join(folder, 'desired file.yaml'), '');
});
after(() => rmSync(folder, { recursive: true }));

/** The completions that bash offers for each line, with the cursor at its end. */
function bash(lines: readonly string[], wordBreaks = ' \t\n"\'><=;|&(:'): string[][] {
  const commands = lines.map(
    (line) => `COMP_LINE='${line}'; COMP_POINT=${line.length}; _ipvs; printf '%s\\n' "\${COMPREPLY[@]}" ---`,
  );
  const script = `${completionScript('bash')}\nCOMP_WORDBREAKS=${JSON.stringify(wordBreaks).replace('\\t', '\t')}\n${commands.join('\n')}`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` },
  });
  assert.equal(stderr, '');
  return stdout
    .split('---\n')
    .slice(0, -1)
    .map((part) =>
      part
        .split('\n')
        .filter((word) => word !== '')
        .sort(),
    );
}

describe('completion in bash', () => {
  it('knows commands, options and subcommands', () => {
    const [all, tunnels, names] = bash(['ipvs ', 'ipvs --tun', 'ipvs ap']);
    for (const { long, short } of optionSections.flatMap(({ options }) => options))
      assert.ok(all!.includes(`--${long}`) && (short === undefined || all!.includes(`-${short}`)), long);
    for (const { name } of subcommandList) assert.ok(all!.includes(name), name);
    assert.deepEqual(tunnels, [
      '--tun-csum',
      '--tun-info',
      '--tun-nocsum',
      '--tun-port',
      '--tun-remcsum',
      '--tun-type',
    ]);
    assert.deepEqual(names, ['apply']);
  });

  it("knows a subcommand's own options and their values, and the options that may precede it", () => {
    for (const { name, options, common } of subcommandList) {
      const [own] = bash([`ipvs ${name} -`]);
      assert.deepEqual(
        own,
        ['-h', '--help', ...options.flatMap(spellings), ...common.map((long) => `--${long}`)].sort(),
      );
    }
    const [remove, format, absent, shells, keep, file] = bash([
      'ipvs apply --remove ',
      'ipvs export --format y',
      'ipvs diff --absent=',
      'ipvs completion ',
      'ipvs --netns blue diff --keep',
      'ipvs diff desired',
    ]);
    assert.deepEqual(remove, ['all', 'destinations', 'nothing']);
    assert.deepEqual(format, ['yaml']);
    assert.deepEqual(absent, ['default', 'leave']);
    assert.deepEqual(
      shells!.filter((word) => !word.startsWith('-')),
      ['bash', 'fish', 'zsh'],
    );
    assert.deepEqual(keep, ['--keep-weights']);
    assert.deepEqual(file, ['desired file.yaml']);
  });

  it('knows schedulers and the flags of the one that is given', () => {
    const [schedulers, sh, mh, withoutScheduler] = bash([
      'ipvs -A -t 10.0.0.1:80 -s w',
      'ipvs -A -t 10.0.0.1:80 -s sh -b ',
      'ipvs -A -t 10.0.0.1:80 --scheduler mh --sched-flags ',
      'ipvs -A -t 10.0.0.1:80 -b ',
    ]);
    assert.deepEqual(schedulers, ['wlc', 'wrr']);
    assert.deepEqual(sh, ['flag-3', 'sh-fallback', 'sh-port']);
    assert.deepEqual(mh, ['flag-3', 'mh-fallback', 'mh-port']);
    assert.deepEqual(withoutScheduler, ['flag-1', 'flag-2', 'flag-3']);
  });

  it('knows the services and real servers that are there', () => {
    const fake = `--fake=${table}`;
    const lines = [
      `ipvs ${fake} -D -t `,
      `ipvs ${fake} -D -u `,
      `ipvs ${fake} -D -f `,
      `ipvs ${fake} -at 10.0.0.1:80 -r `,
      `ipvs ${fake} -d -t [2001:db8::1]:443 --real-server `,
    ];
    const expected = [
      ['10.0.0.1:80', '[2001:db8::1]:443'],
      ['10.0.0.1:53'],
      ['7'],
      ['10.1.0.1:8080', '10.1.0.2:8080'],
      ['[2001:db8::2]:443'],
    ];
    assert.deepEqual(bash(lines), expected);
    // Bash splits words at colons, unless COMP_WORDBREAKS lacks them.
    const partial = `ipvs ${fake} -D -t [2001:db8:`;
    assert.deepEqual(bash([partial]), [[':1]:443']]);
    assert.deepEqual(bash([partial], ' \t\n'), [['[2001:db8::1]:443']]);
    const [nothing] = bash(['ipvs --fake=/dev/null/x -D -t ']);
    assert.deepEqual(nothing, [], 'no output where the table cannot be read');
  });
});

describe('completion in other shells', () => {
  for (const shell of ['zsh', 'fish'] as const) {
    it(`of ${shell} names the same options and values, and asks for services and servers`, () => {
      const script = completionScript(shell)!;
      for (const { name, options } of subcommandList) {
        assert.ok(script.includes(name));
        for (const { long } of options) assert.ok(script.includes(long), `${name} ${long}`);
      }
      for (const { long } of optionSections.flatMap(({ options }) => options))
        assert.ok(script.includes(long), long);
      for (const word of ['sh-fallback', 'mh-port', 'destinations', '_services', '_servers'])
        assert.ok(script.includes(word), word);
    });
  }
});
