import { type Family, formatAddress } from '../../../../protocol/ipvs/index.ts';
import { ADDRESS_LENGTH, type ConnectionRow } from '../../../ipvs/proc/connection-row.ts';

/** Number of 32-bit words of a key: the family with the port, then the address. */
const WORDS = 5;
/** Added to the port in the first word of a key if the address is an IPv6 address. */
const IPV6 = 0x10000;
/** Number of endpoints whose keys and counts share a chunk; a power of two. */
const CHUNK = 32768;
/** Initial number of slots of the hash table. */
const INITIAL_SLOTS = 4096;

/** An endpoint and the number of its connections. */
export interface CountedEndpoint {
  readonly family: Family;
  readonly address: string;
  readonly port: number;
  readonly count: number;
}

/**
 * Counts connections by address and port, in at most 36 bytes for each endpoint: a hash table of indices,
 * which refer to keys and counts in chunks that are never moved.
 */
export class EndpointCounts {
  readonly #keys: Uint32Array[] = [];
  readonly #counts: Uint32Array[] = [];
  /**
   * Slots of the hash table: the index of an endpoint plus 1, or 0 for a free slot. At most half of them are
   * in use.
   */
  #slots: Uint32Array = new Uint32Array(INITIAL_SLOTS);
  /** Number of endpoints. */
  #size = 0;
  /** The key that `add` looks up. */
  readonly #key: Uint32Array = new Uint32Array(WORDS);
  readonly #bytes: Buffer = Buffer.alloc(ADDRESS_LENGTH);

  /** Counts a connection by the address of one of its endpoints (an `EndpointIndex`) and a port. */
  add(row: ConnectionRow, endpoint: number, port: number): void {
    const key = this.#key;
    const isIpv6 = row.family(endpoint) === 'ipv6';
    const { addresses } = row;
    const first = endpoint * ADDRESS_LENGTH;
    key[0] = isIpv6 ? IPV6 + port : port;
    for (let word = 1, at = first; word < WORDS; word++, at += 4)
      key[word] =
        isIpv6 || word === 1
          ? (addresses[at]! << 24) |
            (addresses[at + 1]! << 16) |
            (addresses[at + 2]! << 8) |
            addresses[at + 3]!
          : 0;
    const slot = this.#slotOf(key, 0);
    let index = this.#slots[slot]! - 1;
    if (index < 0) index = this.#insert(slot);
    this.#counts[Math.floor(index / CHUNK)]![index % CHUNK]! += 1;
  }

  /**
   * Yields the endpoints by descending number of connections; endpoints with the same number are sorted by
   * address, IPv4 first.
   */
  *sorted(): Generator<CountedEndpoint, void, void> {
    const order = sortedNumbers(this.#size, (a, b) => this.#count(b) - this.#count(a) || this.#compare(a, b));
    for (const index of order) yield this.#endpoint(index);
  }

  #count(index: number): number {
    return this.#counts[Math.floor(index / CHUNK)]![index % CHUNK]!;
  }

  /** Returns the slot of the key at `at` in `keys`, or the free slot for it. */
  #slotOf(keys: Uint32Array, at: number): number {
    let hash = 0;
    for (let word = 0; word < WORDS; word++) {
      hash = Math.imul(hash ^ keys[at + word]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0 && !this.#isKey(slots[slot]! - 1, keys, at)) slot = (slot + 1) & mask;
    return slot;
  }

  #isKey(index: number, keys: Uint32Array, at: number): boolean {
    const chunk = this.#keys[Math.floor(index / CHUNK)]!;
    const first = (index % CHUNK) * WORDS;
    for (let word = 0; word < WORDS; word++) if (chunk[first + word] !== keys[at + word]) return false;
    return true;
  }

  /** Adds the current key at a free slot, and returns its index. */
  #insert(slot: number): number {
    const index = this.#size++;
    if (index % CHUNK === 0) {
      this.#keys.push(new Uint32Array(CHUNK * WORDS));
      this.#counts.push(new Uint32Array(CHUNK));
    }
    this.#keys.at(-1)!.set(this.#key, (index % CHUNK) * WORDS);
    this.#slots[slot] = index + 1;
    if (this.#size * 2 > this.#slots.length) this.#grow();
    return index;
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let index = 0; index < this.#size; index++) {
      const slot = this.#slotOf(this.#keys[Math.floor(index / CHUNK)]!, (index % CHUNK) * WORDS);
      this.#slots[slot] = index + 1;
    }
  }

  /** Compares family, address and port. */
  #compare(a: number, b: number): number {
    const keys = this.#keys[Math.floor(a / CHUNK)]!;
    const otherKeys = this.#keys[Math.floor(b / CHUNK)]!;
    const at = (a % CHUNK) * WORDS;
    const otherAt = (b % CHUNK) * WORDS;
    const familyDifference = (keys[at]! >>> 16) - (otherKeys[otherAt]! >>> 16);
    if (familyDifference !== 0) return familyDifference;
    for (let word = 1; word < WORDS; word++) {
      const difference = keys[at + word]! - otherKeys[otherAt + word]!;
      if (difference !== 0) return difference;
    }
    return keys[at]! - otherKeys[otherAt]!;
  }

  #endpoint(index: number): CountedEndpoint {
    const keys = this.#keys[Math.floor(index / CHUNK)]!;
    const at = (index % CHUNK) * WORDS;
    const family = keys[at]! >= IPV6 ? 'ipv6' : 'ipv4';
    const bytes = this.#bytes;
    for (let word = 0; word < 4; word++) bytes.writeUInt32BE(keys[at + 1 + word]!, word * 4);
    return {
      family,
      address: formatAddress(family, bytes, 0),
      port: keys[at]! & 0xffff,
      count: this.#count(index),
    };
  }
}

/**
 * Returns the numbers below `size` in the order of `compare`, by a bottom-up merge sort: `sort` of a
 * Uint32Array would allocate an object for each number.
 */
function sortedNumbers(size: number, compare: (a: number, b: number) => number): Uint32Array {
  let from = new Uint32Array(size).map((_, index) => index);
  let to = new Uint32Array(size);
  for (let length = 1; length < size; length *= 2) {
    for (let start = 0; start < size; start += 2 * length) {
      const middle = Math.min(start + length, size);
      const end = Math.min(middle + length, size);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at++) {
        const takeLeft = right === end || (left < middle && compare(from[left]!, from[right]!) <= 0);
        to[at] = takeLeft ? from[left++]! : from[right++]!;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
