import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { TableLocation } from '../../../../lib/cli/parse/command.ts';
import { subcommandNames } from '../../../../lib/cli/parse/options.ts';
import { subcommandList } from '../../../../lib/cli/parse/subcommands/subcommand-table.ts';
import { IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { runIpvs } from '../run-ipvs.ts';

const folder = mkdtempSync(join(tmpdir(), 'ipvs-subcommands-'));
after(() => rmSync(folder, { recursive: true }));
const empty = join(folder, 'empty.json');
writeFileSync(empty, '{"services": []}');

/** Runs a command line and returns where it looked for the table. */
async function locationOf(line: string): Promise<TableLocation | undefined> {
  let location: TableLocation | undefined;
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const run = await runIpvs(kernel, line, {
    overrides: {
      open: async (from) => {
        location = from;
        return IpvsSync.open({ transport: kernel.connect() });
      },
    },
  });
  assert.deepEqual([run.status, run.errors], [0, ''], line);
  return location;
}

describe('subcommands', () => {
  it('are the same in the table of subcommands and in the list of their names', () => {
    assert.deepEqual(
      subcommandList.map(({ name }) => name),
      subcommandNames,
    );
  });

  for (const { name, options, operand } of subcommandList) {
    it(`show their help with --help, before or after the name: ${name}`, async () => {
      const texts = new Set<string>();
      for (const line of [
        `${name} --help`,
        `${name} -h`,
        `help ${name}`,
        `--help ${name}`,
        `--json ${name} x y --help`,
      ]) {
        const { status, output, errors, sent } = await runIpvs(new FakeKernel(), line);
        assert.deepEqual([status, errors, sent], [0, '', 0], line);
        texts.add(output);
      }
      assert.equal(texts.size, 1);
      const [text] = texts;
      assert.ok(text!.startsWith(`Usage: ipvs ${name}`));
      assert.ok(text!.includes(operand?.usage ?? name));
      for (const { long } of options) assert.ok(text!.includes(`--${long}`), long);
    });
  }

  it('take the options that are common to all commands before and after them', async () => {
    for (const name of ['info', 'export', `diff ${empty}`, `apply ${empty}`]) {
      const expected = { netns: '/run/netns/blue', from: undefined, fake: undefined, strategy: 'single' };
      for (const line of [
        `--netns blue --single ${name}`,
        `--netns=/run/netns/blue ${name} --single`,
        `${name} --single --netns blue`,
      ])
        assert.deepEqual(await locationOf(line), expected, line);
    }
    const location = await locationOf(`--per-service diff ${empty}`);
    assert.equal(location!.strategy, 'per-service');
    for (const name of ['export', `diff ${empty}`]) {
      assert.equal((await locationOf(`${name} --from x.pcap`))!.from, 'x.pcap');
      assert.equal((await locationOf(`--from x.pcap ${name}`))!.from, 'x.pcap');
    }
    for (const line of ['--json info', 'info --json', 'info --json-numbers'])
      assert.equal(JSON.parse((await runIpvs(new FakeKernel(), line)).output).version, '1.2.1');
  });

  const wrong: readonly (readonly [line: string, message: string])[] = [
    ['apply', 'apply: needs a desired-state file, or - for standard input'],
    ['diff a b', 'b: unexpected with diff'],
    ['export x', 'x: unexpected with export'],
    ['info foo', 'foo: unexpected with info'],
    ['info --netns', '--netns: missing value (name)'],
    ['decode', 'decode: needs the path of a capture (pcap)'],
    ['decode a b', 'b: unexpected with decode'],
    ['decode --json a', '--json: cannot be used with decode'],
    ['completion', 'completion: needs bash, zsh or fish'],
    ['apply --bogus x', '--bogus: unknown option'],
    ['apply --qiuet x', '--qiuet: unknown option; did you mean --quiet?'],
    ['apply -n x', '-n: unknown option'],
    ['apply --drain soon x', '--drain soon: must be a whole number of seconds'],
    ['apply --drain', '--drain: missing value (seconds)'],
    ['apply --quiet=3 x', '--quiet: this option takes no value'],
    ['diff --quiet x', '--quiet: unknown option'],
    ['diff --format xml x', '--format xml: must be json or yaml'],
    ['diff --remove some x', '--remove some: must be all or destinations or nothing'],
    ['--from x.pcap apply y', '--from: cannot be used with apply'],
    ['--compat info', '--compat: cannot be used with info'],
    ['--netns a --fake export', '--fake: cannot be used with --netns'],
    ['--netns a export --netns b', '--netns: given twice'],
    ['--single export --per-service', '--per-service: cannot be used with --single'],
  ];
  for (const [line, message] of wrong) {
    it(`report a usage error in the format of this program: ${line}`, async () => {
      const { status, output, errors, sent } = await runIpvs(new FakeKernel(), line);
      const [, name] = new RegExp(`\\b(${subcommandNames.join('|')})\\b`).exec(line)!;
      assert.deepEqual([status, output, sent], [2, '', 0]);
      assert.equal(errors, `ipvs: ${message} (see ipvs ${name} --help)\n`);
    });
  }

  it('are not recognised in values of options', async () => {
    const kernel = new FakeKernel({ schedulers: ['info'] });
    assert.equal((await runIpvs(kernel, '-A -t 10.0.0.1:80 -s info')).status, 0);
    assert.equal((await runIpvs(kernel, '--netns info -Ln')).status, 0);
    assert.match((await runIpvs(kernel, '--netns info')).output, /^IP Virtual Server/);
  });
});

describe('--netns', () => {
  it('is a name as ip netns has it, or a path', async () => {
    for (const [typed, path] of [
      ['blue', '/run/netns/blue'],
      ['/proc/1/ns/net', '/proc/1/ns/net'],
      ['./x', './x'],
    ] as const)
      assert.equal((await locationOf(`-Ln --netns ${typed}`))!.netns, path);
  });
});

describe('JSON', () => {
  it('has counters as text, or as numbers with every digit', async () => {
    const kernel = new FakeKernel();
    await runIpvs(kernel, '-A -t 10.0.0.1:80');
    const address = Uint8Array.from({ length: 16 }, (_, index) => [10, 0, 0, 1][index] ?? 0);
    const counters = { connections: 7n, incomingBytes: 18446744073709551615n };
    kernel.state.setServiceCounters({ family: 2, protocol: 6, address, port: 80 }, counters);
    const text = (await runIpvs(kernel, '-L --json')).output;
    const numbers = (await runIpvs(kernel, '-L --json-numbers')).output;
    assert.equal((await runIpvs(kernel, '--json-numbers')).output, numbers);
    assert.match(text, /"connections": "7"/);
    assert.match(numbers, /"connections": 7,/);
    assert.match(numbers, /"incomingBytes": 18446744073709551615,/);
    assert.equal(JSON.parse(numbers).services[0].counters.connections, 7);
    assert.equal(numbers, text.replaceAll(/"(\d+)"/g, '$1'));
    const [listed] = JSON.parse(text).services;
    assert.equal(listed.counters.incomingBytes, '18446744073709551615');
  });
});
