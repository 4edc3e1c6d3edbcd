import {
  type DestinationKey,
  destinationKeyText,
  type ServiceKey,
  type ServiceWithDestinations,
  type ServiceWithDestinationsDefinition,
} from '../../../protocol/ipvs/index.ts';
import { IpvsNetlinkError } from '../../../protocol/netlink/index.ts';
import { normalDestinationKey, normalServiceKey } from './compare/normal-form.ts';
import type { DesiredServices } from './desired-services.ts';
import type { AllowedRemoval, PlanOptions } from './options.ts';
import type { CurrentTable } from './table/current-table.ts';
import { ServiceIndex } from './table/service-index.ts';

/** How many objects would be removed, out of how many. */
export interface RemovalCount {
  /** Number of objects that would be removed. */
  readonly removed: number;
  /** Number of objects that exist before the removal. */
  readonly total: number;
}

/** The option `remove` of a plan. */
type RemoveMode = NonNullable<PlanOptions['remove']>;

/** The services of a table that the filter of a plan includes. */
interface ManagedServices {
  isIncluded(key: ServiceKey): boolean;
  /**
   * Returns the table's service with this key; `same` if it equals `previous`, its definition in the last good state
   * (`lastGood`).
   */
  find(
    key: ServiceKey,
    previous: ServiceWithDestinationsDefinition,
  ): ServiceWithDestinations | 'same' | undefined;
}

const DEFAULT_SHARE = 0.5;

/** A desired state would remove more of the table than is allowed; nothing has been sent. */
export class RemovalRefusedError extends IpvsNetlinkError {
  readonly code = 'ERR_REMOVAL_REFUSED';
  /**
   * Counts of services. A service of the last good state (`lastGood`) that is missing from the table counts as
   * existing.
   */
  readonly services: RemovalCount;
  /**
   * Counts of destinations, likewise. `removed` is the net loss: the destinations that would be removed, minus those
   * that would be added.
   */
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

/** Counts the objects that a plan removes, and checks that there are no more than is allowed. */
export class RemovalLimit {
  removedServices = 0;
  /** Includes the destinations of removed services. */
  removedDestinations = 0;
  addedDestinations = 0;
  /** Numbers of objects that are in the last good state but missing from the table. */
  readonly #missing = { services: 0, destinations: 0 };

  /**
   * Counts objects that are in the last good state but missing from the table as if they were still there: one that
   * is no longer desired counts as removed, and one that is still desired does not count as added.
   */
  countMissing(
    lastGood: DesiredServices,
    desired: DesiredServices,
    managed: ManagedServices,
    mode: RemoveMode,
  ): void {
    const desiredByKey = new ServiceIndex<ServiceWithDestinationsDefinition>();
    for (const service of desired) desiredByKey.set(normalServiceKey(service), service);
    for (const previous of lastGood) {
      const key = normalServiceKey(previous);
      if (!managed.isIncluded(key)) continue;
      const found = managed.find(key, previous);
      if (found === 'same') continue;
      const next = desiredByKey.get(key);
      if (found === undefined) {
        this.#missing.services++;
        if (next === undefined && mode === 'all') this.removedServices++;
      }
      const existing = keysOf(found?.destinations ?? []);
      const after = keysOf(next?.destinations ?? []);
      const removes = next === undefined ? mode === 'all' : mode !== 'nothing';
      for (const key of keysOf(previous.destinations)) {
        if (existing.has(key)) continue;
        this.#missing.destinations++;
        if (after.has(key)) this.addedDestinations--;
        else if (removes) this.removedDestinations++;
      }
    }
  }

  /**
   * Throws a {@link RemovalRefusedError} if more than the allowed fraction of the services or of the
   * destinations would be removed; each added destination offsets a removed one. `included` holds the indexes of
   * the services that the filter includes.
   */
  check(table: CurrentTable, included: readonly number[], allowed: AllowedRemoval = DEFAULT_SHARE): void {
    const netLoss = Math.max(0, this.removedDestinations - this.addedDestinations);
    if (allowed === 'any' || (this.removedServices === 0 && netLoss === 0)) return;
    const services = { removed: this.removedServices, total: included.length + this.#missing.services };
    let total = this.#missing.destinations;
    for (const index of included) total += table.destinationCount(index);
    const destinations = { removed: netLoss, total };
    const exceeds = ({ removed, total: all }: RemovalCount): boolean => removed > allowed * all;
    if (exceeds(services) || exceeds(destinations)) throw new RemovalRefusedError(services, destinations);
  }
}

function keysOf(destinations: readonly DestinationKey[]): Set<string> {
  return new Set(destinations.map((destination) => destinationKeyText(normalDestinationKey(destination))));
}
