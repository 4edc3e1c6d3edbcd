import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { processSystem } from '../../../lib/cli/process-system.ts';
import { runProgram } from '../../../lib/cli/program.ts';
import type { System } from '../../../lib/cli/system.ts';
import { addNamespace, deleteNamespace, runIn } from './namespace.ts';

const name = 'desired-state-suite';
const netns = `/run/netns/${name}`;
const SYSCTL_FOLDER = '/proc/sys/net/ipv4/vs';
const launcher = join(import.meta.dirname, '../../../lib/cli/launcher.cjs');

interface CommandResult {
  readonly status: number;
  readonly output: string;
  readonly errors: readonly string[];
}

/** Runs the command line in this process, as if at a terminal where `isTerminal` is set. */
async function ipvs(args: readonly string[], isTerminal = false): Promise<CommandResult> {
  let output = '';
  const errors: string[] = [];
  const system: System = {
    ...processSystem,
    write: (text) => {
      output += text;
    },
    writeError: (line) => errors.push(line),
    isTerminal: async () => isTerminal,
  };
  return { status: await runProgram([...args, '--netns', netns], system), output, errors };
}

describe('a desired state as a file in a guest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'desired-state-'));
  const file = (fileName: string, text: string): string => {
    const path = join(folder, fileName);
    writeFileSync(path, text);
    return path;
  };
  const listing = (): string => runIn(name, 'ipvsadm', '-Sn');
  before(() => addNamespace(name));
  after(() => {
    deleteNamespace(name);
    rmSync(folder, { recursive: true });
  });

  it('is shown, applied, shown to be applied, and exported without loss', async () => {
    const desired = file(
      'desired.json',
      JSON.stringify({
        services: [
          {
            ...{ protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'wlc' },
            persistence: { timeout: 60, netmask: '255.255.255.0' },
            destinations: [
              {
                address: '10.1.0.1',
                port: 8080,
                forwarding: 'masq',
                weight: 3,
                upperThreshold: 9,
                lowerThreshold: 4,
              },
              {
                address: '2001:db8::1',
                port: 8080,
                forwarding: 'tunnel',
                tunnel: { type: 'gue', port: 6080 },
              },
            ],
          },
          {
            mark: 4294967295,
            family: 'ipv6',
            scheduler: 'sh',
            schedulerFlags: ['sh-port'],
            destinations: [],
          },
          {
            protocol: 'udp',
            address: '2001:db8::2',
            port: 53,
            scheduler: 'rr',
            onePacket: true,
            destinations: [],
          },
        ],
      }),
    );
    const before = await ipvs(['diff', desired], true);
    assert.equal(before.status, 1, before.errors.join());
    assert.ok(before.output.startsWith('\x1b[32m+ tcp 10.0.0.1:80 scheduler=wlc'), before.output);
    assert.equal(listing(), '');
    const applied = await ipvs(['apply', desired]);
    assert.deepEqual([applied.status, applied.errors], [0, []]);
    assert.match(applied.output, /^\+ tcp 10\.0\.0\.1:80 scheduler=wlc/);
    const filled = listing();
    assert.deepEqual(await ipvs(['diff', desired]), { status: 0, output: '', errors: [] });
    assert.deepEqual(await ipvs(['apply', desired]), { status: 0, output: '', errors: [] });

    for (const format of ['json', 'yaml']) {
      const exported = await ipvs(['export', '--format', format]);
      assert.equal(exported.status, 0);
      runIn(name, 'ipvsadm', '-C');
      const again = await ipvs(['apply', '--quiet', file(`exported.${format}`, exported.output)]);
      assert.deepEqual(again, { status: 0, output: '', errors: [] });
      assert.equal(listing(), filled);
    }
  });

  it('is refused as a whole when it is invalid, and what the kernel refuses is reported', async () => {
    const before = listing();
    const bad = file(
      'bad.json',
      '{"services": [\n {"mark": 1, "scheduler": "rr", "destinations": [\n  {"address": "::1", "port": 1, "wait": 2, "forwarding": "masq"}]}]}',
    );
    const refused = await ipvs(['apply', bad]);
    assert.equal(refused.status, 2);
    assert.deepEqual(
      refused.errors.map((line) => line.replace(folder, '').split(' ').slice(1, 3).join(' ')),
      [
        '/bad.json:3:4: services[0].destinations[0].address',
        '/bad.json:3:33: services[0].destinations[0].wait',
      ],
    );
    const unknown = file(
      'unknown.json',
      '{"services": [{"mark": 7, "scheduler": "nonesuch", "destinations": []}]}',
    );
    const tried = await ipvs(['apply', '--remove', 'nothing', unknown]);
    assert.equal(tried.status, 1);
    assert.match(tried.errors[0]!, /the kernel has no scheduler nonesuch.* \(NEW_SERVICE: ENOENT\)/);
    assert.equal(listing(), before);
  });

  it('sets sysctls, timeouts and a sync daemon in its network namespace alone', async () => {
    const sysctlHere = (key: string): string => readFileSync(`${SYSCTL_FOLDER}/${key}`, 'utf8').trim();
    const sysctlInNetns = (key: string): string => runIn(name, 'cat', `${SYSCTL_FOLDER}/${key}`).trim();
    const settings = {
      timeouts: { udp: 77 },
      daemons: [{ role: 'backup', interface: 'eth0', syncId: 9 }],
      sysctls: { conn_reuse_mode: 0, sync_threshold: [5, 60], expire_nodest_conn: 1, sync_ports: 2 },
    };
    const exported = await ipvs(['export', '--with', 'all']);
    assert.deepEqual([exported.status, exported.errors], [0, []]);
    const { services: all, sysctls } = JSON.parse(exported.output);
    // No sync daemon runs beside a destination of another family than its service.
    const services = all.map((service: object) => ({ ...service, destinations: [] }));
    // The kernel accepts every value that it reports.
    const same = file('same.json', exported.output);
    assert.deepEqual(await ipvs(['apply', same]), { status: 0, output: '', errors: [] });
    const here = ['conn_reuse_mode', 'sync_threshold', 'expire_nodest_conn'].map((key) => sysctlHere(key));

    const emptied = file('emptied.json', JSON.stringify({ services }));
    assert.equal((await ipvs(['apply', '--quiet', '--allow-removal', 'any', emptied])).status, 0);
    const other = file('settings.json', JSON.stringify({ services, ...settings }));
    const applied = await ipvs(['apply', other]);
    assert.deepEqual([applied.status, applied.errors], [0, []]);
    assert.match(
      applied.output,
      /^~ sysctls conn_reuse_mode=1->0 .*\n~ timeouts udp=300->77\n\+ backup daemon /,
    );
    assert.deepEqual(await ipvs(['diff', other]), { status: 0, output: '', errors: [] });
    assert.deepEqual(
      Object.keys(settings.sysctls).map((key) => sysctlInNetns(key)),
      ['0', '5\t60', '1', '2'],
    );
    assert.deepEqual(
      ['conn_reuse_mode', 'sync_threshold', 'expire_nodest_conn'].map((key) => sysctlHere(key)),
      here,
    );
    assert.match(runIn(name, 'ipvsadm', '-Ln', '--daemon'), /backup sync daemon \(.*eth0.*syncid=9/);
    assert.match(runIn(name, 'ipvsadm', '-Ln', '--timeout'), / 77$/m);

    for (const [missing, reason] of [
      [
        'debug_level',
        existsSync(`${SYSCTL_FOLDER}/debug_level`)
          ? 'cannot be written here'
          : 'does not exist in this kernel',
      ],
      ['lblcr_expiration', 'does not exist in this kernel'],
    ] as const) {
      if (sysctls[missing] !== undefined && missing !== 'debug_level') continue;
      const text = JSON.stringify({ services: [], sysctls: { sync_version: 0, [missing]: 3 } });
      const refused = await ipvs(['apply', '--allow-removal', 'any', file('missing.json', text)]);
      assert.equal(refused.status, 2);
      assert.ok(refused.errors[0]?.includes(`net.ipv4.vs.${missing} ${reason}`), refused.errors.join());
    }
    assert.equal(sysctlInNetns('sync_version'), '1');
    const back = await ipvs(['apply', '--quiet', same]);
    assert.deepEqual(back, { status: 0, output: '', errors: [] });
    assert.equal(sysctlInNetns('sync_threshold'), '3\t50');
  });

  it('ends the process with the status of diff, and without colours in a pipe', () => {
    const none = file('none.json', '{"services": []}');
    const { status, stdout } = spawnSync(process.execPath, [launcher, 'diff', '--netns', netns, none], {
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stdout, /^- /m);
    assert.ok(!stdout.includes('\x1b'));
  });
});
