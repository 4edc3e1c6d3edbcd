import assert from 'node:assert/strict';
import { type Desired, isForeign, serviceOf } from './desired.ts';

/** A table as somebody sees it. */
export interface Seen {
  readonly table: Desired;
  /** Destinations without any connection, for which no drain waits. */
  readonly idle: ReadonlySet<string>;
}

export interface WitnessOptions {
  /** Reads the table. */
  readonly read: () => Seen;
  /** The clock by which destinations drain, in milliseconds. */
  readonly now: () => number;
  /** When the service planned what it does now: the time of a drain begins then. Default: now. */
  readonly planned?: (() => number) | undefined;
  /** How long destinations drain, in milliseconds. */
  readonly grace: number;
  /** By how much the time of a drain may be misjudged. Default: 0. */
  readonly slack?: number | undefined;
}

/** A drain as the kernel's side sees it. */
interface Drain {
  /** When the weight became 0. */
  since: number;
  /** From when on its time may count: later than `since` where the service has lost what it knew. */
  latest: number;
}

/** Looks at a table after every change, or again and again, and fails where the service has done what it must not. */
export class Witness {
  readonly #options: WitnessOptions;
  #seen: Seen = { table: new Map(), idle: new Set() };
  #foreign = new Map<string, string>();
  readonly #drains = new Map<string, Drain>();
  /** Destinations that another writer has changed while they drained, or after. */
  readonly #disturbed = new Set<string>();
  /** Destinations that have drained at any time. */
  readonly #drained = new Set<string>();
  /** Those that have done so more than once. */
  readonly #repeated = new Set<string>();
  #isOther = false;
  /** What the source has had, as far as it may still be in force. */
  legitimate: Desired[] = [];
  /** Looks that found a change by the service. */
  writes = 0;
  /** What went wrong; a service that is in between may swallow what is thrown. */
  failure: Error | undefined;

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** What the service does not know of has happened to all of the table. */
  reset(): void {
    this.#drains.clear();
    this.#foreign.clear();
    this.#seen = this.#options.read();
  }

  /** Does what another writer does. */
  other(change: () => void): void {
    this.look();
    this.#isOther = true;
    try {
      change();
      this.look();
    } finally {
      this.#isOther = false;
    }
  }

  /**
   * The service has started with less than it knew, or with what it knew long ago: what drains may begin anew, and what has
   * drained before may do so no longer.
   */
  forget(): void {
    for (const [name, drain] of this.#drains) {
      drain.latest = this.#options.now();
      if (this.#repeated.has(name)) drain.since = Number.NEGATIVE_INFINITY;
    }
  }

  /** The first time at which nothing drains any more. */
  get end(): number {
    const { now, grace } = this.#options;
    return Math.max(now(), ...[...this.#drains.values()].map(({ latest }) => latest + grace + 1));
  }

  /** Why the table is not the desired one, destinations apart that drain. */
  difference(desired: Desired): string | undefined {
    const { table } = this.#seen;
    for (const [name, value] of desired)
      if (table.get(name) !== value) return `${name} is ${table.get(name)}, desired ${value}`;
    const { now, grace, slack = 0 } = this.#options;
    for (const [name, value] of table) {
      if (isForeign(name) || desired.has(name)) continue;
      const service = serviceOf(name);
      if (service === undefined) {
        const drains = [...table.keys()].some((one) => serviceOf(one) === name && !desired.has(one));
        if (!drains) return `${name} is still there`;
      } else {
        const drain = this.#drains.get(name);
        if (drain === undefined || value !== '0')
          return `${name} has the weight ${value}, and is not desired`;
        if (now() >= drain.latest + grace + slack) return `${name} drains beyond its time`;
      }
    }
    return undefined;
  }

  /** Drains that were seen to last their time. */
  drained = 0;

  throwIfFailed(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Looks at the table, and judges what has changed. */
  look(): void {
    const before = this.#seen;
    this.#seen = this.#options.read();
    const { table } = this.#seen;
    let changed = false;
    try {
      for (const name of new Set([...before.table.keys(), ...table.keys()])) {
        const value = table.get(name);
        if (before.table.get(name) === value) continue;
        changed = true;
        if (this.#isOther) this.#others(name, value);
        else this.#ours(name, before, value);
      }
    } catch (error) {
      this.failure ??= error as Error;
    }
    if (changed && !this.#isOther) this.writes++;
  }

  #others(name: string, value: string | undefined): void {
    if (isForeign(name)) {
      if (value === undefined) this.#foreign.delete(name);
      else this.#foreign.set(name, value);
      return;
    }
    if (serviceOf(name) === undefined) return;
    if (this.#drained.has(name)) this.#disturbed.add(name);
    // What has a weight again has to drain again, all of its time.
    if (value !== '0') this.#drains.delete(name);
  }

  #ours(name: string, before: Seen, value: string | undefined): void {
    const what = `${name}: ${before.table.get(name)} becomes ${value}`;
    assert.ok(!isForeign(name), `what is not ours is changed: ${what}`);
    const isDesired = this.legitimate.some((state) => state.get(name) === value);
    if (serviceOf(name) === undefined) {
      assert.ok(isDesired, `no state has it so: ${what}`);
      return;
    }
    if (value !== undefined && value !== '0') {
      assert.ok(isDesired, `no state has it so: ${what}`);
      this.#drains.delete(name);
      this.#disturbed.delete(name);
      return;
    }
    const isUndesired = this.legitimate.some((state) => !state.has(name));
    assert.ok(isUndesired, `every state has it: ${what}`);
    const { now, planned = now, grace, slack = 0 } = this.#options;
    const drain = this.#drains.get(name);
    if (value === '0') {
      if (drain === undefined) {
        this.#drains.set(name, { since: planned(), latest: now() });
        if (this.#drained.has(name)) this.#repeated.add(name);
      }
      this.#drained.add(name);
      return;
    }
    if (!this.#disturbed.has(name) && !before.idle.has(name)) {
      assert.ok(drain !== undefined, `removed without a drain: ${what}`);
      const lasted = now() - drain.since;
      assert.ok(lasted >= grace - slack, `drained for ${lasted} ms: ${what}`);
      this.drained++;
    }
    this.#drains.delete(name);
    this.#disturbed.delete(name);
  }
}
