import type { DestinationView, RecordCursor, ServiceRecords } from '../../../protocol/ipvs/index.ts';
import { formatAddress, parseAddress } from '../../../protocol/ipvs/index.ts';
import type { SortKey, TableFilter } from '../parse/command.ts';
import { type Order, orderServices, type Selection, visitDestinations } from './order.ts';

/**
 * The services and destinations of a table that a filter selects, sorted by a key, the largest value first.
 */
export function selectionOf(
  table: ServiceRecords,
  order: Order,
  filter: TableFilter | undefined,
  key: SortKey,
): Selection {
  const matches = destinationTest(filter);
  const measure = VALUES[key];
  const visit = (cursor: RecordCursor, take: (number: number) => void): void => {
    const found: { readonly number: number; readonly value: number }[] = [];
    visitDestinations(cursor, order, (number) => {
      if (matches(cursor.destination)) found.push({ number, value: measure?.(cursor.destination) ?? 0 });
    });
    if (measure !== undefined) found.sort((one, other) => other.value - one.value);
    for (const { number } of found) {
      cursor.moveToDestination(number);
      take(number);
    }
  };
  return { services: servicesOf(table, order, filter, matches, measure), visit };
}

type Value = (destination: DestinationView) => number;

/**
 * The value that destinations are sorted by; services are sorted by the sum of their destinations'. A double
 * suffices for that: it rounds counters above 2^53.
 */
const VALUES: Readonly<Record<SortKey, Value | undefined>> = {
  address: undefined,
  conns: ({ activeConnections }) => activeConnections,
  rate: ({ counters }) => Number(counters.connectionRate),
  bytes: ({ counters }) => Number(counters.incomingByteRate + counters.outgoingByteRate),
  total: ({ counters }) => Number(counters.connections),
};

function destinationTest(filter: TableFilter | undefined): (destination: DestinationView) => boolean {
  const { server, weight } = filter ?? {};
  const address = server && canonical(server.address);
  return (destination) =>
    (weight === undefined || destination.weight === weight) &&
    (server === undefined ||
      (destination.address === address && (server.port === undefined || destination.port === server.port)));
}

function canonical(text: string): string {
  const { family, bytes } = parseAddress('address', text);
  return formatAddress(family, bytes);
}

function servicesOf(
  table: ServiceRecords,
  order: Order,
  filter: TableFilter | undefined,
  matches: (destination: DestinationView) => boolean,
  measure: Value | undefined,
): readonly number[] {
  const { address: wanted, server, weight } = filter ?? {};
  const address = wanted && canonical(wanted.address);
  const byDestination = server !== undefined || weight !== undefined;
  const cursor = table.cursor();
  const found: { readonly index: number; readonly value: number }[] = [];
  for (const index of orderServices(table, order)) {
    cursor.moveTo(index);
    const { service, destination } = cursor;
    if (wanted !== undefined && (service.protocol !== wanted.protocol || service.address !== address))
      continue;
    let any = !byDestination;
    let value = 0;
    while (cursor.nextDestination()) {
      if (!matches(destination)) continue;
      any = true;
      value += measure?.(destination) ?? 0;
    }
    if (any) found.push({ index, value });
  }
  if (measure !== undefined) found.sort((one, other) => other.value - one.value);
  return found.map(({ index }) => index);
}
