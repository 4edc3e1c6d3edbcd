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
  for (const [text, was] of before) if (!after.has(text)) yield serviceRemoved(was, time);
  for (const [text, is] of after) {
    const was = before.get(text);
    yield was === undefined ? serviceAdded(is, time) : serviceChanges(was, is, time);
  }
}

function serviceRemoved(was: ServiceWithDestinations, time: Date): TableChange[] {
  const service = keyOf(was);
  const changes = was.destinations.map((destination) => removed(service, destination, time));
  return [...changes, { event: 'service-removed', time, service, was }];
}

function serviceAdded(is: ServiceWithDestinations, time: Date): TableChange[] {
  const service = keyOf(is);
  const changes = is.destinations.map((destination) => added(service, destination, time));
  return [{ event: 'service-added', time, service, is }, ...changes];
}

const NO_CHANGES: readonly TableChange[] = [];

function serviceChanges(
  was: ServiceWithDestinations,
  is: ServiceWithDestinations,
  time: Date,
): readonly TableChange[] {
  const differing = serviceDifferences(was, is);
  const sameOrder = haveSameKeys(was, is);
  if (
    differing.length === 0 &&
    sameOrder &&
    is.destinations.every((destination, index) => isUnchanged(was.destinations[index]!, destination))
  )
    return NO_CHANGES;
  const service = keyOf(is);
  const changes: TableChange[] = [];
  if (differing.length > 0)
    changes.push({ event: 'service-changed', time, service, was, is, fields: differing.map(changedField) });
  const before = destinationsOf(was);
  const after = destinationsOf(is);
  for (const [text, destination] of before)
    if (!after.has(text)) changes.push(removed(service, destination, time));
  for (const [text, destination] of after) {
    const old = before.get(text);
    if (old === undefined) changes.push(added(service, destination, time));
    else if (!isUnchanged(old, destination)) changes.push(changed(service, old, destination, time));
  }
  return changes;
}

function isUnchanged(was: Destination, is: Destination): boolean {
  return destinationDifferences(was, is).length === 0;
}

function changed(service: ServiceKey, was: Destination, is: Destination, time: Date): TableChange {
  const fields = destinationDifferences(was, is).map(changedField);
  return { event: 'destination-changed', time, service, destination: destinationKeyOf(is), was, is, fields };
}

/** Whether two services have destinations with the same keys in the same order. */
export function haveSameKeys(was: ServiceWithDestinations, is: ServiceWithDestinations): boolean {
  return (
    was.destinations.length === is.destinations.length &&
    was.destinations.every(({ address, port }, index) => {
      const other = is.destinations[index]!;
      return port === other.port && address === other.address;
    })
  );
}

/** Returns the destinations of a service by their keys as text. */
export function destinationsOf({ destinations }: ServiceWithDestinations): Map<string, Destination> {
  return new Map(destinations.map((destination) => [destinationKeyText(destination), destination]));
}

function added(service: ServiceKey, is: Destination, time: Date): TableChange {
  return { event: 'destination-added', time, service, destination: destinationKeyOf(is), is };
}

function removed(service: ServiceKey, was: Destination, time: Date): TableChange {
  return { event: 'destination-removed', time, service, destination: destinationKeyOf(was), was };
}

function keyOf({ mark, protocol, address, port, family }: ServiceWithDestinations): ServiceKey {
  return mark === undefined ? { protocol, address, port, family } : { mark, family };
}

function destinationKeyOf({ address, port, family }: Destination): DestinationKey {
  return { address, port, family };
}

function changedField({ field, current, desired }: FieldDifference): ChangedField {
  return { field, was: current, is: desired };
}
