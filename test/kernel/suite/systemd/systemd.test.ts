import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type DesiredState, IpvsSync } from '../../../../lib/index.ts';
import { addNamespace, deleteNamespace } from '../namespace.ts';
import { SystemdContainer, until } from './systemd-container.ts';

const name = 'systemd-suite';
const project = join(import.meta.dirname, '../../../../..');
const launcher = join(project, 'dist/lib/cli/launcher.cjs');
const UNIT = 'ipvs-reconcile.service';
const UNITS = '/etc/systemd/system';
const DROP_IN = `${UNITS}/${UNIT}.d/suite.conf`;
const SETTINGS = '/etc/default/ipvs-reconcile';
const SOURCE = '/etc/ipvs/desired.yaml';
const COMMAND = '/usr/local/bin/ipvs';
/** CAP_NET_ADMIN as /proc/PID/status has it. */
const NET_ADMIN = '0000000000001000';

const service = { protocol: 'tcp', address: '203.0.113.1', port: 80, scheduler: 'rr' } as const;
const destination = { address: '203.0.113.7', port: 8080, forwarding: 'masq', weight: 3 } as const;
const desired: DesiredState = { services: [{ ...service, destinations: [destination] }] };

describe('the unit under systemd', () => {
  let container: SystemdContainer;

  before(async () => {
    addNamespace(name);
    // As npm installs it.
    chmodSync(launcher, 0o755);
    mkdirSync('/usr/local/bin', { recursive: true });
    symlinkSync(launcher, COMMAND);
    for (const folder of [dirname(DROP_IN), '/etc/default', '/etc/ipvs'])
      mkdirSync(folder, { recursive: true });
    copyFileSync(join(project, 'lib/cli', UNIT), join(UNITS, UNIT));
    // So that changes of the table by others go unnoticed until a start or reload.
    writeFileSync(SETTINGS, 'OPTIONS=--period 3600\n');
    writeFileSync(SOURCE, JSON.stringify(desired));
    container = await SystemdContainer.boot(name);
  });

  after(async () => {
    await container.kill();
    for (const path of [COMMAND, `${UNITS}/${UNIT}`, SETTINGS]) rmSync(path, { force: true });
    for (const folder of [dirname(DROP_IN), '/etc/ipvs', '/var/lib/private', '/var/lib/ipvs'])
      rmSync(folder, { recursive: true, force: true });
    deleteNamespace(name);
  });

  const property = (what: string): string => container.property(UNIT, what);
  const messages = (): string[] => container.journal(UNIT).map(({ MESSAGE }) => MESSAGE!);
  const client = (namespace = `/run/netns/${name}`): IpvsSync => IpvsSync.open({ netns: namespace });

  function differences(table: DesiredState = desired, namespace?: string): number {
    using ipvs = client(namespace);
    return ipvs.plan(table, { allowRemoval: 'any' }).operations.length;
  }

  const isDesired = (): true | undefined => (differences() === 0 ? true : undefined);

  function removeService(): void {
    using ipvs = client();
    ipvs.deleteService(service);
  }

  /** Changes the unit as `systemctl edit` does. */
  function edit(...lines: readonly string[]): void {
    writeFileSync(DROP_IN, ['[Service]', ...lines, ''].join('\n'));
    container.run('systemctl', 'daemon-reload');
  }

  it('has no error for systemd-analyze, and a low exposure', () => {
    assert.equal(container.tryRun('systemd-analyze', 'verify', '--man=no', `${UNITS}/${UNIT}`), '');
    // In tenths: only a unit without access to the internet, or without the machine's network, has a lower exposure.
    container.run('systemd-analyze', 'security', '--no-pager', '--offline=true', '--threshold=20', UNIT);
  });

  it('is ready when the table is in the desired state, with one capability and no more', () => {
    container.run('systemctl', 'start', UNIT);
    assert.equal(differences(), 0);
    assert.equal(property('StatusText'), '1 service matches the desired state');
    const status = container.run('cat', `/proc/${property('MainPID')}/status`);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
      assert.match(status, new RegExp(`^Cap${set}:\t${NET_ADMIN}$`, 'm'));
    assert.match(status, /^NoNewPrivs:\t1\nSeccomp:\t2$/m);
    assert.match(status, /^Uid:\t[1-9]/m);
    const line = container.journal(UNIT).find(({ MESSAGE }) => MESSAGE?.startsWith('a desired state'));
    assert.equal(line?.SYSLOG_IDENTIFIER, 'ipvs-reconcile');
    assert.equal(line.PRIORITY, '6');
  });

  it('reads the table anew at a reload', async () => {
    removeService();
    container.run('systemctl', 'reload', UNIT);
    await until('the service that was removed', isDesired);
    assert.equal(
      await until('the end of the reload', () => (property('SubState') === 'running' ? 'done' : undefined)),
      'done',
    );
    assert.equal(property('NRestarts'), '0');
    // A reload also ends with an error, and with a state that removes every service, which waits until it is confirmed.
    for (const text of ['services: [', 'services: []', JSON.stringify(desired)]) {
      writeFileSync(SOURCE, text);
      container.run('systemctl', 'reload', UNIT);
      assert.equal(differences(), 0);
    }
  });

  it('leaves the table when it stops, and starts from its state file when the source is gone', () => {
    container.run('systemctl', 'stop', UNIT);
    assert.equal(property('Result'), 'success');
    assert.equal(property('ExecMainStatus'), '0');
    assert.equal(differences(), 0);
    removeService();
    renameSync(SOURCE, `${SOURCE}.gone`);
    container.run('systemctl', 'start', UNIT);
    assert.equal(differences(), 0);
    assert.match(property('StatusText'), /^1 service matches the desired state; source: .*desired\.yaml/);
    assert.ok(messages().some((message) => message.startsWith('continuing with the last good state')));
  });

  it('is started again by the watchdog when it hangs, in another namespace, with its sysctls', async () => {
    renameSync(`${SOURCE}.gone`, SOURCE);
    container.run('systemctl', 'stop', UNIT);
    const blue = container.file('/run/netns/blue');
    container.run('ip', 'netns', 'add', 'blue');
    container.run('ip', 'netns', 'exec', 'blue', 'ip', 'link', 'set', 'lo', 'up');
    const more: DesiredState = { ...desired, sysctls: { expire_nodest_conn: 1 } };
    writeFileSync(SOURCE, JSON.stringify(more));
    edit('NetworkNamespacePath=/run/netns/blue', 'ProtectKernelTunables=no', 'WatchdogSec=10');
    removeService();
    container.run('systemctl', 'start', UNIT);
    assert.equal(differences(more, blue), 0);
    // The namespace of the container, in which the service ran before, is unchanged.
    assert.notEqual(differences(), 0);
    const path = '/proc/sys/net/ipv4/vs/expire_nodest_conn';
    assert.equal(container.run('ip', 'netns', 'exec', 'blue', 'cat', path), '1\n');
    const hung = property('MainPID');
    container.run('kill', '-STOP', hung);
    await until('a new process', () => {
      const found = property('MainPID');
      return found !== hung && found !== '0' && property('SubState') === 'running' ? found : undefined;
    });
    assert.ok(messages().some((message) => message.includes('Watchdog timeout')));
    assert.equal(differences(more, blue), 0);
    container.run('systemctl', 'stop', UNIT);
  });
});
