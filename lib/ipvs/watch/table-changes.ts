import {
  type Destination,
  type DestinationKey,
  destinationKeyText,
  type ServiceKey,
  type ServiceWithDestinations,
} from '../../../protocol/ipvs/index.ts';
import {
  destinationDifferences,
  type FieldDifference,
  serviceDifferences,
} from '../plan/compare/differences.ts';
import type { ChangedField, TableChange } from './events.ts';

/** A table that was read: its services by their keys as text. */
export type Table = ReadonlyMap<string, ServiceWithDestinations>;

/**
 * Yields the net difference between two tables, an array for each service, usually empty: first removed
 * services, then all others in the order of `after`.
 */
export function* tableChanges(before: Table, after: Table, time: Date): Generator<readonly TableChange[]> {
  for (const [key, previous] of before) if (!after.has(key)) yield serviceRemoved(previous, time);
  for (const [key, current] of after) {
    const previous = before.get(key);
    yield previous === undefined ? serviceAdded(current, time) : serviceChanges(previous, current, time);
  }
}

function serviceRemoved(previous: ServiceWithDestinations, time: Date): TableChange[] {
  const service = keyOf(previous);
  const changes = previous.destinations.map((destination) => removed(service, destination, time));
  return [...changes, { event: 'service-removed', time, service, previous }];
}

function serviceAdded(current: ServiceWithDestinations, time: Date): TableChange[] {
  const service = keyOf(current);
  const changes = current.destinations.map((destination) => added(service, destination, time));
  return [{ event: 'service-added', time, service, current }, ...changes];
}

const NO_CHANGES: readonly TableChange[] = [];

function serviceChanges(
  previous: ServiceWithDestinations,
  current: ServiceWithDestinations,
  time: Date,
): readonly TableChange[] {
  const differing = serviceDifferences(previous, current);
  if (
    differing.length === 0 &&
    haveSameKeys(previous, current) &&
    current.destinations.every((destination, index) =>
      isUnchanged(previous.destinations[index]!, destination),
    )
  )
    return NO_CHANGES;
  const service = keyOf(current);
  const changes: TableChange[] = [];
  if (differing.length > 0) {
    const fields = differing.map(changedField);
    changes.push({ event: 'service-changed', time, service, previous, current, fields });
  }
  const before = destinationsOf(previous);
  const after = destinationsOf(current);
  for (const [key, destination] of before)
    if (!after.has(key)) changes.push(removed(service, destination, time));
  for (const [key, destination] of after) {
    const old = before.get(key);
    if (old === undefined) changes.push(added(service, destination, time));
    else if (!isUnchanged(old, destination)) changes.push(changed(service, old, destination, time));
  }
  return changes;
}

function isUnchanged(previous: Destination, current: Destination): boolean {
  return destinationDifferences(previous, current).length === 0;
}

function changed(service: ServiceKey, previous: Destination, current: Destination, time: Date): TableChange {
  const destination = destinationKeyOf(current);
  const fields = destinationDifferences(previous, current).map(changedField);
  return { event: 'destination-changed', time, service, destination, previous, current, fields };
}

/** Whether two services have destinations with the same keys in the same order. */
export function haveSameKeys(previous: ServiceWithDestinations, current: ServiceWithDestinations): boolean {
  return (
    previous.destinations.length === current.destinations.length &&
    previous.destinations.every(({ address, port }, index) => {
      const other = current.destinations[index]!;
      return port === other.port && address === other.address;
    })
  );
}

/** Returns the destinations of a service by their keys as text. */
export function destinationsOf({ destinations }: ServiceWithDestinations): Map<string, Destination> {
  return new Map(destinations.map((destination) => [destinationKeyText(destination), destination]));
}

function added(service: ServiceKey, current: Destination, time: Date): TableChange {
  return { event: 'destination-added', time, service, destination: destinationKeyOf(current), current };
}

function removed(service: ServiceKey, previous: Destination, time: Date): TableChange {
  return { event: 'destination-removed', time, service, destination: destinationKeyOf(previous), previous };
}

function keyOf({ mark, protocol, address, port, family }: ServiceWithDestinations): ServiceKey {
  return mark === undefined ? { protocol, address, port, family } : { mark, family };
}

function destinationKeyOf({ address, port, family }: Destination): DestinationKey {
  return { address, port, family };
}

/** Converts a difference; `desired` is the value in the later of the two tables here. */
function changedField({ field, current, desired }: FieldDifference): ChangedField {
  return { field, previous: current, current: desired };
}
