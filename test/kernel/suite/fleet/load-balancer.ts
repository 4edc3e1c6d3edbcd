import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { type DesiredState, Ipvs } from '../../../../lib/index.ts';
import { run, runIn } from '../namespace.ts';
import { ETCD_ADDRESS, type EtcdServer } from './etcd-server.ts';

/** The prefix of the keys in etcd from which `ipvs reconcile` takes the desired state. */
export const PREFIX = '/ipvs/edge/';
const BRIDGE = 'fleet';
const launcher = join(import.meta.dirname, '../../../../lib/cli/launcher.cjs');
/** The longest wait for anything in an emulated guest, in milliseconds. */
const MAXIMUM_WAIT = 900_000;

/** A line of the log of `ipvs reconcile`. */
interface LogEntry {
  readonly time: string;
  readonly event: string;
  readonly message: string;
}

/** Makes the bridge to which all load balancers and etcd are attached. */
export function addBridge(): void {
  run('modprobe', '-a', 'ip_vs', 'bridge', 'veth');
  run('ip', 'link', 'set', 'lo', 'up');
  run('ip', 'link', 'add', BRIDGE, 'type', 'bridge');
  run('ip', 'address', 'add', `${ETCD_ADDRESS}/24`, 'dev', BRIDGE);
  run('ip', 'link', 'set', BRIDGE, 'up');
}

export function deleteBridge(): void {
  run('ip', 'link', 'delete', BRIDGE);
}

/** A network namespace attached to the bridge with an `ipvs reconcile` of its own. */
export class LoadBalancer {
  readonly name: string;
  readonly #etcd: EtcdServer;
  readonly #period: number;
  #process: ChildProcess | undefined;
  #log: LogEntry[] = [];

  /** It reads its table every `period` seconds. */
  constructor(number: number, etcd: EtcdServer, period: number) {
    this.name = `fleet-${number}`;
    this.#etcd = etcd;
    this.#period = period;
    run('ip', 'netns', 'add', this.name);
    run('ip', 'link', 'add', this.name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.name);
    run('ip', 'link', 'set', this.name, 'master', BRIDGE, 'up');
    for (const command of ['link set lo up', 'link set eth0 up', `address add 192.0.2.${number}/24 dev eth0`])
      runIn(this.name, 'ip', ...command.split(' '));
  }

  /** Starts `ipvs reconcile`. Nobody has the address of the first endpoint. */
  start(): void {
    const options = {
      endpoints: `https://192.0.2.253:2379,https://${ETCD_ADDRESS}:2379`,
      cacert: this.#etcd.file('ca.pem'),
      cert: this.#etcd.file('client.pem'),
      key: this.#etcd.file('client.key'),
      user: 'edge',
      'password-file': this.#etcd.file('edge'),
      state: this.#etcd.file(`${this.name}.json`),
      period: String(this.#period),
      log: 'json',
    };
    const optionArgs = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const command = ['netns', 'exec', this.name, process.execPath, launcher, 'reconcile'];
    const child = spawn('ip', [...command, `etcd:${PREFIX}`, ...optionArgs], {
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    this.#log = [];
    createInterface(child.stderr).on('line', (line) => {
      this.#log.push(line.startsWith('{') ? JSON.parse(line) : { time: '', event: 'text', message: line });
    });
    this.#process = child;
  }

  /** Sends a signal, waits until the process has ended, and returns its status. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return null;
    child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  }

  /** Takes it off the bridge, or puts it back. */
  setConnected(connected: boolean): void {
    run('ip', 'link', 'set', this.name, connected ? 'up' : 'down');
  }

  /** Waits until the log has an entry with this event that was written at or after `since`, and returns it. */
  async awaitLogEntry(event: string, since: number): Promise<LogEntry> {
    const matches = (entry: LogEntry): boolean => entry.event === event && Date.parse(entry.time) >= since;
    return await this.#until(event, async () => this.#log.find(matches));
  }

  /** Waits until the table is as desired, and returns the milliseconds from `since` until the log says so. */
  async timeToApply(desired: DesiredState, since: number): Promise<number> {
    const last = (): LogEntry | undefined =>
      this.#log.findLast(({ event, time }) => event === 'applied' && Date.parse(time) >= since);
    const { time } = await this.#until('the desired table', async () => {
      const entry = last();
      return entry !== undefined && (await this.differences(desired)) === 0 ? entry : undefined;
    });
    return Date.parse(time) - since;
  }

  /** In how many operations its table differs from a desired one. */
  async differences(desired: DesiredState): Promise<number> {
    await using ipvs = await Ipvs.open({ netns: `/run/netns/${this.name}` });
    return (await ipvs.plan(desired, { allowRemoval: 'any' })).operations.length;
  }

  /** Deletes a service by another client, and waits until `ipvs reconcile` has added it again. */
  async assertRepairs(desired: DesiredState): Promise<void> {
    await using ipvs = await Ipvs.open({ netns: `/run/netns/${this.name}` });
    await ipvs.deleteService(desired.services[0]!);
    await this.#until('the service that was removed', async () =>
      (await this.differences(desired)) === 0 ? true : undefined,
    );
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL');
    run('ip', 'netns', 'delete', this.name);
  }

  async #until<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
    for (const limit = Date.now() + MAXIMUM_WAIT; ; await setTimeout(300)) {
      const found = await look();
      if (found !== undefined) return found;
      const log = this.#log.slice(-10).map(({ time, event, message }) => `${time} ${event} ${message}`);
      assert.ok(Date.now() < limit, `${this.name}: timed out waiting for ${what}\n${log.join('\n')}`);
    }
  }
}
