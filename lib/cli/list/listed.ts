import type { Destination, RecordCursor, Service, ServiceRecords } from '../../../protocol/ipvs/index.ts';
import { destinationSortKey, type Keyed, sortDestinationKeys } from './order.ts';

/** The order of destinations: the kernel's, by address and port, or ipvsadm's idea of that. */
type DestinationOrder = 'kernel' | 'sorted' | 'ipvsadm';

/** A service of a listing. Its values, and those of its destinations, hold until the next one is asked for. */
export interface Listed {
  readonly service: Service;
  destinations(order: DestinationOrder): Iterable<Destination>;
}

/** What `use` makes of each service of a table, in the kernel's order. */
export function mapServices<Item>(table: ServiceRecords, use: (listed: Listed) => Item): Item[] {
  const cursor = table.cursor();
  const listed: Listed = {
    service: cursor.service,
    destinations: (order) => destinations(cursor, order),
  };
  const items: Item[] = [];
  while (cursor.nextService()) items.push(use(listed));
  return items;
}

function* destinations(cursor: RecordCursor, order: DestinationOrder): Generator<Destination> {
  if (order === 'kernel') {
    for (let number = 0; number < cursor.destinationCount; number++) {
      cursor.moveToDestination(number);
      yield cursor.destination;
    }
    return;
  }
  const keyed: Keyed<number>[] = [];
  for (let number = 0; number < cursor.destinationCount; number++) {
    cursor.moveToDestination(number);
    keyed.push({ item: number, key: destinationSortKey(cursor.destination) });
  }
  for (const number of sortDestinationKeys(keyed, order === 'ipvsadm')) {
    cursor.moveToDestination(number);
    yield cursor.destination;
  }
}
