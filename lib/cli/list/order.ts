import {
  AddressFamily,
  type DestinationView,
  type RecordCursor,
  type ServiceRecords,
  type ServiceView,
} from '../../../protocol/ipvs/index.ts';

/**
 * The order of a listing: the kernel's, by keys, or by keys with the comparison of ipvsadm 1.31, which
 * overflows.
 */
export type Order = 'kernel' | 'sorted' | 'ipvsadm';

/** The services of a table to be listed, as indices in the order of the listing, and the destinations of each. */
export interface Selection {
  readonly services: readonly number[];
  /**
   * Returns what `make` makes of each listed destination of a cursor's current service, in the order of the listing.
   * `make` is called with the destination's index when the cursor is at the destination.
   */
  mapDestinations<Value>(cursor: RecordCursor, make: (index: number) => Value): Value[];
}

/** Selects the whole table in an order. */
export function wholeTable(table: ServiceRecords, order: Order): Selection {
  return {
    services: orderServices(table, order),
    mapDestinations: (cursor, make) => mapDestinations(cursor, order, make),
  };
}

/** Number of 32-bit words of an IPv6 address after the first. */
const OTHER_WORDS = 3;
/** Number of ports. */
const PORTS = 65536;

/**
 * The addresses of services or destinations by index, as numbers. Comparing two IPv4 keys takes one
 * or two comparisons of numbers.
 */
export class AddressKeys {
  /** Mark, family and protocol as one number. */
  readonly #protocolKeys: Float64Array;
  /** The first word of the address and the port as one number. */
  readonly #endpoints: Float64Array;
  /** The other words of each address, 0 for IPv4; allocated for the first IPv6 address. */
  #otherWords: Uint32Array | undefined;
  /** Maximum number of keys. */
  readonly capacity: number;

  constructor(count: number) {
    this.capacity = count;
    this.#protocolKeys = new Float64Array(count);
    this.#endpoints = new Float64Array(count);
  }

  /** `mark` and `protocol` are 0 for a destination. */
  set(index: number, mark: number, protocol: number, object: ServiceView | DestinationView): void {
    const { familyNumber: family } = object;
    this.#protocolKeys[index] = (mark * 16 + family) * 256 + protocol;
    this.#endpoints[index] = object.endpointNumber;
    if (family !== AddressFamily.INET6) {
      this.#otherWords?.fill(0, OTHER_WORDS * index, OTHER_WORDS * (index + 1));
      return;
    }
    const words = (this.#otherWords ??= new Uint32Array(OTHER_WORDS * this.capacity));
    for (let word = 0; word < OTHER_WORDS; word++)
      words[OTHER_WORDS * index + word] = object.addressWord(word + 1);
  }

  /** Returns a comparison of the services, by their indices, that have been set. */
  serviceComparison(): Compare {
    const protocols = this.#protocolKeys;
    const endpoints = this.#endpoints;
    return this.#otherWords === undefined
      ? (index, other) => protocols[index]! - protocols[other]! || endpoints[index]! - endpoints[other]!
      : (index, other) => protocols[index]! - protocols[other]! || this.#compareLongEndpoints(index, other);
  }

  /** Returns a comparison of the destinations, by their indices, that have been set. */
  destinationComparison(): Compare {
    const families = this.#protocolKeys;
    const endpoints = this.#endpoints;
    // Without IPv6 addresses all families are the same.
    return this.#otherWords === undefined
      ? (index, other) => endpoints[index]! - endpoints[other]!
      : (index, other) => this.#compareLongEndpoints(index, other) || families[index]! - families[other]!;
  }

  /** Compares endpoints of which some have IPv6 addresses. */
  #compareLongEndpoints(index: number, other: number): number {
    for (let word = 0; word <= OTHER_WORDS; word++) {
      const difference = this.#word(index, word) - this.#word(other, word);
      if (difference !== 0) return difference;
    }
    return this.#portOf(index) - this.#portOf(other);
  }

  /**
   * Compares as ipvsadm 1.31 does: it subtracts signed 32-bit numbers, so numbers 2^31 or more apart are in
   * the wrong order.
   */
  compareServicesWrapped(index: number, other: number): number {
    return (
      (this.#markOf(index) - this.#markOf(other)) | 0 ||
      // The marks are equal (0 without a mark), so these numbers differ only by family and protocol.
      this.#protocolKeys[index]! - this.#protocolKeys[other]! ||
      this.compareDestinationsWrapped(index, other)
    );
  }

  compareDestinationsWrapped(index: number, other: number): number {
    // ipvsadm compares one word if the first address is IPv4, whatever the other one is.
    const last = this.#isIPv6(index) ? OTHER_WORDS : 0;
    for (let word = 0; word <= last; word++) {
      const difference = (this.#word(index, word) - this.#word(other, word)) | 0;
      if (difference !== 0) return difference;
    }
    return this.#portOf(index) - this.#portOf(other);
  }

  #markOf(index: number): number {
    return Math.floor(this.#protocolKeys[index]! / 4096);
  }

  /** A word of an address, 0 to 3. */
  #word(index: number, word: number): number {
    if (word === 0) return Math.floor(this.#endpoints[index]! / PORTS);
    return this.#otherWords?.[OTHER_WORDS * index + word - 1] ?? 0;
  }

  #portOf(index: number): number {
    return this.#endpoints[index]! % PORTS;
  }

  #isIPv6(index: number): boolean {
    return ((this.#protocolKeys[index]! / 256) & 15) === AddressFamily.INET6;
  }
}

/** Compares the objects at two indices: negative, zero or positive. */
type Compare = (index: number, other: number) => number;

/**
 * Sorts with the merge sort of glibc's qsort: the overflowing comparison is not transitive, so the result
 * depends on which pairs are compared.
 */
function mergeSort(indices: readonly number[], compare: Compare): readonly number[] {
  if (indices.length < 2) return indices;
  const half = indices.length >> 1;
  const left = mergeSort(indices.slice(0, half), compare);
  const right = mergeSort(indices.slice(half), compare);
  const sorted: number[] = [];
  let leftAt = 0;
  let rightAt = 0;
  while (leftAt < left.length && rightAt < right.length)
    sorted.push(compare(left[leftAt]!, right[rightAt]!) <= 0 ? left[leftAt++]! : right[rightAt++]!);
  while (leftAt < left.length) sorted.push(left[leftAt++]!);
  while (rightAt < right.length) sorted.push(right[rightAt++]!);
  return sorted;
}

function indicesOf(count: number): number[] {
  const indices: number[] = [];
  for (let index = 0; index < count; index++) indices.push(index);
  return indices;
}

/** Returns the indices of a table's services in an order; if sorted: by mark, family, protocol, address and port. */
export function orderServices(table: ServiceRecords, order: Order): readonly number[] {
  const indices = indicesOf(table.length);
  if (order === 'kernel') return indices;
  const cursor = table.cursor();
  const { service } = cursor;
  const keys = new AddressKeys(indices.length);
  while (cursor.nextService()) keys.set(cursor.index, service.mark ?? 0, service.protocolNumber, service);
  return order === 'ipvsadm'
    ? mergeSort(indices, (index, other) => keys.compareServicesWrapped(index, other))
    : indices.sort(keys.serviceComparison());
}

/** The addresses of the destinations of one service, reused for the next service. */
let destinationKeys = new AddressKeys(0);

/**
 * Returns what `make` makes of each destination of a cursor's current service, in an order; if sorted: by address and
 * port. `make` is called with the destination's index when the cursor is at the destination.
 */
export function mapDestinations<Value>(
  cursor: RecordCursor,
  order: Order,
  make: (index: number) => Value,
): Value[] {
  const values: Value[] = [];
  const count = cursor.destinationCount;
  if (order === 'kernel' || count < 2) {
    for (let index = 0; cursor.nextDestination(); index++) values.push(make(index));
    return values;
  }
  const { destination } = cursor;
  if (destinationKeys.capacity < count) destinationKeys = new AddressKeys(2 * count);
  const keys = destinationKeys;
  for (let index = 0; cursor.nextDestination(); index++) {
    keys.set(index, 0, 0, destination);
    values.push(make(index));
  }
  if (order === 'ipvsadm') {
    const compareWrapped: Compare = (index, other) => keys.compareDestinationsWrapped(index, other);
    return mergeSort(indicesOf(count), compareWrapped).map((index) => values[index]!);
  }
  const compare = keys.destinationComparison();
  let ascending = true;
  let descending = true;
  for (let index = 1; index < count && (ascending || descending); index++) {
    if (compare(index - 1, index) > 0) ascending = false;
    else descending = false;
  }
  if (ascending) return values;
  // The kernel lists destinations that were added in order in the reverse order.
  if (descending) return values.reverse();
  const sorted = indicesOf(count).sort(compare);
  return sorted.map((index) => values[index]!);
}
