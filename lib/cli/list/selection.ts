import type { DestinationView, RecordCursor, ServiceRecords } from '../../../protocol/ipvs/index.ts';
import { normalAddress } from '../../ipvs/plan/compare/normal-form.ts';
import type { SortKey, TableFilter } from '../parse/command.ts';
import { mapDestinations, type Order, orderServices, type Selection } from './order.ts';

/**
 * Selects the services and destinations of a table that match a filter: in `order` if the sort key is `address`,
 * otherwise by the value of the key, the largest first.
 */
export function selectionOf(
  table: ServiceRecords,
  order: Order,
  filter: TableFilter | undefined,
  key: SortKey,
): Selection {
  const matches = destinationTest(filter);
  const sortValue = VALUES[key];
  return {
    services: servicesOf(table, order, filter, matches, sortValue),
    mapDestinations<Value>(cursor: RecordCursor, make: (index: number) => Value): Value[] {
      const { destination } = cursor;
      const matching = mapDestinations(cursor, order, (index) =>
        matches(destination) ? { made: make(index), value: sortValue?.(destination) ?? 0 } : undefined,
      ).filter((entry) => entry !== undefined);
      if (sortValue !== undefined) matching.sort((a, b) => b.value - a.value);
      return matching.map(({ made }) => made);
    },
  };
}

type SortValue = (destination: DestinationView) => number;

/**
 * The values that destinations are sorted by; services are sorted by the sum over their destinations. A
 * double rounds counters above 2^53, which does not matter here.
 */
const VALUES: Readonly<Record<SortKey, SortValue | undefined>> = {
  address: undefined,
  conns: ({ activeConnections }) => activeConnections,
  rate: ({ counters }) => Number(counters.connectionRate),
  bytes: ({ counters }) => Number(counters.incomingByteRate + counters.outgoingByteRate),
  total: ({ counters }) => Number(counters.connections),
};

function destinationTest(filter: TableFilter | undefined): (destination: DestinationView) => boolean {
  const { server, weight } = filter ?? {};
  const address = server && normalAddress(server.address).address;
  return (destination) =>
    (weight === undefined || destination.weight === weight) &&
    (server === undefined ||
      (destination.address === address && (server.port === undefined || destination.port === server.port)));
}

function servicesOf(
  table: ServiceRecords,
  order: Order,
  filter: TableFilter | undefined,
  matches: (destination: DestinationView) => boolean,
  sortValue: SortValue | undefined,
): readonly number[] {
  const { address: serviceAddress, server, weight } = filter ?? {};
  const address = serviceAddress && normalAddress(serviceAddress.address).address;
  const byDestination = server !== undefined || weight !== undefined;
  const cursor = table.cursor();
  const selectedServices: { readonly index: number; readonly value: number }[] = [];
  for (const index of orderServices(table, order)) {
    cursor.moveTo(index);
    const { service, destination } = cursor;
    if (
      serviceAddress !== undefined &&
      (service.protocol !== serviceAddress.protocol || service.address !== address)
    )
      continue;
    let selected = !byDestination;
    let value = 0;
    while (cursor.nextDestination()) {
      if (!matches(destination)) continue;
      selected = true;
      value += sortValue?.(destination) ?? 0;
    }
    if (selected) selectedServices.push({ index, value });
  }
  if (sortValue !== undefined) selectedServices.sort((a, b) => b.value - a.value);
  return selectedServices.map(({ index }) => index);
}
