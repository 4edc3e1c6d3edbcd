import { inspectAs } from './inspect.ts';

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

/**
 * Traffic through a service or a destination.
 *
 * Each of the ten becomes a bigint only when it is asked for; {@link values} gives all as plain data.
 * Totals count since the object was made or zeroed, rates are per second. Exact: 64 bits wherever the
 * kernel gives them (`wide`), else 32 bits that wrap, except for the bytes. Up to two seconds old: the
 * kernel gives the sums that its estimator took last (ip_vs_copy_stats).
 */
export class Counters implements CounterValues {
  /** False where the kernel gave only its older counters (before 4.1): 32 bits, which wrap. */
  readonly wide: boolean;
  readonly #counters: BigUint64Array;
  readonly #first: number;

  /** The ten of `counters` from the `first` on, in the order of {@link counterNames}. */
  constructor(wide: boolean, counters: BigUint64Array, first: number) {
    this.wide = wide;
    this.#counters = counters;
    this.#first = first;
  }

  /** Connections scheduled. */
  get connections(): bigint {
    return this.#counters[this.#first]!;
  }

  /** Packets from clients. */
  get incomingPackets(): bigint {
    return this.#counters[this.#first + 1]!;
  }

  /** Packets to clients, as far as they come back through this machine. */
  get outgoingPackets(): bigint {
    return this.#counters[this.#first + 2]!;
  }

  /** Bytes from clients. */
  get incomingBytes(): bigint {
    return this.#counters[this.#first + 3]!;
  }

  /** Bytes to clients, as far as they come back through this machine. */
  get outgoingBytes(): bigint {
    return this.#counters[this.#first + 4]!;
  }

  /** Connections per second. */
  get connectionRate(): bigint {
    return this.#counters[this.#first + 5]!;
  }

  /** Packets per second. */
  get incomingPacketRate(): bigint {
    return this.#counters[this.#first + 6]!;
  }

  /** Packets per second. */
  get outgoingPacketRate(): bigint {
    return this.#counters[this.#first + 7]!;
  }

  /** Bytes per second. */
  get incomingByteRate(): bigint {
    return this.#counters[this.#first + 8]!;
  }

  /** Bytes per second. */
  get outgoingByteRate(): bigint {
    return this.#counters[this.#first + 9]!;
  }

  /** All ten as a plain object. */
  values(): CounterValues {
    return {
      connections: this.connections,
      incomingPackets: this.incomingPackets,
      outgoingPackets: this.outgoingPackets,
      incomingBytes: this.incomingBytes,
      outgoingBytes: this.outgoingBytes,
      connectionRate: this.connectionRate,
      incomingPacketRate: this.incomingPacketRate,
      outgoingPacketRate: this.outgoingPacketRate,
      incomingByteRate: this.incomingByteRate,
      outgoingByteRate: this.outgoingByteRate,
    };
  }

  /** All ten as decimal text, which JSON can hold without loss. */
  toJSON(): { readonly [Name in CounterName]: string } {
    return Object.fromEntries(counterNames.map((name) => [name, String(this[name])])) as {
      [Name in CounterName]: string;
    };
  }
}

inspectAs(Counters, (counters) => ({ wide: counters.wide, ...counters.values() }));

/** A class, so that TypeScript, too, knows what a spread leaves out. */
export declare abstract class Traffic {
  /** Traffic through the service or destination. */
  get counters(): Counters;
}
