import { destinationKeyText, serviceKeyText } from '../../../protocol/ipvs/index.ts';
import type { Plan } from './plan.ts';

/** A destination that drains, and when that began. */
export interface Drain {
  /** The service, as `serviceKeyText` writes it. */
  readonly service: string;
  /** The destination, as `destinationKeyText` writes it. */
  readonly destination: string;
  /** On the clock of the ledger, in milliseconds. */
  readonly since: number;
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
      drains.map((drain) => [keyOf(drain), { ...drain, since: Math.min(drain.since, latest) }]),
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
    return drain === undefined ? undefined : this.#now() - drain.since;
  };

  /**
   * Records the destinations that a plan is about to drain, and keeps all others. Drains that are stored before the plan
   * is carried out are therefore complete wherever it is interrupted. A drain that the plan ends, because its destination
   * is desired again, is kept as one that begins now.
   */
  begin({ draining, operations }: Pick<Plan, 'draining' | 'operations'>): void {
    const since = this.#now();
    const drains = new Map(this.#drains);
    for (const operation of drains.size === 0 ? [] : operations) {
      if (operation.do !== 'update-destination') continue;
      const service = serviceKeyText(operation.service);
      const drain = { service, destination: destinationKeyText(operation.destination), since };
      if (drains.has(keyOf(drain))) drains.set(keyOf(drain), drain);
    }
    for (const { service, destination } of draining) {
      const key = keyOf({ service, destination });
      drains.set(key, this.#drains.get(key) ?? { service, destination, since });
    }
    this.#drains = drains;
  }

  /** Records the destinations that drain after a plan was carried out, and forgets all others. */
  record(plan: Pick<Plan, 'draining'>): void {
    const since = this.#now();
    this.#drains = new Map(
      plan.draining.map(({ service, destination }) => {
        const key = keyOf({ service, destination });
        return [key, this.#drains.get(key) ?? { service, destination, since }];
      }),
    );
  }
}

function keyOf({ service, destination }: Pick<Drain, 'service' | 'destination'>): string {
  return `${destination} of ${service}`;
}
