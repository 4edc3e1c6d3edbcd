import { destinationKeyText, serviceKeyText } from '../../../protocol/ipvs/index.ts';
import type { Plan } from './plan.ts';

/** Since when a destination drains. */
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
   * `now` gives milliseconds that only grow. `drains` are those that a ledger had before, on the same clock; what lies in
   * the future begins now.
   */
  constructor(now: () => number = () => performance.now(), drains: readonly Drain[] = []) {
    this.#now = now;
    const latest = now();
    this.#drains = new Map(
      drains.map((drain) => [entry(drain), { ...drain, since: Math.min(drain.since, latest) }]),
    );
  }

  /** How many destinations drain. */
  get size(): number {
    return this.#drains.size;
  }

  /** What drains, for a ledger that goes on with it. */
  get drains(): readonly Drain[] {
    return [...this.#drains.values()];
  }

  /** Milliseconds since a destination began to drain; for `PlanOptions.draining.elapsed`. */
  readonly elapsed = (service: string, destination: string): number | undefined => {
    const drain = this.#drains.get(entry({ service, destination }));
    return drain === undefined ? undefined : this.#now() - drain.since;
  };

  /**
   * Takes note of what a plan is about to do, and forgets nothing: whoever stores the drains before the plan is carried
   * out loses none of them, wherever it is interrupted. One that ends as its destination is wanted again begins anew.
   */
  begin({ draining, operations }: Pick<Plan, 'draining' | 'operations'>): void {
    const since = this.#now();
    const drains = new Map(this.#drains);
    for (const operation of drains.size === 0 ? [] : operations) {
      if (operation.do !== 'update-destination') continue;
      const service = serviceKeyText(operation.service);
      const drain = { service, destination: destinationKeyText(operation.destination), since };
      if (drains.has(entry(drain))) drains.set(entry(drain), drain);
    }
    for (const { service, destination } of draining) {
      const key = entry({ service, destination });
      drains.set(key, this.#drains.get(key) ?? { service, destination, since });
    }
    this.#drains = drains;
  }

  /** Notes the destinations that have begun to drain, and forgets those that no longer do. */
  record(plan: Pick<Plan, 'draining'>): void {
    const since = this.#now();
    this.#drains = new Map(
      plan.draining.map(({ service, destination }) => {
        const key = entry({ service, destination });
        return [key, this.#drains.get(key) ?? { service, destination, since }];
      }),
    );
  }
}

function entry({ service, destination }: Pick<Drain, 'service' | 'destination'>): string {
  return `${destination} of ${service}`;
}
