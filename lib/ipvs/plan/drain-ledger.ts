import { destinationKeyText, serviceKeyText } from '../../../protocol/ipvs/index.ts';
import type { Plan } from './plan.ts';

/** A destination that drains, and when that began. */
export interface Drain {
  /** The service, as `serviceKeyText` writes it. */
  readonly service: string;
  /** The destination, as `destinationKeyText` writes it. */
  readonly destination: string;
  /** On the clock of the ledger, in milliseconds; undefined where the drain was to be ended, and would begin anew. */
  readonly since?: number | undefined;
}

/** Remembers when destinations began to drain, from one plan to the next. */
export class DrainLedger {
  readonly #now: () => number;
  #drains: ReadonlyMap<string, Drain>;

  /**
   * `now` returns the time of a monotonic clock, in milliseconds. `drains` are those of an earlier ledger with the same
   * clock; one that began in the future begins now.
   */
  constructor(now: () => number = () => performance.now(), drains: readonly Drain[] = []) {
    this.#now = now;
    const latest = now();
    this.#drains = new Map(
      drains.map(({ since, ...drain }) => [
        keyOf(drain),
        since === undefined ? drain : { ...drain, since: Math.min(since, latest) },
      ]),
    );
  }

  /** How many destinations drain. */
  get size(): number {
    return this.#drains.size;
  }

  /** The destinations that drain, to construct a later ledger with. */
  get drains(): readonly Drain[] {
    return [...this.#drains.values()];
  }

  /** Milliseconds since a destination began to drain; for `PlanOptions.draining.elapsed`. */
  readonly elapsed = (service: string, destination: string): number | undefined => {
    const drain = this.#drains.get(keyOf({ service, destination }));
    if (drain === undefined) return undefined;
    return drain.since === undefined ? 0 : this.#now() - drain.since;
  };

  /**
   * Records the destinations that a plan is about to drain, and keeps all others. Drains that are stored before the plan
   * is carried out are therefore complete wherever it is interrupted. A drain that the plan ends, because its destination
   * is desired again, is kept as one that begins when it has to drain again.
   */
  begin({ draining, operations }: Pick<Plan, 'draining' | 'operations'>): void {
    const drains = new Map(this.#drains);
    for (const operation of drains.size === 0 ? [] : operations) {
      if (operation.do !== 'update-destination' && operation.do !== 'add-destination') continue;
      const service = serviceKeyText(operation.service);
      const drain = { service, destination: destinationKeyText(operation.destination) };
      const key = keyOf(drain);
      if (operation.do === 'add-destination') drains.delete(key);
      else if (drains.has(key)) drains.set(key, drain);
    }
    for (const drain of this.#of(draining)) drains.set(keyOf(drain), drain);
    this.#drains = drains;
  }

  /** Records the destinations that drain after a plan was carried out, and forgets all others. */
  record({ draining }: Pick<Plan, 'draining'>): void {
    this.#drains = new Map(this.#of(draining).map((drain) => [keyOf(drain), drain]));
  }

  /** The drains of a plan, those that have begun since then. */
  #of(draining: Plan['draining']): Drain[] {
    const now = this.#now();
    return draining.map(({ service, destination }) => {
      const { since = now } = this.#drains.get(keyOf({ service, destination })) ?? {};
      return { service, destination, since };
    });
  }
}

function keyOf({ service, destination }: Pick<Drain, 'service' | 'destination'>): string {
  return `${destination} of ${service}`;
}
