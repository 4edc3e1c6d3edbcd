import {
  AddressFamily,
  type DestinationView,
  type RecordCursor,
  type ServiceRecords,
  type ServiceView,
} from '../../../protocol/ipvs/index.ts';

/** The order of a listing: the kernel's, by keys, or by keys with ipvsadm's errors. */
export type Order = 'kernel' | 'sorted' | 'ipvsadm';

/** Which services of a table are listed, by their numbers, and which destinations of each, in order. */
export interface Selection {
  readonly services: readonly number[];
  /** Moves a cursor to each destination of its service; `take` gets its number. */
  visit(cursor: RecordCursor, take: (number: number) => void): void;
}

/** The whole table in an order. */
export function wholeTable(table: ServiceRecords, order: Order): Selection {
  return {
    services: orderServices(table, order),
    visit: (cursor, take) => visitDestinations(cursor, order, take),
  };
}

/** Words of an address of IPv6 beside the first. */
const OTHER_WORDS = 3;
/** How many ports there are. */
const PORTS = 65536;

/**
 * The sort keys of services or destinations, a row of numbers for each. Two rows of IPv4 are compared by one
 * or two numbers.
 */
export class SortKeys {
  /** Mark, family and protocol. */
  readonly #kinds: Float64Array;
  /** The first word of the address and the port. */
  readonly #endpoints: Float64Array;
  /** The other words of each address, 0 for IPv4; made for the first address of IPv6. */
  #otherWords: Uint32Array | undefined;
  /** Capacity, in rows. */
  readonly length: number;

  constructor(count: number) {
    this.length = count;
    this.#kinds = new Float64Array(count);
    this.#endpoints = new Float64Array(count);
  }

  set(row: number, mark: number, protocol: number, port: number, of: ServiceView | DestinationView): void {
    const { familyNumber: family } = of;
    this.#kinds[row] = (mark * 16 + family) * 256 + protocol;
    this.#endpoints[row] = of.addressWord(0) * PORTS + port;
    if (family !== AddressFamily.INET6) {
      this.#otherWords?.fill(0, OTHER_WORDS * row, OTHER_WORDS * (row + 1));
      return;
    }
    const words = (this.#otherWords ??= new Uint32Array(OTHER_WORDS * this.length));
    for (let index = 0; index < OTHER_WORDS; index++)
      words[OTHER_WORDS * row + index] = of.addressWord(index + 1);
  }

  compareServices(row: number, other: number): number {
    return this.#kinds[row]! - this.#kinds[other]! || this.#compareEndpoints(row, other);
  }

  compareDestinations(row: number, other: number): number {
    return this.#compareEndpoints(row, other) || this.#kinds[row]! - this.#kinds[other]!;
  }

  #compareEndpoints(row: number, other: number): number {
    if (this.#otherWords === undefined) return this.#endpoints[row]! - this.#endpoints[other]!;
    for (let index = 0; index <= OTHER_WORDS; index++) {
      const difference = this.#word(row, index) - this.#word(other, index);
      if (difference !== 0) return difference;
    }
    return this.#portOf(row) - this.#portOf(other);
  }

  /** ipvsadm 1.31 subtracts in 32 bits with sign, so what is 2^31 or more apart comes the wrong way round. */
  compareServicesWrapped(row: number, other: number): number {
    return (
      (this.#markOf(row) - this.#markOf(other)) | 0 ||
      // Of one mark, or none, they differ in family and protocol.
      this.#kinds[row]! - this.#kinds[other]! ||
      this.compareDestinationsWrapped(row, other)
    );
  }

  compareDestinationsWrapped(row: number, other: number): number {
    // It looks at one word of an address of IPv4, whatever the other one is.
    const last = this.#isLong(row) ? OTHER_WORDS : 0;
    for (let index = 0; index <= last; index++) {
      const difference = (this.#word(row, index) - this.#word(other, index)) | 0;
      if (difference !== 0) return difference;
    }
    return this.#portOf(row) - this.#portOf(other);
  }

  #markOf(row: number): number {
    return Math.floor(this.#kinds[row]! / 4096);
  }

  /** A word of an address, 0 to 3. */
  #word(row: number, index: number): number {
    if (index === 0) return Math.floor(this.#endpoints[row]! / PORTS);
    return this.#otherWords?.[OTHER_WORDS * row + index - 1] ?? 0;
  }

  #portOf(row: number): number {
    return this.#endpoints[row]! % PORTS;
  }

  #isLong(row: number): boolean {
    return ((this.#kinds[row]! / 256) & 15) === AddressFamily.INET6;
  }
}

/** Compares two rows: negative, zero or positive. */
type Compare = (row: number, other: number) => number;

/**
 * glibc's qsort for what fits into memory, step for step: the wrapped comparison is not transitive,
 * so that the result depends on which pairs are compared.
 */
function mergeSort(rows: readonly number[], compare: Compare): readonly number[] {
  if (rows.length < 2) return rows;
  const half = rows.length >> 1;
  const left = mergeSort(rows.slice(0, half), compare);
  const right = mergeSort(rows.slice(half), compare);
  const sorted: number[] = [];
  let leftAt = 0;
  let rightAt = 0;
  while (leftAt < left.length && rightAt < right.length)
    sorted.push(compare(left[leftAt]!, right[rightAt]!) <= 0 ? left[leftAt++]! : right[rightAt++]!);
  while (leftAt < left.length) sorted.push(left[leftAt++]!);
  while (rightAt < right.length) sorted.push(right[rightAt++]!);
  return sorted;
}

function rowsOf(count: number): number[] {
  const rows: number[] = [];
  for (let row = 0; row < count; row++) rows.push(row);
  return rows;
}

/** Rows that are in order already, as a recorded or restored table's often are, are not sorted. */
function sortRows(rows: number[], compare: Compare): readonly number[] {
  for (let row = 1; row < rows.length; row++) if (compare(row - 1, row) > 0) return rows.sort(compare);
  return rows;
}

/** The numbers of a table's services in this order: by mark, family, protocol, address and port. */
export function orderServices(table: ServiceRecords, order: Order): readonly number[] {
  const rows = rowsOf(table.length);
  if (order === 'kernel') return rows;
  const cursor = table.cursor();
  const { service } = cursor;
  const keys = new SortKeys(rows.length);
  while (cursor.nextService())
    keys.set(cursor.index, service.mark ?? 0, service.protocolNumber, service.port ?? 0, service);
  return order === 'ipvsadm'
    ? mergeSort(rows, (row, other) => keys.compareServicesWrapped(row, other))
    : sortRows(rows, (row, other) => keys.compareServices(row, other));
}

/** Rows for the destinations of one service after the other. */
let destinationKeys = new SortKeys(0);

/**
 * Moves a cursor to each destination of its service, in this order: by address and port. `visit` gets its
 * number.
 */
export function visitDestinations(cursor: RecordCursor, order: Order, visit: (number: number) => void): void {
  const count = cursor.destinationCount;
  if (order === 'kernel' || count < 2) {
    for (let number = 0; cursor.nextDestination(); number++) visit(number);
    return;
  }
  const { destination } = cursor;
  if (destinationKeys.length < count) destinationKeys = new SortKeys(2 * count);
  const keys = destinationKeys;
  for (let number = 0; cursor.nextDestination(); number++)
    keys.set(number, 0, 0, destination.port, destination);
  const rows = rowsOf(count);
  const sorted =
    order === 'ipvsadm'
      ? mergeSort(rows, (row, other) => keys.compareDestinationsWrapped(row, other))
      : sortRows(rows, (row, other) => keys.compareDestinations(row, other));
  for (const number of sorted) {
    cursor.moveToDestination(number);
    visit(number);
  }
}
