import { invalidLength, tooShort, truncatedHeader } from '../../netlink/attributes/decode-errors.ts';
import { LENGTH_SHIFT, TYPE_SHIFT } from '../../netlink/attributes/header-word.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  ATTRIBUTE_TYPE_MASK,
  type ByteView,
  DecodeError,
  HOST_IS_LITTLE_ENDIAN,
  type UnknownAttribute,
  walkAttributes,
} from '../../netlink/index.ts';
import { ipvsAttributes } from '../fields/attributes.ts';
import { AddressFamily } from '../fields/constants.ts';
import { COUNTERS_32, COUNTERS_64, storeCounters, storeCountersIfInOrder } from './decode-counters.ts';
import {
  destinationLayout,
  MAXIMUM_TYPES,
  type RecordLayout,
  Storage,
  serviceLayout,
} from './record-layout.ts';
import type { RecordStore } from './record-store.ts';

const SERVICE = serviceLayout.indexes;
const DESTINATION = destinationLayout.indexes;
const { service, destination } = ipvsAttributes;

/** The types of the required attributes of services and destinations; the first missing one is reported. */
const MARK_SERVICE_TYPES = [service.family, service.scheduler, service.mark].map(([type]) => type);
const ADDRESS_SERVICE_TYPES = [
  service.family,
  service.scheduler,
  service.protocol,
  service.address,
  service.port,
].map(([type]) => type);
const DESTINATION_TYPES = [destination.address, destination.port].map(([type]) => type);

/** Returns the bits of the types in word 0 of a record. */
function bits(types: readonly number[]): number {
  return types.reduce((sum, type) => sum | (1 << type), 0);
}

const MARK_SERVICE_BITS = bits(MARK_SERVICE_TYPES);
const ADDRESS_SERVICE_BITS = bits(ADDRESS_SERVICE_TYPES);
const DESTINATION_BITS = bits(DESTINATION_TYPES);
const MARK_BIT = bits([service.mark[0]]);
const FAMILY_OF_DESTINATION_BIT = bits([destination.family[0]]);

const HEADER = ATTRIBUTE_HEADER_LENGTH;
/** Bit mask: a value shorter than a word is in the lower bits of its first word in little-endian byte order only. */
const LEFT_SHIFTS = HOST_IS_LITTLE_ENDIAN ? -1 : 0;
/** Local constants, as property access per attribute would be slower. */
const { UNKNOWN, WORD, TWO_WORDS, FOUR_WORDS, NAME, LIST } = Storage;
const STORED_COUNTERS_32 = Storage.COUNTERS_32;
const STORED_COUNTERS_64 = Storage.COUNTERS_64;

type Layout = RecordLayout<string>;

/**
 * Decodes SERVICE and DEST nests into records, in one pass over the attributes, which stores each value at
 * its index in the record.
 *
 * Records do not refer to the received bytes. As in `nla_ok`, a length is at least 4 and at most the
 * remaining bytes, and the last attribute may be unpadded. Of a repeated attribute the last one wins.
 * NLA_F_NESTED and NLA_F_NET_BYTEORDER are ignored. 32-bit counters are ignored if there are 64-bit counters.
 */
export class RecordDecoder {
  readonly store: RecordStore;
  /** The attributes of the last nest that are not in {@link ipvsAttributes}. */
  unknown: readonly UnknownAttribute[] | undefined = undefined;
  /**
   * Bounds of the list of destinations inside the last service, as offsets in the view; 0 and 0 without a
   * list.
   */
  listStart = 0;
  listEnd = 0;
  readonly #counters: boolean;

  /** Without `counters` the counters are not decoded and read as 0. */
  constructor(store: RecordStore, counters = true) {
    this.store = store;
    this.#counters = counters;
  }

  /**
   * Decodes the SERVICE nest whose attributes are at `start` to `end`, and returns the index of the record's
   * first word in the store's chunk. `start` must be a multiple of 4.
   *
   * Throws a {@link DecodeError} with offset and path; no record is created then.
   */
  service(view: ByteView, start: number, end: number): number {
    this.listStart = this.listEnd = 0;
    const { store } = this;
    const at = store.allocate(serviceLayout.length);
    const { words } = store.chunk;
    try {
      const present = this.#write(serviceLayout, view, start, end, words, at);
      const marked = (present & MARK_BIT) !== 0;
      const needed = marked ? MARK_SERVICE_BITS : ADDRESS_SERVICE_BITS;
      if ((present & needed) === needed && isFamily(words[at + SERVICE.family]!)) return at;
      throw incomplete(serviceLayout, view, start, end, marked ? MARK_SERVICE_TYPES : ADDRESS_SERVICE_TYPES);
    } catch (error) {
      store.free(at);
      throw error;
    }
  }

  /**
   * As {@link service} for a DEST nest. `serviceFamily` (AF_INET or AF_INET6) is the family of a destination
   * without a family attribute (kernels before 3.18).
   */
  destination(view: ByteView, start: number, end: number, serviceFamily: number): number {
    const { store } = this;
    const at = store.allocate(destinationLayout.length);
    const { words } = store.chunk;
    try {
      const present = this.#write(destinationLayout, view, start, end, words, at);
      const needed = DESTINATION_BITS;
      if ((present & FAMILY_OF_DESTINATION_BIT) === 0) words[at + DESTINATION.family] = serviceFamily;
      if ((present & needed) === needed && isFamily(words[at + DESTINATION.family]!)) return at;
      throw incomplete(destinationLayout, view, start, end, DESTINATION_TYPES);
    } catch (error) {
      store.free(at);
      throw error;
    }
  }

  /**
   * Writes the attributes from `start` to `end` to the record at the word `to`; returns a bit for each type
   * present.
   */
  #write(layout: Layout, view: ByteView, start: number, end: number, record: Int32Array, to: number): number {
    const { words } = view;
    const { descriptors } = layout;
    let present = 0;
    let counters64At = -1;
    let counters32At = -1;
    let at = start;
    for (let next: number; end - at >= HEADER; at = next) {
      const header = words[at >> 2]!;
      const length = (header >>> LENGTH_SHIFT) & 0xffff;
      if (length < HEADER || length > end - at) throw invalidLength(length, at, end, layout.set);
      next = at + ((length + 3) & ~3);
      const type = (header >>> TYPE_SHIFT) & ATTRIBUTE_TYPE_MASK;
      // The storage, the index in the record, the minimum length and the unused bits, see `RecordLayout.descriptors`.
      const descriptor = type < MAXIMUM_TYPES ? descriptors[type]! : UNKNOWN;
      const storage = descriptor & 0xff;
      if (storage === UNKNOWN) {
        present |= 1;
        continue;
      }
      if (length - HEADER < ((descriptor >>> 16) & 0xff))
        throw tooShort(layout.set, layout.names[type], at, length);
      present |= 1 << type;
      const target = to + ((descriptor >>> 8) & 0xff);
      const value = (at >> 2) + 1;
      if (storage === WORD) {
        const unusedBits = descriptor >>> 24;
        record[target] = (words[value]! << (unusedBits & LEFT_SHIFTS)) >>> unusedBits;
        continue;
      }
      switch (storage) {
        case FOUR_WORDS:
        case TWO_WORDS:
          copyWords(words, value, record, target, storage);
          break;
        case NAME:
          record[target] = this.store.names.intern(view, at + HEADER, at + length);
          break;
        case STORED_COUNTERS_64:
          counters64At = at;
          break;
        case STORED_COUNTERS_32:
          counters32At = at;
          break;
        case LIST:
          this.listStart = at + HEADER;
          this.listEnd = at + length;
      }
    }
    if (at < end) throw truncatedHeader(at, layout.set);
    record[to] = present;
    this.unknown = (present & 1) === 0 ? undefined : unknownAttributes(layout, view, start, end);
    if (!this.#counters) return present;
    const target = to + layout.countersIndex;
    if (counters64At !== -1) {
      if (!storeCountersIfInOrder(words, counters64At >> 2, record, target))
        storeCounters(view, counters64At, COUNTERS_64, record, target);
    } else if (counters32At !== -1) storeCounters(view, counters32At, COUNTERS_32, record, target);
    return present;
  }
}

/** Copies `count` words; not part of `#write`, which V8 compiles sooner if it is shorter. */
function copyWords(from: Int32Array, at: number, to: Int32Array, target: number, count: number): void {
  for (let word = 0; word < count; word++) to[target + word] = from[at + word]!;
}

function unknownAttributes(layout: Layout, view: ByteView, start: number, end: number): UnknownAttribute[] {
  const unknown: UnknownAttribute[] = [];
  walkAttributes(view, start, end, layout.set, (type, rawType, from, to) => {
    if (layout.names[type] === undefined) unknown.push({ type: rawType, bytes: view.bytes.slice(from, to) });
  });
  return unknown;
}

function isFamily(family: number): boolean {
  return family === AddressFamily.INET || family === AddressFamily.INET6;
}

/** Returns the error for a nest without one of the `needed` attributes, or with an unknown family. */
function incomplete(
  { set, names }: Layout,
  view: ByteView,
  start: number,
  end: number,
  needed: readonly number[],
): DecodeError {
  const offsets = new Map<string | undefined, number>();
  walkAttributes(view, start, end, set, (type, _raw, from) => offsets.set(names[type], from));
  const familyAt = offsets.get('family');
  const family =
    familyAt === undefined ? AddressFamily.INET : view.data.getUint16(familyAt, HOST_IS_LITTLE_ENDIAN);
  if (familyAt !== undefined && !isFamily(family))
    return new DecodeError(`unknown address family ${family}`, familyAt, `${set}.family`);
  const missing = needed.map((type) => names[type]).find((name) => !offsets.has(name));
  return new DecodeError('is missing', start, `${set}.${missing}`);
}
