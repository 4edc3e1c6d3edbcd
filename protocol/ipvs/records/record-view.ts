import { HOST_IS_LITTLE_ENDIAN, type UnknownAttribute } from '../../netlink/index.ts';
import { formatAddress } from '../fields/address.ts';
import { AddressFamily } from '../fields/constants.ts';
import { type CounterName, Counters, counterNames } from '../fields/counters.ts';
import type { Family } from '../fields/names.ts';
import type { RecordLayout } from './record-layout.ts';
import type { RecordChunk, RecordStore } from './record-store.ts';

const WORD_BYTES = 4;
const TWO_TO_32 = 2 ** 32;
/** Number of ports. */
const PORTS = 65536;
/** Index of the high word of a 64-bit integer in host byte order. */
const HIGH_WORD = HOST_IS_LITTLE_ENDIAN ? 1 : 0;
/** Index of each counter among the ten of IPVS. */
const COUNTER_INDEXES = Object.fromEntries(counterNames.map((name, index) => [name, index])) as {
  readonly [Name in CounterName]: number;
};

/**
 * A view that decodes values of a record on access. It is reused for one record after the other: store the
 * values, not the view.
 */
export abstract class RecordView {
  /** Attributes that this version of the library does not know. */
  unknown: readonly UnknownAttribute[] | undefined = undefined;
  protected readonly store: RecordStore;
  /** The chunk that holds the record. */
  chunk: RecordChunk;
  protected words: Int32Array;
  /** Index of the record's first word in the chunk. */
  at = 0;
  readonly #layout: RecordLayout<string>;

  protected constructor(store: RecordStore, layout: RecordLayout<string>) {
    this.store = store;
    this.chunk = store.chunk;
    this.words = store.chunk.words;
    this.#layout = layout;
  }

  /** Moves to the record whose first word is at the index `at` of `chunk`. */
  moveTo(chunk: RecordChunk, at: number, unknown: readonly UnknownAttribute[] | undefined): this {
    this.chunk = chunk;
    this.words = chunk.words;
    this.at = at;
    this.unknown = unknown;
    return this;
  }

  /** Copies the record to `chunk`, with its first word at the index `at`, and moves there. */
  moveToCopy(chunk: RecordChunk, at: number): this {
    chunk.words.set(this.words.subarray(this.at, this.at + this.#layout.length), at);
    return this.moveTo(chunk, at, this.unknown);
  }

  /** Traffic counters; they stay valid when the view moves on, and keep the record's chunk alive. */
  get counters(): Counters {
    return countersOf(this.chunk, this.at, this.#layout);
  }

  /**
   * Returns one of the counters as a number: exact up to 2^53, rounded above. It allocates nothing, so it
   * suits comparing or summing the counters of a whole table; {@link counters} has the exact values.
   */
  counterNumber(name: CounterName): number {
    const at = this.at + this.#layout.countersIndex + 2 * COUNTER_INDEXES[name];
    const high = this.words[at + HIGH_WORD]!;
    const low = this.words[at + 1 - HIGH_WORD]! >>> 0;
    return high === 0 ? low : low + (high >>> 0) * TWO_TO_32;
  }

  /** Whether the attribute of this type was present. */
  protected has(type: number): boolean {
    return (this.words[this.at]! & (1 << type)) !== 0;
  }

  /** Returns a port; the record holds it in network byte order. */
  protected portAt(index: number): number {
    const port = this.words[this.at + index]!;
    return HOST_IS_LITTLE_ENDIAN ? ((port & 0xff) << 8) | (port >>> 8) : port;
  }

  protected familyAt(index: number): Family {
    return this.words[this.at + index] === AddressFamily.INET ? 'ipv4' : 'ipv6';
  }

  /** Returns an address with its port, `10.0.0.1:80` or `[2001:db8::1]:80`. */
  protected endpointAt(familyIndex: number, addressIndex: number, portIndex: number): string {
    const { bytes } = this.chunk;
    const start = WORD_BYTES * (this.at + addressIndex);
    // Not `formatIPv4`, which saves memory where texts are kept: a concatenation is faster before V8 has optimised it.
    return this.words[this.at + familyIndex] === AddressFamily.INET
      ? `${bytes[start]}.${bytes[start + 1]}.${bytes[start + 2]}.${bytes[start + 3]}:${this.portAt(portIndex)}`
      : `[${formatAddress('ipv6', bytes, start)}]:${this.portAt(portIndex)}`;
  }

  /** Returns the first word of an address, big-endian, times 65536 plus a port. */
  protected endpointNumberAt(addressIndex: number, portIndex: number): number {
    return this.addressWordAt(addressIndex, 0) * PORTS + this.portAt(portIndex);
  }

  /** Returns one of the four 32-bit words of an address, big-endian. */
  protected addressWordAt(addressIndex: number, word: number): number {
    const { bytes } = this.chunk;
    const at = WORD_BYTES * (this.at + addressIndex + word);
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  }

  protected addressAt(index: number, family: Family): string {
    return formatAddress(family, this.chunk.bytes, WORD_BYTES * (this.at + index));
  }
}

/**
 * Returns an address and port as a key of a `Map` or `Set`: a number for IPv4, which is cheaper than a text, and a text
 * for IPv6.
 */
export function endpointKey(record: {
  readonly familyNumber: number;
  readonly endpointNumber: number;
  readonly endpoint: string;
}): number | string {
  return record.familyNumber === AddressFamily.INET ? record.endpointNumber : record.endpoint;
}

/** Returns the counters of the record whose first word is at the index `at` of `chunk`. */
export function countersOf(
  chunk: RecordChunk,
  at: number,
  { counters64, countersIndex }: RecordLayout<string>,
): Counters {
  return new Counters((chunk.words[at]! & counters64) !== 0, chunk.counters, (at + countersIndex) >> 1);
}
