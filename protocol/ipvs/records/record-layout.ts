import { type AttributeSpec, LITTLE_ENDIAN, minimumLength } from '../../netlink/index.ts';
import { ipvsAttributes } from '../fields/attributes.ts';

/** How the value of an attribute is stored. */
export const Storing = {
  /** The table does not name the attribute: it is kept beside the record, as bytes. */
  UNKNOWN: 0,
  /** Stores one 32-bit word, or what fewer bytes hold. */
  WORD: 1,
  /** Stores two words: 64 bits, or flags with their mask. */
  TWO_WORDS: 2,
  /** Stores four words: an address. */
  FOUR_WORDS: 3,
  /** Stores a number that stands for text, see `Names`. */
  NAME: 7,
  /** Notes where the 32-bit counters lie: they are stored where there are no 64-bit ones. */
  COUNTERS_32: 8,
  /** Stores the ten 64-bit counters. */
  COUNTERS_64: 9,
  /** Notes where the list of destinations lies. */
  LIST: 10,
} as const;

/** The counters of an object: how many there are, their first attribute, and what they take in a record. */
export const COUNTER_COUNT = 10;
export const FIRST_COUNTER: number = ipvsAttributes.stats64.connections[0];
const COUNTER_WORDS = 2 * COUNTER_COUNT;

/** Attribute types below this number may have a place in a record. */
export const MAXIMUM_TYPES = 32;

const SCALAR_STEPS: Readonly<Record<string, readonly [step: number, words: number]>> = {
  u8: [Storing.WORD, 1],
  u16: [Storing.WORD, 1],
  u16be: [Storing.WORD, 1],
  u32: [Storing.WORD, 1],
  s32: [Storing.WORD, 1],
  bytes4: [Storing.WORD, 1],
  u64: [Storing.TWO_WORDS, 2],
  'masked-flags': [Storing.TWO_WORDS, 2],
  bytes16: [Storing.FOUR_WORDS, 4],
  string: [Storing.NAME, 1],
};

/** How nests are stored, by the set inside. */
const NEST_STEPS: Readonly<Record<string, readonly [step: number, words: number]>> = {
  stats: [Storing.COUNTERS_32, 0],
  stats64: [Storing.COUNTERS_64, COUNTER_WORDS],
  destination: [Storing.LIST, 0],
};

/**
 * Where each attribute of a set goes in a record of 32-bit words, and how: derived from the table of
 * attributes, in its order.
 *
 * Word 0 of a record says which attributes were present: bit n for type n, and bit 0 for attributes that
 * the table does not name. An absent attribute leaves zeros.
 */
export class RecordLayout<Names extends string> {
  /** The set's name, for errors. */
  readonly set: string;
  /** The word of each attribute's value, or of its first one. */
  readonly places: { readonly [Name in Names]: number };
  /** The word of the first counter; each takes two, as 64 bits in host order, which begin at an even word. */
  readonly countersPlace: number;
  /** The bit of word 0 that says that the counters have 64 bits. */
  readonly counters64: number;
  /** Length of a record, in words, a multiple of 2. */
  readonly length: number;
  /**
   * By attribute type, how it is stored, in one number so that one look-up gives all: the {@link Step} in
   * the lowest byte, then the word in the record, the minimum length of the value in bytes, and by how many bits a value
   * that does not fill its first word must be shifted to the word's low end.
   */
  readonly codes: Int32Array = new Int32Array(MAXIMUM_TYPES);
  /** By attribute type: the bits of its first word, shifted, that are the value. */
  readonly masks: Int32Array = new Int32Array(MAXIMUM_TYPES);
  /** By attribute type: the attribute's name, for errors. */
  readonly names: readonly (string | undefined)[];

  constructor(set: string, attributes: { readonly [Name in Names]: AttributeSpec }) {
    this.set = set;
    const places: { [name: string]: number } = {};
    const names: string[] = [];
    let next = 1;
    for (const [name, [type, kind, inner]] of Object.entries<AttributeSpec>(attributes)) {
      const found = SCALAR_STEPS[kind] ?? NEST_STEPS[inner ?? ''];
      if (found === undefined || type >= MAXIMUM_TYPES) throw new TypeError(`${set}.${name} has no place`);
      const [step, words] = found;
      if (words === COUNTER_WORDS) next += next & 1;
      const minimum = minimumLength(kind);
      const spare = 32 - 8 * Math.min(4, minimum);
      const shift = LITTLE_ENDIAN ? 0 : spare;
      this.codes[type] = step | (next << 8) | (minimum << 16) | (shift << 24);
      this.masks[type] = -1 >>> spare;
      names[type] = name;
      places[name] = next;
      next += words;
    }
    this.places = places as { [Name in Names]: number };
    this.names = names;
    this.countersPlace = places.stats64 ?? 0;
    this.counters64 = 1 << names.indexOf('stats64');
    this.length = next + (next & 1);
  }
}

/** How a service is recorded. Its identifying attributes lie side by side, family to mark. */
export const serviceLayout: RecordLayout<keyof typeof ipvsAttributes.service> = new RecordLayout(
  'service',
  ipvsAttributes.service,
);

/** How a destination is recorded. */
export const destinationLayout: RecordLayout<keyof typeof ipvsAttributes.destination> = new RecordLayout(
  'destination',
  ipvsAttributes.destination,
);
