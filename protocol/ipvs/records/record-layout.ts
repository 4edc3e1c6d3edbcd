import { type AttributeSpec, minimumLength } from '../../netlink/index.ts';
import { ipvsAttributes } from '../fields/attributes.ts';

/** How the value of an attribute is stored in a record. That of several words is their number. */
export const Storage = {
  /** Not in the attribute set: the attribute is stored outside the record, as bytes. */
  UNKNOWN: 0,
  /** Stores up to 32 bits in one word. */
  WORD: 1,
  /** Stores two words: 64 bits, or flags with a mask. */
  TWO_WORDS: 2,
  /** Stores four words: an address. */
  FOUR_WORDS: 4,
  /** Stores the id of an interned name, see `InternedNames`. */
  NAME: 7,
  /** Not stored during the walk but after it, if there are no 64-bit counters: the 32-bit counters. */
  COUNTERS_32: 8,
  /** Not stored during the walk but after it: the 64-bit counters. */
  COUNTERS_64: 9,
  /** Not stored: the list of destinations, of which the decoder only remembers the bounds. */
  LIST: 10,
} as const;

/** Number of counters of a service or destination, the type of the first, and their size in a record in words. */
export const COUNTER_COUNT = 10;
export const FIRST_COUNTER_TYPE: number = ipvsAttributes.stats64.connections[0];
const COUNTER_WORDS = 2 * COUNTER_COUNT;

/** Exclusive maximum of the attribute types that a record can hold. */
export const MAXIMUM_TYPES = 32;

const VALUE_STORAGE: Readonly<Record<string, readonly [storage: number, words: number]>> = {
  u8: [Storage.WORD, 1],
  u16: [Storage.WORD, 1],
  u16be: [Storage.WORD, 1],
  u32: [Storage.WORD, 1],
  s32: [Storage.WORD, 1],
  bytes4: [Storage.WORD, 1],
  u64: [Storage.TWO_WORDS, 2],
  'masked-flags': [Storage.TWO_WORDS, 2],
  bytes16: [Storage.FOUR_WORDS, 4],
  string: [Storage.NAME, 1],
};

/** How nests are stored, by the attribute set that they hold. */
const NEST_STORAGE: Readonly<Record<string, readonly [storage: number, words: number]>> = {
  stats: [Storage.COUNTERS_32, 0],
  stats64: [Storage.COUNTERS_64, COUNTER_WORDS],
  destination: [Storage.LIST, 0],
};

/**
 * The layout of a record of 32-bit words: the index of each attribute and how it is stored. It is derived
 * from the attribute set, in the same order.
 *
 * Word 0 of a record is a bitmap of the attributes present: bit n for type n, and bit 0 for any attribute
 * that is not in the set. The words of an absent attribute are zero.
 */
export class RecordLayout<Names extends string> {
  /** The set's name, for error messages. */
  readonly set: string;
  /** Index in the record of each attribute's value, or of its first word. */
  readonly indexes: { readonly [Name in Names]: number };
  /** Index of the first counter, which is even; each takes two words, 64 bits in host byte order. */
  readonly countersIndex: number;
  /** The bit of word 0 that is set if the counters have 64 bits. */
  readonly counters64: number;
  /** Length of a record, in words, a multiple of 2. */
  readonly length: number;
  /**
   * By attribute type: four bytes in one number, so that one look-up is enough. From the lowest: the {@link
   * Storage} value, the index in the record, the minimum length of the value in bytes, and the number of bits of a
   * word that do not belong to a value shorter than a word.
   */
  readonly descriptors: Int32Array = new Int32Array(MAXIMUM_TYPES);
  /** By attribute type: the name, for error messages. */
  readonly names: readonly (string | undefined)[];

  constructor(set: string, attributes: { readonly [Name in Names]: AttributeSpec }) {
    this.set = set;
    const indexes: { [name: string]: number } = {};
    const names: string[] = [];
    let next = 1;
    for (const [name, [type, kind, inner]] of Object.entries<AttributeSpec>(attributes)) {
      const found = VALUE_STORAGE[kind] ?? NEST_STORAGE[inner ?? ''];
      if (found === undefined || type >= MAXIMUM_TYPES)
        throw new TypeError(`${set}.${name} cannot be stored in a record`);
      const [storage, words] = found;
      if (words === COUNTER_WORDS) next += next & 1;
      const minimum = minimumLength(kind);
      const unusedBits = 32 - 8 * Math.min(4, minimum);
      this.descriptors[type] = storage | (next << 8) | (minimum << 16) | (unusedBits << 24);
      names[type] = name;
      indexes[name] = next;
      next += words;
    }
    this.indexes = indexes as { [Name in Names]: number };
    this.names = names;
    this.countersIndex = indexes.stats64 ?? 0;
    this.counters64 = 1 << names.indexOf('stats64');
    this.length = next + (next & 1);
  }
}

/** The layout of a service's record. The attributes of the key are adjacent, from the family to the mark. */
export const serviceLayout: RecordLayout<keyof typeof ipvsAttributes.service> = new RecordLayout(
  'service',
  ipvsAttributes.service,
);

/** The layout of a destination's record. */
export const destinationLayout: RecordLayout<keyof typeof ipvsAttributes.destination> = new RecordLayout(
  'destination',
  ipvsAttributes.destination,
);
