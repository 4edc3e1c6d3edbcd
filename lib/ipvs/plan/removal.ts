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

/** The number of objects that would be removed, and of all objects. */
export interface RemovalCount {
  /** Number of objects that would be removed. */
  readonly removed: number;
  /** Number of all objects. */
  readonly total: number;
}

/** The option `remove` of a plan. */
type Removed = NonNullable<PlanOptions['remove']>;

/** The services of a table that the filter of a plan includes. */
interface ManagedServices {
  isIncluded(key: ServiceKey): boolean;
  /** Returns the service with this key; `same` if it equals `before`. */
  find(
    key: ServiceKey,
    before: ServiceWithDestinationsDefinition,
  ): ServiceWithDestinations | 'same' | undefined;
}

const DEFAULT_SHARE = 0.5;

/** A desired state would remove more of the table than is allowed; nothing has been sent. */
export class RemovalRefusedError extends NetlinkError {
  readonly code = 'ERR_REMOVAL_REFUSED';
  /** Numbers of services, those of the last good state included. */
  readonly services: RemovalCount;
  /** Numbers of destinations; added destinations are subtracted from removed ones. */
  readonly destinations: RemovalCount;

  constructor(services: RemovalCount, destinations: RemovalCount) {
    const counts = [countText(services, 'services'), countText(destinations, 'destinations')];
    super(
      `the desired state would remove ${counts.filter((text) => text !== '').join(' and ')}; nothing was changed`,
      {
        hint: "if this is intended, confirm it with allowRemoval: 'any'",
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

/** Counts the objects that a plan removes. */
export class Removal {
  services = 0;
  /** Includes those of removed services. */
  destinations = 0;
  addedDestinations = 0;
  /** Numbers of objects of the last good state that are not in the table. */
  readonly #gone = { services: 0, destinations: 0 };

  /**
   * Counts objects of the last good state that are not in the table as if they were: those that are not
   * desired count as removed, and the others not as added.
   */
  countGone(lastGood: DesiredState, desired: DesiredState, managed: ManagedServices, remove: Removed): void {
    const desiredByKey = new ServiceIndex<ServiceWithDestinationsDefinition>();
    for (const service of desired) desiredByKey.set(normalServiceKey(service), service);
    for (const before of lastGood) {
      const key = normalServiceKey(before);
      if (!managed.isIncluded(key)) continue;
      const found = managed.find(key, before);
      if (found === 'same') continue;
      const next = desiredByKey.get(key);
      if (found === undefined) {
        this.#gone.services++;
        if (next === undefined && remove === 'all') this.services++;
      }
      const existing = namesOf(found?.destinations ?? []);
      const after = namesOf(next?.destinations ?? []);
      const removes = next === undefined ? remove === 'all' : remove !== 'nothing';
      for (const name of namesOf(before.destinations)) {
        if (existing.has(name)) continue;
        this.#gone.destinations++;
        if (after.has(name)) this.addedDestinations--;
        else if (removes) this.destinations++;
      }
    }
  }

  /**
   * Throws a {@link RemovalRefusedError} if more than the allowed fraction of the services or of the
   * destinations is removed, where added destinations replace removed ones. `managed` are the indexes of the
   * services that the filter includes.
   */
  check(table: CurrentTable, managed: readonly number[], allowed: AllowedRemoval = DEFAULT_SHARE): void {
    const lost = Math.max(0, this.destinations - this.addedDestinations);
    if (allowed === 'any' || (this.services === 0 && lost === 0)) return;
    const services = { removed: this.services, total: managed.length + this.#gone.services };
    let total = this.#gone.destinations;
    for (const index of managed) total += table.destinationCount(index);
    const destinations = { removed: lost, total };
    const exceeds = ({ removed, total: all }: RemovalCount): boolean => removed > allowed * all;
    if (exceeds(services) || exceeds(destinations)) throw new RemovalRefusedError(services, destinations);
  }
}

function namesOf(destinations: readonly DestinationKey[]): Set<string> {
  return new Set(destinations.map((destination) => destinationKeyText(normalDestinationKey(destination))));
}
