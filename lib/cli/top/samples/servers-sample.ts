import {
  type RecordCursor,
  type ServiceKey,
  type ServiceRecords,
  serviceKeyText,
} from '../../../../protocol/ipvs/index.ts';
import { SortKeys } from '../../list/order.ts';
import { firstRows } from './first-rows.ts';
import {
  forwardingWord,
  hasText,
  type Page,
  type Row,
  rateNames,
  type Sample,
  type Selection,
  sortValue,
  type Totals,
} from './sample.ts';

/** The real servers of one service. */
export class ServersSample implements Sample {
  readonly totals: Totals;
  /** Ahead of the service's first destination; undefined where there is no such service. */
  readonly #cursor: RecordCursor | undefined;

  /** The service with this key in a table. */
  constructor(records: ServiceRecords, key: ServiceKey) {
    const cursor = records.cursor();
    this.#cursor = moveToKey(cursor, serviceKeyText(key)) ? cursor : undefined;
    const sums = { active: 0, inactive: 0 };
    const { service, destination } = cursor;
    while (this.#cursor?.nextDestination()) {
      sums.active += destination.activeConnections;
      sums.inactive += destination.inactiveConnections;
    }
    const rates = rateNames.map((name) => [name, this.isThere ? service.counterNumber(name) : 0]);
    this.totals = {
      services: this.isThere ? 1 : 0,
      servers: this.#cursor?.destinationCount ?? 0,
      ...sums,
      rates: Object.fromEntries(rates) as Totals['rates'],
    };
  }

  /** Whether the table has the service. */
  get isThere(): boolean {
    return this.#cursor !== undefined;
  }

  page({ sort, filter }: Selection, offset: number, count: number): Page {
    const cursor = this.#cursor;
    if (cursor === undefined) return { rows: [], matching: 0 };
    const { destination } = cursor;
    const addresses = new SortKeys(this.totals.servers);
    const values = new Float64Array(this.totals.servers);
    const meant: number[] = [];
    for (let number = 0; number < this.totals.servers; number++) {
      cursor.moveToDestination(number);
      if (filter !== '' && !hasText(filter, forwardingWord(destination), destination.endpoint)) continue;
      meant.push(number);
      addresses.set(number, 0, 0, destination.port, destination);
      values[number] = sortValue(destination, destination.activeConnections, sort);
    }
    const first = firstRows(
      meant,
      offset + count,
      (row, other) => values[other]! - values[row]! || addresses.compareDestinations(row, other),
    );
    return { rows: first.slice(offset).map((number) => rowOf(cursor, number)), matching: meant.length };
  }
}

function moveToKey(cursor: RecordCursor, key: string): boolean {
  while (cursor.nextService()) if (serviceKeyText(cursor.service.key) === key) return true;
  return false;
}

function rowOf(cursor: RecordCursor, number: number): Row {
  cursor.moveToDestination(number);
  const { destination } = cursor;
  return {
    kind: forwardingWord(destination),
    name: destination.endpoint,
    method: forwardingWord(destination),
    size: destination.weight,
    active: destination.activeConnections,
    inactive: destination.inactiveConnections,
    counters: destination.counters,
  };
}
