import {
  type RecordCursor,
  rateNames,
  type ServiceKey,
  type ServiceRecords,
  serviceKeyText,
} from '../../../../protocol/ipvs/index.ts';
import { AddressKeys } from '../../list/order.ts';
import { firstRows } from './first-rows.ts';
import {
  type FilterAndOrder,
  forwardingName,
  hasText,
  type Page,
  type Row,
  type Snapshot,
  sortValue,
  type Totals,
} from './snapshot.ts';

/** The real servers of one service. */
export class ServersSnapshot implements Snapshot {
  readonly totals: Totals;
  /** A cursor at the service; undefined if it does not exist. */
  readonly #cursor: RecordCursor | undefined;

  constructor(records: ServiceRecords, key: ServiceKey) {
    const cursor = records.cursor();
    this.#cursor = moveToKey(cursor, serviceKeyText(key)) ? cursor : undefined;
    const sums = { active: 0, inactive: 0 };
    const { service, destination } = cursor;
    while (this.#cursor?.nextDestination()) {
      sums.active += destination.activeConnections;
      sums.inactive += destination.inactiveConnections;
    }
    const rates = rateNames.map((name) => [name, this.exists ? service.counterNumber(name) : 0]);
    this.totals = {
      services: this.exists ? 1 : 0,
      servers: this.#cursor?.destinationCount ?? 0,
      ...sums,
      rates: Object.fromEntries(rates) as Totals['rates'],
    };
  }

  /** Whether the service exists. */
  get exists(): boolean {
    return this.#cursor !== undefined;
  }

  page({ sort, filter }: FilterAndOrder, offset: number, count: number): Page {
    const cursor = this.#cursor;
    if (cursor === undefined) return { rows: [], matching: 0 };
    const { destination } = cursor;
    const addresses = new AddressKeys(this.totals.servers);
    const values = new Float64Array(this.totals.servers);
    const matching: number[] = [];
    for (let index = 0; index < this.totals.servers; index++) {
      cursor.moveToDestination(index);
      if (filter !== '' && !hasText(filter, forwardingName(destination), destination.endpoint)) continue;
      matching.push(index);
      addresses.set(index, 0, 0, destination);
      values[index] = sortValue(destination, destination.activeConnections, sort);
    }
    const byAddress = addresses.destinationComparison();
    const first = firstRows(
      matching,
      offset + count,
      (index, other) => values[other]! - values[index]! || byAddress(index, other),
    );
    return { rows: first.slice(offset).map((index) => rowOf(cursor, index)), matching: matching.length };
  }
}

function moveToKey(cursor: RecordCursor, key: string): boolean {
  while (cursor.nextService()) if (serviceKeyText(cursor.service.key) === key) return true;
  return false;
}

function rowOf(cursor: RecordCursor, index: number): Row {
  cursor.moveToDestination(index);
  const { destination } = cursor;
  return {
    protocol: '',
    name: destination.endpoint,
    schedulerOrForwarding: forwardingName(destination),
    serversOrWeight: destination.weight,
    active: destination.activeConnections,
    inactive: destination.inactiveConnections,
    counters: destination.counters,
  };
}
