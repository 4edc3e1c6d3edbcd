import { AttributeIndex, type AttributeLayout, type ByteView, LITTLE_ENDIAN } from '../netlink/index.ts';
import { ipvsAttributes } from './attributes.ts';

/** The ten counters, in the order of their attribute numbers. */
export const counterNames = [
  'connections',
  'incomingPackets',
  'outgoingPackets',
  'incomingBytes',
  'outgoingBytes',
  'connectionRate',
  'incomingPacketRate',
  'outgoingPacketRate',
  'incomingByteRate',
  'outgoingByteRate',
] as const;

/** The name of a counter. */
export type CounterName = (typeof counterNames)[number];

/** The ten counters as plain numbers: totals since the start or the last zeroing, and rates a second. */
export type CounterValues = { readonly [Name in CounterName]: bigint };

const index32 = new AttributeIndex('stats', ipvsAttributes.stats);
/** Where the counters lie in an `IPVS_*_ATTR_STATS64` nest. */
export const wideCounters: AttributeIndex = new AttributeIndex('stats64', ipvsAttributes.stats64);
const empty = new Int32Array(ipvsAttributes.stats.padding[0] + 1);

/**
 * Traffic through a service or a destination.
 *
 * The bytes were checked when the object was decoded; each counter is read from them only when it
 * is asked for. Totals count since the object was made or zeroed, rates are per second. Exact: 64
 * bits wherever the kernel gives them (`wide`), else 32 bits that wrap, except for the bytes. Up to two
 * seconds old: the kernel gives the sums that its estimator took last (ip_vs_copy_stats).
 */
export class Counters implements CounterValues {
  /** Ten zeros, for an object whose counters the kernel did not give. */
  static readonly none: Counters = new Counters(false, undefined, 0, empty);

  /** False where the kernel gave only its older counters (before 4.1): 32 bits, which wrap. */
  readonly wide: boolean;
  readonly #data: DataView | undefined;
  readonly #start: number;
  readonly #at: Int32Array;

  private constructor(wide: boolean, data: DataView | undefined, start: number, at: Int32Array) {
    this.wide = wide;
    this.#data = data;
    this.#start = start;
    this.#at = at;
  }

  /** The counters in the `IPVS_*_ATTR_STATS64` nest at `start`, whose layout {@link wideCounters} found. */
  static fromStats64(view: ByteView, start: number, layout: AttributeLayout): Counters {
    return new Counters(true, view.data, start, layout.at);
  }

  /** The counters in an `IPVS_*_ATTR_STATS` nest; throws a DecodeError for a malformed one. */
  static fromStats(view: ByteView, start: number, end: number): Counters {
    const layout: AttributeLayout = index32.find(view, start, end);
    return new Counters(false, view.data, start, layout.at);
  }

  /** Connections scheduled. */
  get connections(): bigint {
    return this.#read(1);
  }

  get incomingPackets(): bigint {
    return this.#read(2);
  }

  get outgoingPackets(): bigint {
    return this.#read(3);
  }

  get incomingBytes(): bigint {
    return this.#readBytes(4);
  }

  get outgoingBytes(): bigint {
    return this.#readBytes(5);
  }

  /** Connections per second. */
  get connectionRate(): bigint {
    return this.#read(6);
  }

  /** Packets per second. */
  get incomingPacketRate(): bigint {
    return this.#read(7);
  }

  /** Packets per second. */
  get outgoingPacketRate(): bigint {
    return this.#read(8);
  }

  /** Bytes per second. */
  get incomingByteRate(): bigint {
    return this.#read(9);
  }

  /** Bytes per second. */
  get outgoingByteRate(): bigint {
    return this.#read(10);
  }

  /** All ten as a plain object. */
  values(): CounterValues {
    return Object.fromEntries(counterNames.map((name) => [name, this[name]])) as CounterValues;
  }

  /** All ten as decimal text, which JSON can hold without loss. */
  toJSON(): { readonly [Name in CounterName]: string } {
    return Object.fromEntries(counterNames.map((name) => [name, String(this[name])])) as {
      [Name in CounterName]: string;
    };
  }

  #read(type: number): bigint {
    if (this.wide) return this.#readBytes(type);
    const at = this.#at[type]!;
    return at === 0 ? 0n : BigInt(this.#data!.getUint32(this.#start + at, LITTLE_ENDIAN));
  }

  #readBytes(type: number): bigint {
    const at = this.#at[type]!;
    return at === 0 ? 0n : this.#data!.getBigUint64(this.#start + at, LITTLE_ENDIAN);
  }
}
