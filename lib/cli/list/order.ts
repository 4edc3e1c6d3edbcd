import {
  type Destination,
  FAMILY_NUMBERS,
  type Family,
  PROTOCOL_NUMBERS,
  parseAddress,
  type Service,
} from '../../../protocol/ipvs/index.ts';

/** Says which of two comes first: negative, zero or positive, as for Array.prototype.sort. */
type Compare = (first: SortKey, second: SortKey) => number;

/** What services and destinations are sorted by. */
interface SortKey {
  readonly mark: number;
  readonly family: number;
  readonly protocol: number;
  /** The 16 bytes of the address as four words; IPv4 is the first. */
  readonly words: readonly number[];
  readonly port: number;
  /** Mark, family and protocol in one number. */
  readonly kind: number;
  /** Of IPv4, address and port in one number. */
  readonly endpoint: number;
}

function sortKey(
  mark: number,
  family: number,
  protocol: number,
  words: readonly number[],
  port: number,
): SortKey {
  const kind = (mark * 16 + family) * 256 + protocol;
  return { mark, family, protocol, words, port, kind, endpoint: words[0]! * 65536 + port };
}

function compareWords(first: SortKey, second: SortKey): number {
  for (let index = 0; index < 4; index++) {
    const difference = first.words[index]! - second.words[index]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareServices(first: SortKey, second: SortKey): number {
  const difference = first.kind - second.kind;
  if (difference !== 0) return difference;
  if (first.family === FAMILY_NUMBERS.ipv4) return first.endpoint - second.endpoint;
  return compareWords(first, second) || first.port - second.port;
}

function compareDestinations(first: SortKey, second: SortKey): number {
  if (first.family === FAMILY_NUMBERS.ipv4 && second.family === FAMILY_NUMBERS.ipv4)
    return first.endpoint - second.endpoint;
  return compareWords(first, second) || first.port - second.port || first.family - second.family;
}

/** ipvsadm 1.31 subtracts in 32 bits with sign, so what is 2^31 or more apart comes the wrong way round. */
function compareWordsWrapped(first: SortKey, second: SortKey): number {
  const count = first.family === FAMILY_NUMBERS.ipv6 ? 4 : 1;
  for (let index = 0; index < count; index++) {
    const difference = (first.words[index]! - second.words[index]!) | 0;
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareServicesWrapped(first: SortKey, second: SortKey): number {
  return (
    (first.mark - second.mark) | 0 ||
    first.family - second.family ||
    first.protocol - second.protocol ||
    compareWordsWrapped(first, second) ||
    first.port - second.port
  );
}

function compareDestinationsWrapped(first: SortKey, second: SortKey): number {
  return compareWordsWrapped(first, second) || first.port - second.port;
}

/** An item with what it is sorted by. */
export interface Keyed<Item> {
  readonly item: Item;
  readonly key: SortKey;
}

/**
 * glibc's qsort for what fits into memory, step for step: the wrapped comparison is not transitive,
 * so that the result depends on which pairs are compared.
 */
function mergeSort<Item>(items: readonly Keyed<Item>[], compare: Compare): readonly Keyed<Item>[] {
  if (items.length < 2) return items;
  const half = items.length >> 1;
  const left = mergeSort(items.slice(0, half), compare);
  const right = mergeSort(items.slice(half), compare);
  const sorted: Keyed<Item>[] = [];
  let leftAt = 0;
  let rightAt = 0;
  while (leftAt < left.length && rightAt < right.length)
    sorted.push(compare(left[leftAt]!.key, right[rightAt]!.key) <= 0 ? left[leftAt++]! : right[rightAt++]!);
  while (leftAt < left.length) sorted.push(left[leftAt++]!);
  while (rightAt < right.length) sorted.push(right[rightAt++]!);
  return sorted;
}

function sort<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => SortKey,
  right: Compare,
  wrapped: Compare | undefined,
): readonly Item[] {
  if (items.length < 2) return items;
  return sortKeyed(
    items.map((item) => ({ item, key: keyOf(item) })),
    right,
    wrapped,
  );
}

function sortKeyed<Item>(
  keyed: readonly Keyed<Item>[],
  right: Compare,
  wrapped: Compare | undefined,
): Item[] {
  const sorted =
    wrapped === undefined
      ? keyed.toSorted((first, second) => right(first.key, second.key))
      : mergeSort(keyed, wrapped);
  return sorted.map(({ item }) => item);
}

const DOT = 46;
const ZERO = 48;
const NO_WORDS: readonly number[] = [0, 0, 0, 0];

/** The number that dotted text stands for. */
function ipv4Word(text: string): number {
  let word = 0;
  let part = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code !== DOT) part = part * 10 + code - ZERO;
    else {
      word = word * 256 + part;
      part = 0;
    }
  }
  return word * 256 + part;
}

function addressWords(family: Family, address: string): readonly number[] {
  if (family === 'ipv4') return [ipv4Word(address), 0, 0, 0];
  const { bytes } = parseAddress('address', address);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)];
}

/** What a service is sorted by. */
export function serviceSortKey(service: Service): SortKey {
  const family = FAMILY_NUMBERS[service.family];
  if (service.mark !== undefined) return sortKey(service.mark, family, 0, NO_WORDS, 0);
  const { protocol, address, port } = service;
  const number = typeof protocol === 'number' ? protocol : PROTOCOL_NUMBERS[protocol]!;
  return sortKey(0, family, number, addressWords(service.family, address), port);
}

/** What a destination is sorted by. */
export function destinationSortKey({ family, address, port }: Destination): SortKey {
  return sortKey(0, FAMILY_NUMBERS[family], 0, addressWords(family, address), port);
}

/** Services by mark, family, protocol, address and port; `wrapped` gives ipvsadm's order. */
export function sortServices<Item extends Service>(
  services: readonly Item[],
  wrapped: boolean,
): readonly Item[] {
  return sort(services, serviceSortKey, compareServices, wrapped ? compareServicesWrapped : undefined);
}

/** What stands for services, in the order of {@link sortServices}. */
export function sortByService<Item>(keyed: readonly Keyed<Item>[], wrapped: boolean): Item[] {
  return sortKeyed(keyed, compareServices, wrapped ? compareServicesWrapped : undefined);
}

/** Destinations by address and port; `wrapped` gives ipvsadm's order. */
export function sortDestinations(
  destinations: readonly Destination[],
  wrapped: boolean,
): readonly Destination[] {
  return sort(
    destinations,
    destinationSortKey,
    compareDestinations,
    wrapped ? compareDestinationsWrapped : undefined,
  );
}

/** What stands for destinations, in the order of {@link sortDestinations}. */
export function sortDestinationKeys<Item>(keyed: readonly Keyed<Item>[], wrapped: boolean): Item[] {
  return sortKeyed(keyed, compareDestinations, wrapped ? compareDestinationsWrapped : undefined);
}
