import type { RecordCursor, ServiceRecords } from '../../../../protocol/ipvs/index.ts';
import { printable } from '../../../../protocol/netlink/text/printable.ts';
import { AddressKeys } from '../../list/order.ts';
import type { SortKey } from '../../parse/command.ts';
import { firstRows } from './first-rows.ts';
import {
  type FilterAndOrder,
  hasText,
  type Page,
  type Row,
  type Snapshot,
  serviceName,
  sortValue,
  type Totals,
} from './snapshot.ts';

/** Minimum number of rows that are sorted, so that scrolling does not sort again. */
const MIN_SORTED = 128;

/** The indices of all services that match a filter, and the first of them in sorted order. */
interface Sorted extends FilterAndOrder {
  readonly matching: readonly number[];
  readonly first: readonly number[];
}

/** The services of a table as records; objects are made only for the rows that are shown. */
export class ServicesSnapshot implements Snapshot {
  readonly totals: Totals;
  readonly #cursor: RecordCursor;
  /** Number of active connections of each service, by index. */
  readonly #active: Float64Array;
  readonly #inactive: Float64Array;
  #addresses: AddressKeys | undefined;
  /** The last result of sorting. */
  #sorted: Sorted | undefined;

  constructor(records: ServiceRecords) {
    const { length } = records;
    const cursor = records.cursor();
    const { service, destination } = cursor;
    const rates = {
      connectionRate: 0,
      incomingPacketRate: 0,
      outgoingPacketRate: 0,
      incomingByteRate: 0,
      outgoingByteRate: 0,
    };
    const sums = { servers: 0, active: 0, inactive: 0 };
    this.#active = new Float64Array(length);
    this.#inactive = new Float64Array(length);
    while (cursor.nextService()) {
      let active = 0;
      let inactive = 0;
      while (cursor.nextDestination()) {
        sums.servers++;
        active += destination.activeConnections;
        inactive += destination.inactiveConnections;
      }
      this.#active[cursor.index] = active;
      this.#inactive[cursor.index] = inactive;
      sums.active += active;
      sums.inactive += inactive;
      // Written out for speed: a loop over the names would take most of the time.
      rates.connectionRate += service.counterNumber('connectionRate');
      rates.incomingPacketRate += service.counterNumber('incomingPacketRate');
      rates.outgoingPacketRate += service.counterNumber('outgoingPacketRate');
      rates.incomingByteRate += service.counterNumber('incomingByteRate');
      rates.outgoingByteRate += service.counterNumber('outgoingByteRate');
    }
    this.totals = { services: length, ...sums, rates };
    this.#cursor = cursor;
  }

  page(filterAndOrder: FilterAndOrder, offset: number, count: number): Page {
    const { matching, first } = this.#sort(filterAndOrder, offset + count);
    return {
      rows: first.slice(offset, offset + count).map((index) => this.#row(index)),
      matching: matching.length,
    };
  }

  #sort({ sort, filter }: FilterAndOrder, needed: number): Sorted {
    const last = this.#sorted?.sort === sort && this.#sorted.filter === filter ? this.#sorted : undefined;
    const matching = last?.matching ?? this.#matching(filter);
    if (last !== undefined && last.first.length >= Math.min(needed, matching.length)) return last;
    const values = this.#values(sort);
    const byAddress = this.#addressKeys().serviceComparison();
    const first = firstRows(
      matching,
      Math.max(needed, MIN_SORTED),
      (index, other) => values[other]! - values[index]! || byAddress(index, other),
    );
    this.#sorted = { sort, filter, matching, first };
    return this.#sorted;
  }

  #matching(filter: string): number[] {
    const cursor = this.#cursor;
    const { service } = cursor;
    const matching: number[] = [];
    for (let index = 0; index < this.totals.services; index++) {
      if (filter !== '') {
        cursor.moveTo(index);
        const { protocol, name } = serviceName(service);
        if (!hasText(filter, protocol, name, service.scheduler)) continue;
      }
      matching.push(index);
    }
    return matching;
  }

  #values(sort: SortKey): Float64Array {
    if (sort === 'conns') return this.#active;
    const cursor = this.#cursor;
    const values = new Float64Array(this.totals.services);
    for (let index = 0; index < values.length; index++) {
      cursor.moveTo(index);
      values[index] = sortValue(cursor.service, 0, sort);
    }
    return values;
  }

  #addressKeys(): AddressKeys {
    if (this.#addresses !== undefined) return this.#addresses;
    const cursor = this.#cursor;
    const { service } = cursor;
    const addresses = new AddressKeys(this.totals.services);
    for (let index = 0; index < addresses.capacity; index++) {
      cursor.moveTo(index);
      addresses.set(index, service.mark ?? 0, service.protocolNumber, service);
    }
    this.#addresses = addresses;
    return addresses;
  }

  #row(index: number): Row {
    const cursor = this.#cursor;
    cursor.moveTo(index);
    const { service } = cursor;
    return {
      ...serviceName(service),
      schedulerOrForwarding: printable(service.scheduler),
      serversOrWeight: cursor.destinationCount,
      active: this.#active[index]!,
      inactive: this.#inactive[index]!,
      counters: service.counters,
      service: service.key,
    };
  }
}
