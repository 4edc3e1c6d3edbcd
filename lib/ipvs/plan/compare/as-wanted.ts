import { DESTINATION_DEFAULTS } from '../../../../protocol/ipvs/fields/defaults.ts';
import type {
  Destination,
  Service,
  ServiceWithDestinationsDefinition,
  WantedDestination,
} from '../../../../protocol/ipvs/index.ts';
import type { CurrentTable } from '../table/current-table.ts';

/**
 * Whether the service `index` of a table, which was found by its key, is with all its destinations plainly what is
 * wanted: spelled alike, and whatever is left out at its default in the kernel. Then no option of a plan makes a
 * difference of it, and its settings follow from what is wanted alone. False says nothing: the two are to
 * be compared in their normal forms.
 *
 * Most services of most tables are, so most of a plan's time is spent here: no object is made.
 */
export function isPlainlyAsWanted(
  table: CurrentTable,
  index: number,
  wanted: ServiceWithDestinationsDefinition,
): boolean {
  return isService(table.service(index), wanted) && areDestinations(table, index, wanted.destinations);
}

function isService(current: Service, wanted: ServiceWithDestinationsDefinition): boolean {
  return (
    current.scheduler === wanted.scheduler &&
    current.onePacket === (wanted.onePacket ?? false) &&
    current.persistence === undefined &&
    isAbsent(wanted.persistence) &&
    current.persistenceEngine === (wanted.persistenceEngine ?? undefined) &&
    current.schedulerFlags.length === 0 &&
    (wanted.schedulerFlags === undefined || wanted.schedulerFlags.length === 0) &&
    current.otherFlags === (wanted.otherFlags ?? 0) &&
    current.unknown === undefined &&
    wanted.unknown === undefined
  );
}

function isAbsent(value: object | null | undefined): boolean {
  return value === undefined || value === null;
}

/** In the wanted order, or in the kernel's after adding them in that order: the newest first. */
function areDestinations(table: CurrentTable, index: number, wanted: readonly WantedDestination[]): boolean {
  const last = table.destinationCount(index) - 1;
  if (wanted.length !== last + 1) return false;
  if (last === -1) return true;
  const forward = isDestination(table.destination(index, 0), wanted[0]!);
  for (let number = 0; number <= last; number++) {
    const current = table.destination(index, forward ? number : last - number);
    if (!isDestination(current, wanted[number]!)) return false;
  }
  return true;
}

function isDestination(current: Destination, wanted: WantedDestination): boolean {
  return (
    current.port === wanted.port &&
    current.address === wanted.address &&
    current.weight === (wanted.weight ?? DESTINATION_DEFAULTS.weight) &&
    current.forwarding === wanted.forwarding &&
    current.upperThreshold === (wanted.upperThreshold ?? DESTINATION_DEFAULTS.upperThreshold) &&
    current.lowerThreshold === (wanted.lowerThreshold ?? DESTINATION_DEFAULTS.lowerThreshold) &&
    current.tunnel === undefined &&
    isAbsent(wanted.tunnel) &&
    current.unknown === undefined &&
    wanted.unknown === undefined
  );
}
