import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { run } from '../namespace.ts';

const CONTROL_GROUPS = '/sys/fs/cgroup';
/** The longest wait for anything in an emulated guest, in milliseconds. */
const MAXIMUM_WAIT = 600_000;

/** Starts systemd as the first process in PID, mount and cgroup namespaces of its own. */
const BOOT = `
mount -t cgroup2 cgroup2 ${CONTROL_GROUPS}
mkdir -p ${CONTROL_GROUPS}/$0
echo $$ > ${CONTROL_GROUPS}/$0/cgroup.procs
exec unshare --pid --mount --cgroup --fork --kill-child bash -ec '
umount ${CONTROL_GROUPS}
mount -t cgroup2 cgroup2 ${CONTROL_GROUPS}
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
# As systemd does outside of containers: what it mounts for a service is seen by the service.
mount --make-rshared /
exec env container=lab /lib/systemd/systemd --unit=multi-user.target --log-target=journal --show-status=no
'
`;

/** A real systemd in a network namespace: processes and /run are its own, all other files the guest's. */
export class SystemdContainer {
  readonly #process: ChildProcess;
  /** The process id of its first process in the guest. */
  readonly #pid: string;

  private constructor(process: ChildProcess, pid: string) {
    this.#process = process;
    this.#pid = pid;
  }

  /** Starts systemd, and waits until it has started all units. */
  static async boot(namespace: string): Promise<SystemdContainer> {
    // Without a machine id systemd takes this for the first boot, and enables units by its presets.
    writeFileSync('/etc/machine-id', `${'0123456789abcdef'.repeat(2)}\n`);
    const args = ['netns', 'exec', namespace, 'bash', '-ec', BOOT, namespace];
    const child = spawn('ip', args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const pid = await until('systemd', () => {
      if (child.exitCode !== null) throw new Error(`systemd was not started: ${child.exitCode}`);
      const [first] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
      return first !== '' && readFileSync(`/proc/${first}/comm`, 'utf8') === 'systemd\n' ? first : undefined;
    });
    const container = new SystemdContainer(child, pid);
    await until('systemd to start all units', () => {
      const state = container.tryRun('systemctl', 'is-system-running').trim();
      return state === 'running' || state === 'degraded' ? true : undefined;
    });
    return container;
  }

  /** The path in the guest of one of its files. */
  file(path: string): string {
    return `/proc/${this.#pid}/root${path}`;
  }

  /** Runs a program there, and returns what it prints. */
  run(command: string, ...args: readonly string[]): string {
    return run('nsenter', '-t', this.#pid, '-m', '-p', '-C', '-n', command, ...args);
  }

  /** Does the same, but may fail, and returns standard error, too. */
  tryRun(command: string, ...args: readonly string[]): string {
    return this.run('bash', '-c', '"$@" 2>&1 || true', 'bash', command, ...args);
  }

  /** A property of a unit. */
  property(unit: string, name: string): string {
    return this.run('systemctl', 'show', '-P', name, unit).trim();
  }

  /** The entries that the journal has of a unit. */
  journal(unit: string): readonly Readonly<Record<string, string>>[] {
    const lines = this.run('journalctl', '--no-pager', '-o', 'json', '-u', unit).trim().split('\n');
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }

  /** Kills systemd and all that it runs. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      await once(this.#process, 'exit');
  }
}

/** Calls `look` until it returns something; throws when that takes too long. */
export async function until<Found>(what: string, look: () => Found | undefined): Promise<Found> {
  for (const limit = Date.now() + MAXIMUM_WAIT; ; await setTimeout(200)) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > limit) throw new Error(`timed out waiting for ${what}`);
  }
}
