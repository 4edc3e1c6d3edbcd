import { LITTLE_ENDIAN, type UnknownAttribute } from '../../netlink/index.ts';
import { formatAddress } from '../fields/address.ts';
import { AddressFamily } from '../fields/constants.ts';
import { type CounterName, Counters, counterNames } from '../fields/counters.ts';
import type { Family } from '../fields/names.ts';
import type { RecordLayout } from './record-layout.ts';
import type { RecordChunk, RecordStore } from './record-store.ts';

const WORD = 4;
const TWO_TO_32 = 2 ** 32;
/** The place of the high word of 64 bits in host order. */
const HIGH_WORD = LITTLE_ENDIAN ? 1 : 0;
/** The place of each counter among the ten. */
const COUNTER_INDEXES = Object.fromEntries(counterNames.map((name, index) => [name, index])) as {
  readonly [Name in CounterName]: number;
};

/**
 * Reads the values of a record when they are asked for. It is moved from record to record: keep the values,
 * not the view.
 */
export abstract class RecordView {
  /** Attributes of the object that have no name here. */
  unknown: readonly UnknownAttribute[] | undefined = undefined;
  protected readonly store: RecordStore;
  /** The memory that the record lies in. */
  chunk: RecordChunk;
  protected words: Int32Array;
  /** The word that the record begins at. */
  at = 0;
  readonly #layout: RecordLayout<string>;

  protected constructor(store: RecordStore, layout: RecordLayout<string>) {
    this.store = store;
    this.chunk = store.chunk;
    this.words = store.chunk.words;
    this.#layout = layout;
  }

  /** Moves to the record that begins at the word `at` of `chunk`. */
  moveTo(chunk: RecordChunk, at: number, unknown: readonly UnknownAttribute[] | undefined): this {
    this.chunk = chunk;
    this.words = chunk.words;
    this.at = at;
    this.unknown = unknown;
    return this;
  }

  /** Copies the record to the word `at` of `chunk` and moves there. */
  moveToCopy(chunk: RecordChunk, at: number): this {
    chunk.words.set(this.words.subarray(this.at, this.at + this.#layout.length), at);
    return this.moveTo(chunk, at, this.unknown);
  }

  /** Traffic through the object; it holds when the view moves on, and keeps the chunk that the record lies in. */
  get counters(): Counters {
    return countersOf(this.chunk, this.at, this.#layout);
  }

  /**
   * One of the counters as a number: exact up to 2^53, rounded above. It makes no object, so that those of a whole
   * table can be compared or summed; {@link counters} has the exact values.
   */
  counterNumber(name: CounterName): number {
    const at = this.at + this.#layout.countersPlace + 2 * COUNTER_INDEXES[name];
    const high = this.words[at + HIGH_WORD]!;
    const low = this.words[at + 1 - HIGH_WORD]! >>> 0;
    return high === 0 ? low : low + (high >>> 0) * TWO_TO_32;
  }

  /** Whether the attribute of this type was present. */
  protected has(type: number): boolean {
    return (this.words[this.at]! & (1 << type)) !== 0;
  }

  /** A port: its record holds it as it was sent, in network order. */
  protected portAt(place: number): number {
    const port = this.words[this.at + place]!;
    return LITTLE_ENDIAN ? ((port & 0xff) << 8) | (port >>> 8) : port;
  }

  protected familyAt(place: number): Family {
    return this.words[this.at + place] === AddressFamily.INET ? 'ipv4' : 'ipv6';
  }

  /** An address with its port, `10.0.0.1:80` or `[2001:db8::1]:80`. */
  protected endpointAt(family: number, address: number, port: number): string {
    const { bytes } = this.chunk;
    const start = WORD * (this.at + address);
    return this.words[this.at + family] === AddressFamily.INET
      ? `${formatAddress('ipv4', bytes, start)}:${this.portAt(port)}`
      : `[${formatAddress('ipv6', bytes, start)}]:${this.portAt(port)}`;
  }

  /** One of the four words of an address as a number, the first bytes highest. */
  protected addressWordAt(place: number, index: number): number {
    const { bytes } = this.chunk;
    const at = WORD * (this.at + place + index);
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  }

  protected addressAt(place: number, family: Family): string {
    return formatAddress(family, this.chunk.bytes, WORD * (this.at + place));
  }
}

/** The counters of the record at the word `at` of `chunk`. */
export function countersOf(
  chunk: RecordChunk,
  at: number,
  { counters64, countersPlace }: RecordLayout<string>,
): Counters {
  return new Counters((chunk.words[at]! & counters64) !== 0, chunk.counters, (at + countersPlace) >> 1);
}
