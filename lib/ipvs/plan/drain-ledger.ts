import type { Plan } from './plan.ts';

/** Remembers when destinations began to drain, from one plan to the next. */
export class DrainLedger {
  readonly #now: () => number;
  #since = new Map<string, number>();

  /** `now` gives milliseconds that only grow. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How many destinations drain. */
  get size(): number {
    return this.#since.size;
  }

  /** Milliseconds since a destination began to drain; for `PlanOptions.draining.elapsed`. */
  readonly elapsed = (service: string, destination: string): number | undefined => {
    const since = this.#since.get(entry(service, destination));
    return since === undefined ? undefined : this.#now() - since;
  };

  /** Notes the destinations that have begun to drain, and forgets those that no longer do. */
  record(plan: Pick<Plan, 'draining'>): void {
    const now = this.#now();
    this.#since = new Map(
      plan.draining.map(({ service, destination }) => {
        const key = entry(service, destination);
        return [key, this.#since.get(key) ?? now];
      }),
    );
  }
}

function entry(service: string, destination: string): string {
  return `${destination} of ${service}`;
}
