import assert from 'node:assert/strict';
import { isForeign, serviceOf, type TableContents } from './desired.ts';

/** A table that was read. */
export interface ObservedTable {
  readonly table: TableContents;
  /** Destinations without connections, which are removed without waiting for the end of their drain. */
  readonly withoutConnections: ReadonlySet<string>;
}

export interface TableCheckerOptions {
  /** Reads the table. */
  readonly read: () => ObservedTable;
  /** The clock by which destinations drain, in milliseconds. */
  readonly now: () => number;
  /** When the reconciler planned what it does now: the time of a drain begins then. Default: now. */
  readonly planned?: (() => number) | undefined;
  /** How long destinations drain, in milliseconds. */
  readonly grace: number;
  /** How inexactly the time of a drain is measured, in milliseconds. Default: 0. */
  readonly tolerance?: number | undefined;
}

/** A drain, as the changes of the table show it. */
interface Drain {
  /** When the weight became 0. */
  since: number;
  /** The latest start from which the reconciler may count: later than `since` if it has lost its saved state. */
  latestStart: number;
  /**
   * Whether a later state has the destination. The reconciler has then planned to end the drain, and if it was killed
   * before it did, and the destination is undesired again, a new drain begins with the weight still 0.
   */
  mayBeginAgain: boolean;
}

/**
 * Reads a table after each change, or periodically, and fails if the reconciler has made a change that is not allowed.
 */
export class TableChecker {
  readonly #options: TableCheckerOptions;
  #observed: ObservedTable = { table: new Map(), withoutConnections: new Set() };
  #foreign = new Map<string, string>();
  readonly #drains = new Map<string, Drain>();
  /** Destinations that another writer has changed while they drained, or after. */
  readonly #changedByOther = new Set<string>();
  /** Destinations that have drained at any time. */
  readonly #everDrained = new Set<string>();
  /** Destinations that have drained more than once. */
  readonly #drainedAgain = new Set<string>();
  /** Whether the changes are those of another writer. */
  #isOtherWriter = false;
  /** States of the source that the reconciler may still be following. */
  allowedStates: TableContents[] = [];
  /** Number of checks that found a change by the reconciler. */
  writes = 0;
  /** The first failure; not thrown at once, as the reconciler, which may be the caller, could catch it. */
  failure: Error | undefined;

  constructor(options: TableCheckerOptions) {
    this.#options = options;
  }

  /** Starts over after a change to all of the table that is not by the reconciler, as when the module is unloaded. */
  reset(): void {
    this.#drains.clear();
    this.#foreign.clear();
    this.#observed = this.#options.read();
  }

  /** Makes a change as another writer. */
  asOtherWriter(change: () => void): void {
    this.check();
    this.#isOtherWriter = true;
    try {
      change();
      this.check();
    } finally {
      this.#isOtherWriter = false;
    }
  }

  /**
   * Called when the reconciler has started without its latest state file: its drains may begin again, and those of
   * destinations that have drained before may end at any time.
   */
  savedStateLost(): void {
    for (const [name, drain] of this.#drains) {
      drain.latestStart = this.#options.now();
      if (this.#drainedAgain.has(name)) drain.since = Number.NEGATIVE_INFINITY;
    }
  }

  /** Adds states that the reconciler may follow from now on. */
  allow(...states: readonly TableContents[]): void {
    this.allowedStates.push(...states);
    for (const [name, drain] of this.#drains)
      if (states.some((state) => state.has(name))) drain.mayBeginAgain = true;
  }

  /** Returns the time at which the last drain has ended, if no further one begins. */
  lastEnd(): number {
    const { now, grace } = this.#options;
    for (const drain of this.#drains.values()) {
      if (drain.mayBeginAgain) drain.latestStart = now();
      drain.mayBeginAgain = false;
    }
    return Math.max(now(), ...[...this.#drains.values()].map(({ latestStart }) => latestStart + grace + 1));
  }

  /** Why the table is not the desired one, apart from destinations that drain. */
  difference(desired: TableContents): string | undefined {
    const { table } = this.#observed;
    for (const [name, value] of desired)
      if (table.get(name) !== value) return `${name} is ${table.get(name)}, desired ${value}`;
    const { now, grace, tolerance = 0 } = this.#options;
    for (const [name, value] of table) {
      if (isForeign(name) || desired.has(name)) continue;
      const service = serviceOf(name);
      if (service === undefined) {
        const isDraining = [...table.keys()].some((one) => serviceOf(one) === name && !desired.has(one));
        if (!isDraining) return `${name} is still there`;
      } else {
        const drain = this.#drains.get(name);
        if (drain === undefined || value !== '0')
          return `${name} has the weight ${value}, and is not desired`;
        if (!drain.mayBeginAgain && now() >= drain.latestStart + grace + tolerance)
          return `${name} drains beyond its time`;
      }
    }
    return undefined;
  }

  /** Number of drains that lasted for their full time. */
  drained = 0;

  throwIfFailed(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Reads the table, and checks what has changed. */
  check(): void {
    const before = this.#observed;
    this.#observed = this.#options.read();
    const { table } = this.#observed;
    let changed = false;
    try {
      for (const name of new Set([...before.table.keys(), ...table.keys()])) {
        const value = table.get(name);
        if (before.table.get(name) === value) continue;
        changed = true;
        if (this.#isOtherWriter) this.#recordOtherChange(name, value);
        else this.#checkReconcilerChange(name, before, value);
      }
    } catch (error) {
      this.failure ??= error as Error;
    }
    if (changed && !this.#isOtherWriter) this.writes++;
  }

  #recordOtherChange(name: string, value: string | undefined): void {
    if (isForeign(name)) {
      if (value === undefined) this.#foreign.delete(name);
      else this.#foreign.set(name, value);
      return;
    }
    if (serviceOf(name) === undefined) return;
    if (this.#everDrained.has(name)) this.#changedByOther.add(name);
    // What has a weight again has to drain again, for its full time.
    if (value !== '0') this.#drains.delete(name);
  }

  #checkReconcilerChange(name: string, before: ObservedTable, value: string | undefined): void {
    const what = `${name}: ${before.table.get(name)} becomes ${value}`;
    assert.ok(!isForeign(name), `what is not ours is changed: ${what}`);
    const isDesired = this.allowedStates.some((state) => state.get(name) === value);
    if (serviceOf(name) === undefined) {
      assert.ok(isDesired, `no allowed state has this value: ${what}`);
      return;
    }
    if (value !== undefined && value !== '0') {
      assert.ok(isDesired, `no allowed state has this value: ${what}`);
      this.#drains.delete(name);
      this.#changedByOther.delete(name);
      return;
    }
    const isUndesired = this.allowedStates.some((state) => !state.has(name));
    assert.ok(isUndesired, `every allowed state has it: ${what}`);
    const { now, planned = now, grace, tolerance = 0 } = this.#options;
    const drain = this.#drains.get(name);
    if (value === '0') {
      if (drain === undefined) {
        this.#drains.set(name, { since: planned(), latestStart: now(), mayBeginAgain: false });
        if (this.#everDrained.has(name)) this.#drainedAgain.add(name);
      }
      this.#everDrained.add(name);
      return;
    }
    if (!this.#changedByOther.has(name) && !before.withoutConnections.has(name)) {
      assert.ok(drain !== undefined, `removed without a drain: ${what}`);
      const lasted = now() - drain.since;
      assert.ok(lasted >= grace - tolerance, `drained for ${lasted} ms: ${what}`);
      this.drained++;
    }
    this.#drains.delete(name);
    this.#changedByOther.delete(name);
  }
}
