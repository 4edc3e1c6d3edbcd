import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { usesColour } from '../../../../lib/cli/state/options.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { connect, kernelWith, snapshot } from '../../ipvs/plan/tables.ts';
import { runIpvs } from '../run-ipvs.ts';

const folder = mkdtempSync(join(tmpdir(), 'desired-state-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const web = { protocol: 'tcp' as const, address: '10.0.0.1', port: 80, scheduler: 'rr', destinations: [] };
const dns = { protocol: 'udp' as const, address: '10.0.0.1', port: 53, scheduler: 'rr', destinations: [] };

test('diff shows what apply would change, apply changes it, and then diff is silent', async () => {
  const kernel = kernelWith([web]);
  const desired = file('desired.json', JSON.stringify({ services: [dns] }));
  const text = '+ udp 10.0.0.1:53 scheduler=rr\n- tcp 10.0.0.1:80\n';
  const before = await runIpvs(kernel, ['diff', desired]);
  const refusal =
    'the desired state would remove 1 of 1 services; nothing was changed; if that is meant, add --allow-removal any\n';
  const note = `ipvs: apply would refuse this: ${refusal}`;
  assert.deepEqual([before.status, before.output, before.errors], [1, text, note]);
  assert.deepEqual(snapshot(kernel), snapshot(kernelWith([web])));
  const coloured = await runIpvs(kernel, ['diff', desired], { overrides: { isTerminal: async () => true } });
  assert.ok(coloured.output.startsWith('\x1b[32m+ udp'));
  const data = JSON.parse((await runIpvs(kernel, ['--json', 'diff', desired])).output);
  assert.deepEqual(
    data.services.map(({ change, service }: { change: string; service: string }) => `${change} ${service}`),
    ['add udp 10.0.0.1:53', 'remove tcp 10.0.0.1:80'],
  );
  const refused = await runIpvs(kernel, ['apply', desired]);
  assert.deepEqual([refused.status, refused.output, refused.errors], [2, '', `ipvs: ${refusal}`]);
  const applied = await runIpvs(kernel, ['apply', '--allow-removal', 'any', desired]);
  assert.deepEqual([applied.status, applied.output, applied.errors], [0, text, '']);
  assert.deepEqual(snapshot(kernel), snapshot(kernelWith([dns])));
  const again = await runIpvs(kernel, ['diff', desired]);
  assert.deepEqual([again.status, again.output], [0, '']);
});

test('export writes a file that can be applied to another kernel', async () => {
  const kernel = kernelWith([web, dns]);
  for (const format of ['json', 'yaml']) {
    const { status, output } = await runIpvs(kernel, ['export', '--format', format]);
    assert.equal(status, 0);
    const other = kernelWith([]);
    await runIpvs(other, ['apply', '--quiet', file(`table.${format}`, output)]);
    assert.deepEqual(snapshot(other), snapshot(kernel));
  }
});

test('a bad file is refused as a whole, with a line for each error, and IPVS is not even opened', async () => {
  const bad = file('bad.json', '{\n "services": [\n  {"mark": 1, "scheduler": 3, "size": 1}\n ]\n}');
  const { status, errors, sent } = await runIpvs(kernelWith([]), ['apply', bad]);
  assert.deepEqual([status, sent], [2, 0]);
  assert.deepEqual(
    errors.split('\n').map((line) => line.replace(folder, '').split(' ').slice(0, 3).join(' ')),
    [
      'ipvs: /bad.json:3:3: services[0].destinations',
      'ipvs: /bad.json:3:15: services[0].scheduler',
      'ipvs: /bad.json:3:31: services[0].size',
      '',
    ],
  );
});

test('what the kernel refuses is reported, and the status is 1', async () => {
  const desired = file('scheduler.json', JSON.stringify({ services: [{ ...web, scheduler: 'wcl' }] }));
  const { status, errors } = await runIpvs(kernelWith([]), ['apply', desired]);
  assert.equal(status, 1);
  assert.equal(
    errors,
    'ipvs: the kernel has no scheduler wcl; did you mean wlc? (NEW_SERVICE: ENOENT)\n' +
      'ipvs: remaining differences:\n+ tcp 10.0.0.1:80 scheduler=wcl\n',
  );
});

test('options select what is removed and what is left as it is', async () => {
  const kernel = kernelWith([{ ...web, persistence: { timeout: 9 } }]);
  const desired = file('leave.json', JSON.stringify({ services: [web] }));
  assert.equal((await runIpvs(kernel, ['diff', desired])).status, 1);
  assert.equal((await runIpvs(kernel, ['diff', '--absent', 'leave', desired])).status, 0);
  const none = file('none.json', '{"services": []}');
  assert.equal((await runIpvs(kernel, ['diff', '--remove=nothing', none])).status, 0);
});

test('apply waits for destinations that drain', async () => {
  const kernel = kernelWith([
    { ...web, destinations: [{ address: '10.1.0.1', port: 80, forwarding: 'masq' }] },
  ]);
  const bytes = (...first: number[]): Uint8Array =>
    Uint8Array.from({ length: 16 }, (_, at) => first[at] ?? 0);
  const service = { family: 2, protocol: 6, address: bytes(10, 0, 0, 1), port: 80 };
  kernel.state.setConnections(service, { address: bytes(10, 1, 0, 1), port: 80 }, { active: 1 });
  const desired = file('drained.json', JSON.stringify({ services: [web] }));
  const start = performance.now();
  const { status, output } = await runIpvs(kernel, [
    'apply',
    '--drain',
    '1',
    '--allow-removal',
    '100%',
    desired,
  ]);
  assert.ok(performance.now() - start >= 990);
  assert.equal(status, 0);
  assert.equal(
    output,
    '~ tcp 10.0.0.1:80\n    - 10.1.0.1:80 draining weight=1->0\n~ tcp 10.0.0.1:80\n    - 10.1.0.1:80\n',
  );
});

test('timeouts and sync daemons are applied where a file names them', async () => {
  const kernel = new FakeKernel();
  const client = connect(kernel);
  client.startDaemon({ role: 'backup', interface: 'eth0', syncId: 3 });
  const desired = file(
    'settings.json',
    JSON.stringify({
      services: [],
      timeouts: { tcp: 0, udp: 60 },
      daemons: [{ role: 'master', interface: 'eth1', syncId: 0, multicastGroup: 'FF02::0:81' }],
    }),
  );
  const text =
    '~ timeouts udp=300->60\n- backup daemon\n+ master daemon interface=eth1 syncId=0 multicastGroup=FF02::0:81\n';
  const shown = await runIpvs(kernel, ['diff', desired]);
  assert.deepEqual([shown.status, shown.output], [1, text]);
  const applied = await runIpvs(kernel, ['apply', desired]);
  assert.deepEqual([applied.status, applied.output, applied.errors], [0, text, '']);
  assert.deepEqual(client.timeouts(), { tcp: 900, tcpFin: 120, udp: 60 });
  assert.deepEqual(
    client.daemons().map(({ role, interface: name }) => `${role} ${name}`),
    ['master eth1'],
  );
  assert.equal((await runIpvs(kernel, ['diff', desired])).status, 0);
  const changed = file(
    'changed.json',
    JSON.stringify({ services: [], daemons: [{ role: 'master', interface: 'nosuch0', syncId: 7 }] }),
  );
  const refused = await runIpvs(kernel, ['apply', changed]);
  assert.equal(refused.status, 1);
  assert.equal(
    refused.errors,
    'ipvs: there is no network interface nosuch0 (NEW_DAEMON: ENODEV)\nipvs: remaining differences:\n' +
      '+ master daemon interface=nosuch0 syncId=7\n',
  );
  const unchanged = await runIpvs(kernel, [
    'apply',
    '--remove',
    'nothing',
    file('some.json', '{"services": []}'),
  ]);
  assert.deepEqual([unchanged.status, unchanged.output], [0, '']);
});

test('escape sequences in a table do not reach the terminal', async () => {
  const scheduler = 'r\x1b[2J\x07\x9b';
  const kernel = new FakeKernel({ schedulers: ['rr', scheduler] });
  connect(kernel).addService({ ...web, scheduler });
  const desired = file('plain.json', JSON.stringify({ services: [web] }));
  const shown = await runIpvs(kernel, ['diff', desired]);
  assert.equal(shown.output, '~ tcp 10.0.0.1:80 scheduler=r\\x1b[2J\\x07\\x9b->rr\n');
  for (const words of [['export'], ['export', '--format', 'yaml'], ['diff', '--json', desired]]) {
    const { output } = await runIpvs(kernel, words);
    assert.match(output, /^[\n\x20-\x7e]+$/, words.join(' '));
  }
});

test('colours are used only on a terminal, and not if NO_COLOR is set', () => {
  assert.equal(usesColour(true, {}), true);
  assert.equal(usesColour(true, { NO_COLOR: '' }), true);
  assert.equal(usesColour(true, { NO_COLOR: '1' }), false);
  assert.equal(usesColour(false, {}), false);
});

test('export writes the settings that are asked for, and apply sets them elsewhere', async () => {
  const kernel = kernelWith([web]);
  kernel.sysctls.write('conntrack', '1');
  kernel.sysctls.write('sync_threshold', '0 50');
  connect(kernel).setTimeouts({ udp: 30 });
  const sections = async (...words: string[]): Promise<string[]> =>
    Object.keys(JSON.parse((await runIpvs(kernel, ['export', ...words])).output));
  assert.deepEqual(await sections(), ['services']);
  assert.deepEqual(await sections('--with', 'sysctls,timeouts'), ['services', 'timeouts', 'sysctls']);
  assert.deepEqual(await sections('--with', 'all'), ['services', 'timeouts', 'daemons', 'sysctls']);
  const wrong = await runIpvs(kernel, ['export', '--with', 'sysctl']);
  assert.deepEqual(
    [wrong.status, wrong.errors],
    [2, 'ipvs: --with sysctl: must be all, or some of timeouts, daemons, sysctls; did you mean sysctls?\n'],
  );

  for (const format of ['json', 'yaml']) {
    const { output } = await runIpvs(kernel, ['export', '--with', 'all', '--format', format]);
    const other = kernelWith([web]);
    const path = file(`settings.${format}`, output);
    const shown = '~ sysctls conntrack=0->1 sync_threshold=3,50->0,50\n~ timeouts udp=300->30\n';
    assert.equal((await runIpvs(other, ['diff', path])).output, shown);
    const applied = await runIpvs(other, ['apply', path]);
    assert.deepEqual([applied.status, applied.output, applied.errors], [0, shown, '']);
    assert.deepEqual(other.sysctls.changed(), { conntrack: 1, sync_threshold: [0, 50] });
    assert.deepEqual((await runIpvs(other, ['diff', path])).status, 0);
    other.sysctls.readOnly.add('conntrack');
    other.sysctls.write = () => assert.fail('a sysctl is written');
    const withoutServices = file(
      'without-services.json',
      '{"services": [], "sysctls": {"conntrack": 0, "pmtu_disc": 0}}',
    );
    const refused = await runIpvs(other, ['apply', '--allow-removal', 'any', '--quiet', withoutServices]);
    assert.equal(refused.status, 2);
    assert.match(refused.errors, /^ipvs: the sysctl net\.ipv4\.vs\.conntrack cannot be written here; /);
    assert.equal(connect(other).services().length, 1);
  }
  const misspelt = file('misspelt.json', '{"services": [], "sysctls": {\n "expire_nodest_con": 1}}');
  const { errors } = await runIpvs(kernel, ['diff', misspelt]);
  assert.match(
    errors,
    /:2:2: sysctls\.expire_nodest_con is not a sysctl of IPVS; did you mean expire_nodest_conn\?/,
  );
});
