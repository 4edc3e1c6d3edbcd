import { inspectAs } from './inspect.ts';

/** The counters that are totals, see {@link Counters}, in the order of their attribute numbers. */
export const totalNames = [
  'connections',
  'incomingPackets',
  'outgoingPackets',
  'incomingBytes',
  'outgoingBytes',
] as const;

/** The counters that are rates per second, in the order of their attribute numbers. */
export const rateNames = [
  'connectionRate',
  'incomingPacketRate',
  'outgoingPacketRate',
  'incomingByteRate',
  'outgoingByteRate',
] as const;

/** The ten counters, in the order of their attribute numbers. */
export const counterNames: readonly [...typeof totalNames, ...typeof rateNames] = [
  ...totalNames,
  ...rateNames,
];

/** The name of a counter: the totals, and the rates that the kernel estimates. */
export type CounterName = (typeof counterNames)[number];

/** The ten counters as plain data: totals, and rates per second; see {@link Counters}. */
export type CounterValues = { readonly [Name in CounterName]: bigint };

/**
 * Traffic counters of a service or destination.
 *
 * Each counter becomes a bigint when it is accessed; {@link values} returns all of them as plain data. Totals
 * count since the service or destination was added, or its counters were zeroed; rates are per second. Totals have
 * 64 bits if the kernel reports them ({@link is64Bit}), otherwise 32 bits that wrap, except for the byte counters.
 * Values may be up to two seconds old: the kernel reports the latest sums of its estimator (ip_vs_copy_stats).
 */
export class Counters implements CounterValues {
  /** Whether the counters have 64 bits; false before Linux 4.1, whose counters have 32 bits and wrap. */
  readonly is64Bit: boolean;
  readonly #counters: BigUint64Array;
  readonly #first: number;

  /** `counters` holds the ten values from the index `first` on, in the order of {@link counterNames}. */
  constructor(is64Bit: boolean, counters: BigUint64Array, first: number) {
    this.is64Bit = is64Bit;
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

  /** Packets to clients that pass through this machine. */
  get outgoingPackets(): bigint {
    return this.#counters[this.#first + 2]!;
  }

  /** Bytes from clients. */
  get incomingBytes(): bigint {
    return this.#counters[this.#first + 3]!;
  }

  /** Bytes to clients that pass through this machine. */
  get outgoingBytes(): bigint {
    return this.#counters[this.#first + 4]!;
  }

  /** Connections per second. */
  get connectionRate(): bigint {
    return this.#counters[this.#first + 5]!;
  }

  /** Packets from clients per second. */
  get incomingPacketRate(): bigint {
    return this.#counters[this.#first + 6]!;
  }

  /** Packets to clients per second. */
  get outgoingPacketRate(): bigint {
    return this.#counters[this.#first + 7]!;
  }

  /** Bytes from clients per second. */
  get incomingByteRate(): bigint {
    return this.#counters[this.#first + 8]!;
  }

  /** Bytes to clients per second. */
  get outgoingByteRate(): bigint {
    return this.#counters[this.#first + 9]!;
  }

  /** Returns the ten counters as a plain object. */
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

  /** Returns the ten counters as decimal strings, as JSON numbers would lose precision. */
  toJSON(): { readonly [Name in CounterName]: string } {
    return Object.fromEntries(counterNames.map((name) => [name, String(this[name])])) as {
      [Name in CounterName]: string;
    };
  }
}

inspectAs(Counters, (counters) => ({ is64Bit: counters.is64Bit, ...counters.values() }));

/** An object with traffic counters. A class, so that TypeScript knows that a spread omits the accessor. */
export declare abstract class HasCounters {
  /** Traffic through the service or destination. */
  get counters(): Counters;
}
