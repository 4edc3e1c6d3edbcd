import { destinationKeyText, serviceKeyText } from '../../../protocol/ipvs/index.ts';
import type { Plan } from './plan.ts';

/** A draining destination and its start time. */
export interface Drain {
  /** Key of the service, as `serviceKeyText` formats it. */
  readonly service: string;
  /** Key of the destination, as `destinationKeyText` formats it. */
  readonly destination: string;
  /**
   * Start time on the clock of {@link DrainStartTimes}, in milliseconds; undefined if a plan has ended the drain, so
   * that a new drain of the destination starts from 0.
   */
  readonly since?: number | undefined;
}

/** Stores the start times of the drains in progress, from one plan to the next. */
export class DrainStartTimes {
  readonly #now: () => number;
  #drains: ReadonlyMap<string, Drain>;

  /**
   * `now` returns the time of a monotonic clock, in milliseconds. `drains` are those of an earlier object with the same
   * clock; start times in the future are replaced by the current time.
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

  /** Number of draining destinations. */
  get size(): number {
    return this.#drains.size;
  }

  /** The draining destinations, for the constructor of a later object. */
  get drains(): readonly Drain[] {
    return [...this.#drains.values()];
  }

  /**
   * Returns the time since a destination started to drain, in milliseconds; for
   * `PlanOptions.draining.elapsed`.
   */
  readonly elapsed = (service: string, destination: string): number | undefined => {
    const drain = this.#drains.get(keyOf({ service, destination }));
    if (drain === undefined) return undefined;
    return drain.since === undefined ? 0 : this.#now() - drain.since;
  };

  /**
   * Records the destinations that a plan is about to drain; all others stay recorded. If the drains are saved
   * before the plan is carried out, none is lost when it is interrupted. A drain that the plan ends, because
   * its destination is desired again, stays recorded without a start time. If the plan sets the weight
   * of a recorded destination to 0, its drain starts now, as the weight was not 0: the previous plan was not
   * carried out, or another program has changed the weight.
   */
  beforeApply({ draining, operations }: Pick<Plan, 'draining' | 'operations'>): void {
    const drains = new Map(this.#drains);
    for (const operation of drains.size === 0 ? [] : operations) {
      if (operation.do !== 'update-destination' && operation.do !== 'add-destination') continue;
      const service = serviceKeyText(operation.service);
      const drain = { service, destination: destinationKeyText(operation.destination) };
      const key = keyOf(drain);
      if (operation.do === 'add-destination') drains.delete(key);
      else if (drains.has(key)) drains.set(key, drain);
    }
    for (const drain of this.#drainsOf(draining, drains)) drains.set(keyOf(drain), drain);
    this.#drains = drains;
  }

  /** Records the destinations that are draining after a plan was carried out, and removes all others. */
  afterApply({ draining }: Pick<Plan, 'draining'>): void {
    this.#drains = new Map(this.#drainsOf(draining, this.#drains).map((drain) => [keyOf(drain), drain]));
  }

  /** Returns the drains of a plan, with their recorded start times or the current time. */
  #drainsOf(draining: Plan['draining'], recorded: ReadonlyMap<string, Drain>): Drain[] {
    const now = this.#now();
    return draining.map(({ service, destination }) => {
      const { since = now } = recorded.get(keyOf({ service, destination })) ?? {};
      return { service, destination, since };
    });
  }
}

function keyOf({ service, destination }: Pick<Drain, 'service' | 'destination'>): string {
  return `${destination} of ${service}`;
}
