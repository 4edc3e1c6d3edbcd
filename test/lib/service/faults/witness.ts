import assert from 'node:assert/strict';
import type { FakeKernel } from '../../../../lib/testing/index.ts';
import { destinationName, OUR_ADDRESS, serviceName, serviceOf, type Wanted } from './wanted.ts';

type Table = FakeKernel['state']['table'];

/** How long destinations drain, on the clock of the witness. */
export const GRACE = 10_000;
export const FOREIGN_ADDRESS = '10.9.0.1';

/** A drain as the kernel's side sees it. */
interface Drain {
  /** When the weight became 0. */
  readonly since: number;
  /** From when on its time may count: later than `since` where the service has lost what it knew. */
  latest: number;
}

/** Sees every change of a fake kernel's table, and fails where the service changes what it must not. */
export class Witness {
  readonly #kernel: FakeKernel;
  readonly #now: () => number;
  readonly #planned: () => number;
  /** By how much the time of a drain may be misjudged: nothing on a clock that service and witness share. */
  readonly #slack: number;
  #table: Wanted = new Map();
  #foreign = new Map<string, string>();
  readonly #drains = new Map<string, Drain>();
  /** Destinations that another writer has changed while they drained, or after. */
  readonly #disturbed = new Set<string>();
  /** Destinations that have drained at any time. */
  readonly #drained = new Set<string>();
  #isOther = false;
  /** What the source has had, as far as it may still be in force. */
  legitimate: Wanted[] = [];
  /** Changes by the service. */
  writes = 0;
  /** Called for each of them. */
  onWrite: () => void = () => undefined;
  /** What went wrong; a service that is in between may swallow what is thrown. */
  failure: Error | undefined;

  /** `planned` says when the service planned what it does now: the time of a drain begins then. */
  constructor(kernel: FakeKernel, now: () => number, planned: () => number = now, slack = 0) {
    this.#kernel = kernel;
    this.#now = now;
    this.#planned = planned;
    this.#slack = slack;
    this.watch();
  }

  /** Watches the table that the kernel has now: unloading the module gives it another one. */
  watch(): void {
    const { table } = this.#kernel.state;
    let { generation } = table;
    Object.defineProperty(table, 'generation', {
      get: () => generation,
      set: (next: number) => {
        generation = next;
        this.#changed(table);
      },
    });
    this.#drains.clear();
    this.#foreign.clear();
    this.#table = tableOf(table);
  }

  /** Does what another writer does. */
  other(change: (state: FakeKernel['state']) => void): void {
    this.#isOther = true;
    try {
      change(this.#kernel.state);
    } finally {
      this.#isOther = false;
    }
  }

  /** The service has started with less than it knew: what drains may begin anew. */
  forget(): void {
    for (const drain of this.#drains.values()) drain.latest = this.#now();
  }

  /** The first time at which nothing drains any more. */
  get end(): number {
    return Math.max(this.#now(), ...[...this.#drains.values()].map(({ latest }) => latest + GRACE + 1));
  }

  /** Why the table is not the wanted one, destinations apart that drain. */
  difference(wanted: Wanted): string | undefined {
    for (const [name, value] of wanted)
      if (this.#table.get(name) !== value) return `${name} is ${this.#table.get(name)}, wanted ${value}`;
    const now = this.#now();
    for (const [name, value] of this.#table) {
      if (isForeign(name) || wanted.has(name)) continue;
      const service = serviceOf(name);
      if (service === undefined) {
        const drains = [...this.#table.keys()].some((one) => serviceOf(one) === name && !wanted.has(one));
        if (!drains) return `${name} is still there`;
      } else {
        const drain = this.#drains.get(name);
        if (drain === undefined || value !== '0') return `${name} has the weight ${value}, and is not wanted`;
        if (now >= drain.latest + GRACE + this.#slack) return `${name} drains beyond its time`;
      }
    }
    return undefined;
  }

  throwIfFailed(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  #changed(table: Table): void {
    if (table !== this.#kernel.state.table) return;
    const before = this.#table;
    const after = tableOf(table);
    this.#table = after;
    const names = new Set([...before.keys(), ...after.keys()]);
    try {
      for (const name of names) {
        const value = after.get(name);
        if (before.get(name) === value) continue;
        if (this.#isOther) this.#others(name, value);
        else this.#ours(name, before.get(name), value, after);
      }
    } catch (error) {
      this.failure ??= error as Error;
    }
    if (this.#isOther) return;
    this.writes++;
    this.onWrite();
  }

  #others(name: string, value: string | undefined): void {
    if (isForeign(name)) {
      if (value === undefined) this.#foreign.delete(name);
      else this.#foreign.set(name, value);
      return;
    }
    if (serviceOf(name) === undefined) return;
    if (this.#drained.has(name)) this.#disturbed.add(name);
    if (value === undefined) this.#drains.delete(name);
  }

  #ours(name: string, before: string | undefined, value: string | undefined, after: Wanted): void {
    const what = `${name}: ${before} becomes ${value}`;
    assert.ok(!isForeign(name), `what is not ours is changed: ${what}`);
    const isWanted = this.legitimate.some((state) => state.get(name) === value);
    if (serviceOf(name) === undefined) {
      assert.ok(isWanted, `no state has it so: ${what}`);
      return;
    }
    if (value !== undefined && value !== '0') {
      assert.ok(isWanted, `no state has it so: ${what}`);
      this.#drains.delete(name);
      this.#disturbed.delete(name);
      return;
    }
    const isUnwanted = this.legitimate.some((state) => !state.has(name));
    assert.ok(isUnwanted, `every state has it: ${what}`);
    const now = this.#now();
    const drain = this.#drains.get(name);
    if (value === '0') {
      // The weight that another writer has set in between does not end a drain.
      if (drain === undefined) this.#drains.set(name, { since: this.#planned(), latest: now });
      this.#drained.add(name);
      return;
    }
    if (!this.#disturbed.has(name)) {
      assert.ok(
        drain !== undefined,
        `removed without a drain: ${what}, service ${after.has(serviceOf(name)!)}`,
      );
      const lasted = now - drain.since;
      assert.ok(lasted >= GRACE - this.#slack, `drained for ${lasted} ms: ${what}`);
    }
    this.#drains.delete(name);
    this.#disturbed.delete(name);
  }
}

function isForeign(name: string): boolean {
  return !name.startsWith(OUR_ADDRESS);
}

/** The table in words; destinations get connections, so that they drain for all of their time. */
function tableOf(table: Table): Wanted {
  const found = new Map<string, string>();
  for (const { address, port, settings, destinations } of table.rows.ordered()) {
    const service = serviceName(address.subarray(0, 4).join('.'), port);
    found.set(service, settings.scheduler);
    for (const destination of destinations.values()) {
      if (destination.connections.active === undefined) table.setConnections(destination, { active: 1 });
      found.set(destinationName(service, destination.address[3]!), String(destination.settings.weight));
    }
  }
  return found;
}
