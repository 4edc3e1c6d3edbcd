import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseDesiredState } from '../../../lib/ipvs/desired-file/index.ts';
import { UnixDatagram } from '../../../lib/netlink/socket/unix-datagram.ts';
import { replaceFile } from '../../../lib/reconciler/atomic-file.ts';
import { monotonicMilliseconds } from '../../../lib/reconciler/monotonic-clock.ts';
import { lockNamespace } from '../../../lib/reconciler/namespace-lock.ts';
import { Notifier } from '../../../lib/reconciler/notifier.ts';
import { StateFile } from '../../../lib/reconciler/saved-state.ts';
import { openDescriptorCount } from '../descriptors.ts';

const name = (purpose: string): string => `@ipvs-test-${purpose}-${process.pid}`;

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'machine-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('the lock of a namespace is exclusive until it is released or its process has ended', () => {
  const lock = lockNamespace(undefined, name('lock'));
  assert.throws(() => lockNamespace(undefined, name('lock')), { code: 'ERR_LOCKED' });
  lock.close();
  lockNamespace(undefined, name('lock')).close();
  const module = new URL('../../../lib/reconciler/namespace-lock.js', import.meta.url).href;
  const script = `const { lockNamespace } = await import('${module}');
    lockNamespace(undefined, '${name('lock')}'); process.kill(process.pid, 'SIGKILL');`;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(signal, 'SIGKILL');
  lockNamespace(undefined, name('lock')).close();
});

for (const [nameType, socketName] of [
  ['an abstract name', () => name('notify')],
  ['a path', (folder: string) => join(folder, 'notify')],
] as const) {
  test(`systemd is notified through ${nameType}, and of each change once`, (t) => {
    const before = openDescriptorCount();
    const path = socketName(folderOf(t));
    const manager = UnixDatagram.bind(path);
    const environment = { NOTIFY_SOCKET: path, WATCHDOG_USEC: '10000000', WATCHDOG_PID: String(process.pid) };
    const notifier = new Notifier(environment);
    assert.equal(notifier.watchdogInterval, 5000);
    notifier.reloading();
    notifier.reloaded();
    notifier.ready();
    notifier.ready();
    notifier.status('one');
    notifier.status('one');
    notifier.reloading();
    notifier.ready();
    notifier.reloaded();
    notifier.reloaded();
    notifier.ping();
    notifier.stopping();
    const received = Array.from({ length: 7 }, () => manager.receive()?.toString());
    assert.match(received[2]!, /^RELOADING=1\nMONOTONIC_USEC=\d+$/);
    received[2] = 'RELOADING';
    assert.deepEqual(received, [
      'READY=1',
      'STATUS=one',
      'RELOADING',
      'READY=1',
      'WATCHDOG=1',
      'STOPPING=1',
      undefined,
    ]);
    manager.close();
    notifier.ping();
    notifier.close();
    assert.equal(openDescriptorCount(), before);
  });
}

test('without systemd, or with a socket that does not exist, nothing is sent and nothing fails', () => {
  for (const environment of [{}, { NOTIFY_SOCKET: '/nowhere/at/all', WATCHDOG_USEC: '1000000' }]) {
    const notifier = new Notifier(environment);
    assert.equal(notifier.watchdogInterval, undefined);
    notifier.ready();
    notifier.close();
  }
});

test('a file is replaced whole, through a link too, and stays as it was where that cannot be done', (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'file');
  symlinkSync('file', join(folder, 'link'));
  replaceFile(file, 'one');
  replaceFile(join(folder, 'link'), 'two');
  assert.equal(readFileSync(file, 'utf8'), 'two');
  const none = join(folder, 'none/file');
  assert.throws(() => replaceFile(none, 'three'), { code: 'ENOENT', path: none });
  assert.deepEqual(readdirSync(folder).sort(), ['file', 'link']);
});

test('all processes time drains by the same clock, and drains from before the last boot are dropped', async (t) => {
  const module = new URL('../../../lib/reconciler/monotonic-clock.js', import.meta.url).href;
  const script = `const { monotonicMilliseconds } = await import('${module}'); console.log(monotonicMilliseconds());`;
  const before = monotonicMilliseconds();
  const other = Number(spawnSync(process.execPath, ['--input-type=module', '-e', script]).stdout);
  assert.ok(before < other && other < monotonicMilliseconds());
  const path = join(folderOf(t), 'state.json');
  const drain = { service: 'a', destination: 'b', since: 1 };
  new StateFile(path).write({ drains: [drain], lastGood: undefined, confirmed: 'digest' });
  const text = readFileSync(path, 'utf8');
  assert.deepEqual((await new StateFile(path).read()).drains, [drain]);
  writeFileSync(path, text.replace(/"boot":".*?"/, '"boot":"another"'));
  assert.deepEqual(await new StateFile(path).read(), {
    drains: [],
    lastGood: undefined,
    confirmed: 'digest',
  });
});

test('a saved state is read as it was written, and a malformed one is refused', async (t) => {
  const path = join(folderOf(t), 'state.json');
  const text = JSON.stringify({
    services: [{ mark: 7, scheduler: 'rr', unknown: [{ type: 99, bytes: '01ff' }], destinations: [] }],
    timeouts: { tcp: 5 },
  });
  const lastGood = { state: await parseDesiredState(text), source: 'etcd:/a/', readAt: 5 };
  const state = { drains: [{ service: 'a', destination: 'b', since: 1 }], lastGood, confirmed: 'digest' };
  const file = new StateFile(path);
  assert.deepEqual((await file.read()).lastGood, undefined);
  file.write(state);
  assert.deepEqual(await new StateFile(path).read(), state);
  const named = { ...lastGood, state: { ...lastGood.state, names: new Map([['fwmark 7', 'web']]) } };
  file.write({ ...state, lastGood: named });
  assert.deepEqual(await new StateFile(path).read(), state, 'names are not saved');
  file.write(state);
  rmSync(path);
  file.write(state);
  assert.throws(() => readFileSync(path), { code: 'ENOENT' }, 'what has not changed is not written');
  for (const bad of ['', '{}', '{"version":1}', '{"version":1,"drains":[{"service":1}]}', 'null']) {
    writeFileSync(path, bad);
    const damaged = new StateFile(path);
    await assert.rejects(() => damaged.read(), { code: 'ERR_SAVED_STATE' }, bad);
    assert.equal(readFileSync(path, 'utf8'), bad, 'reading changes nothing');
    damaged.write(state);
    assert.equal(
      readFileSync(`${path}.damaged`, 'utf8'),
      bad,
      'the replaced file is renamed, as somebody may need it',
    );
    assert.deepEqual(await new StateFile(path).read(), state);
  }
});
