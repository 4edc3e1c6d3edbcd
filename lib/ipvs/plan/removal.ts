import { NetlinkError } from '../../../protocol/netlink/index.ts';
import type { AllowedRemoval } from './options.ts';
import type { CurrentTable } from './table/current-table.ts';

/** Number of objects of a table that would be removed. */
export interface RemovalCount {
  /** How many would be removed. */
  readonly removed: number;
  /** How many there are. */
  readonly total: number;
}

const DEFAULT_SHARE = 0.5;

/** A desired state would remove more of the table than is allowed; nothing has been sent. */
export class RemovalRefusedError extends NetlinkError {
  readonly code = 'ERR_REMOVAL_REFUSED';
  /** The services that would be removed, of those that are there. */
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

  /**
   * Throws a {@link RemovalRefusedError} where more than the allowed share of the services goes, or of the
   * destinations, where those that replace others are no loss. `ours` are the services that the plan may change.
   */
  check(table: CurrentTable, ours: readonly number[], allowed: AllowedRemoval = DEFAULT_SHARE): void {
    const lost = Math.max(0, this.destinations - this.addedDestinations);
    if (allowed === 'any' || (this.services === 0 && lost === 0)) return;
    const services = { removed: this.services, total: ours.length };
    let total = 0;
    for (const index of ours) total += table.destinationCount(index);
    const destinations = { removed: lost, total };
    const exceeds = ({ removed, total: all }: RemovalCount): boolean => removed > allowed * all;
    if (exceeds(services) || exceeds(destinations)) throw new RemovalRefusedError(services, destinations);
  }
}
