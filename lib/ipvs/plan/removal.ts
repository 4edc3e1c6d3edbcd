import {
  type DestinationKey,
  destinationKeyText,
  type ServiceKey,
  type ServiceWithDestinations,
  type ServiceWithDestinationsDefinition,
} from '../../../protocol/ipvs/index.ts';
import { NetlinkError } from '../../../protocol/netlink/index.ts';
import { normalDestinationKey, normalServiceKey } from './compare/normal-form.ts';
import type { DesiredState } from './desired-state.ts';
import type { AllowedRemoval, PlanOptions } from './options.ts';
import type { CurrentTable } from './table/current-table.ts';
import { ServiceIndex } from './table/service-index.ts';

/** Number of objects of a table that would be removed. */
export interface RemovalCount {
  /** How many would be removed. */
  readonly removed: number;
  /** How many there are. */
  readonly total: number;
}

/** What is removed that a desired state does not have. */
type Removed = NonNullable<PlanOptions['remove']>;

/** The services of a table that a plan may change. */
interface OurServices {
  isIncluded(key: ServiceKey): boolean;
  /** The one with this key; `same` where it is plainly as it was desired before. */
  find(
    key: ServiceKey,
    before: ServiceWithDestinationsDefinition,
  ): ServiceWithDestinations | 'same' | undefined;
}

const DEFAULT_SHARE = 0.5;

/** A desired state would remove more of the table than is allowed; nothing has been sent. */
export class RemovalRefusedError extends NetlinkError {
  readonly code = 'ERR_REMOVAL_REFUSED';
  /** The services that would be removed, of those that are there or in force. */
  readonly services: RemovalCount;
  /** The removed objects less the added ones. */
  readonly destinations: RemovalCount;

  constructor(services: RemovalCount, destinations: RemovalCount) {
    const counts = [countText(services, 'services'), countText(destinations, 'destinations')];
    super(
      `the desired state would remove ${counts.filter((text) => text !== '').join(' and ')}; nothing was changed`,
      {
        hint: "if that is meant, confirm it with allowRemoval: 'any'",
      },
    );
    this.name = 'RemovalRefusedError';
    this.services = services;
    this.destinations = destinations;
  }
}

function countText({ removed, total }: RemovalCount, name: string): string {
  return removed > 0 ? `${removed} of ${total} ${name}` : '';
}

/** Counts what a plan removes. */
export class Removal {
  services = 0;
  /** Those of services that go included. */
  destinations = 0;
  addedDestinations = 0;
  /** What is in force and not in the table. */
  readonly #gone = { services: 0, destinations: 0 };

  /**
   * Counts what of the state in force is not in the table, as if it were: what the desired state lacks of it is removed,
   * and what it has is not added.
   */
  countGone(inForce: DesiredState, desired: DesiredState, ours: OurServices, remove: Removed): void {
    const wanted = new ServiceIndex<ServiceWithDestinationsDefinition>();
    for (const service of desired) wanted.set(normalServiceKey(service), service);
    for (const before of inForce) {
      const key = normalServiceKey(before);
      if (!ours.isIncluded(key)) continue;
      const found = ours.find(key, before);
      if (found === 'same') continue;
      const next = wanted.get(key);
      if (found === undefined) {
        this.#gone.services++;
        if (next === undefined && remove === 'all') this.services++;
      }
      const there = namesOf(found?.destinations ?? []);
      const after = namesOf(next?.destinations ?? []);
      const removes = next === undefined ? remove === 'all' : remove !== 'nothing';
      for (const name of namesOf(before.destinations)) {
        if (there.has(name)) continue;
        this.#gone.destinations++;
        if (after.has(name)) this.addedDestinations--;
        else if (removes) this.destinations++;
      }
    }
  }

  /**
   * Throws a {@link RemovalRefusedError} where more than the allowed share of the services goes, or of the
   * destinations, where those that replace others are no loss. `ours` are the services that the plan may change.
   */
  check(table: CurrentTable, ours: readonly number[], allowed: AllowedRemoval = DEFAULT_SHARE): void {
    const lost = Math.max(0, this.destinations - this.addedDestinations);
    if (allowed === 'any' || (this.services === 0 && lost === 0)) return;
    const services = { removed: this.services, total: ours.length + this.#gone.services };
    let total = this.#gone.destinations;
    for (const index of ours) total += table.destinationCount(index);
    const destinations = { removed: lost, total };
    const exceeds = ({ removed, total: all }: RemovalCount): boolean => removed > allowed * all;
    if (exceeds(services) || exceeds(destinations)) throw new RemovalRefusedError(services, destinations);
  }
}

function namesOf(destinations: readonly DestinationKey[]): Set<string> {
  return new Set(destinations.map((one) => destinationKeyText(normalDestinationKey(one))));
}
