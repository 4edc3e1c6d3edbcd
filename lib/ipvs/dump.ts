import {
  type ServiceKey,
  type ServiceRecords,
  type ServiceWithDestinations,
  serviceKeyValues,
} from '../../protocol/ipvs/index.ts';
import { FieldError } from '../../protocol/netlink/index.ts';
import { type RequestOptions, requestChecks } from '../netlink/connection/lifetime.ts';
import type { ConnectionStatistics } from '../netlink/exchange/statistics.ts';
import { flag, type OptionCheck, type OptionChecks, oneOf } from '../netlink/request/check-options.ts';

/**
 * How the whole table is read: `single` asks for everything in one dump (kernels that offer
 * GET_SERVICE_DEST), `per-service` asks for the services and then for the destinations of each,
 * `auto` takes the single dump where the kernel offers it.
 */
export type DumpStrategy = 'auto' | 'single' | 'per-service';

/** How a dump is made. */
export interface DumpOptions extends RequestOptions {
  /** Default: `auto`. */
  readonly strategy?: DumpStrategy | undefined;
  /** Only this service (and its destinations); nothing where there is no such service. */
  readonly service?: ServiceKey | undefined;
  /**
   * Whether a service whose destinations could not be read is left out of a per-service dump; without this, or where
   * it says false, the dump fails with the error.
   */
  readonly leaveOut?: ((service: ServiceKey, error: unknown) => boolean) | undefined;
  /**
   * Whether a table that the kernel cannot mark as consistent is read until two reads in a row agree (of
   * `dump` and `records`; connections and counters may differ). It takes at least twice as long. After five
   * reads it fails with a `DumpInterruptedError` whose `data` is the last one. Default: false.
   */
  readonly confirm?: boolean | undefined;
}

/** How a dump of records is made. */
export interface RecordDumpOptions extends DumpOptions {
  /**
   * Whether the counters are read. Without them all of them read 0, damage in them is not seen, and reading in a
   * process that has just started takes an eighth less. Default: true.
   */
  readonly counters?: boolean | undefined;
}

export const strategyCheck: OptionCheck = oneOf('auto', 'single', 'per-service');

export const dumpChecks: OptionChecks<DumpOptions> = {
  ...requestChecks,
  strategy: strategyCheck,
  service: (_name, value) => void serviceKeyValues(value as ServiceKey),
  leaveOut: (name, value) => {
    if (typeof value !== 'function') throw new FieldError(name, value, 'must be a function');
  },
  confirm: flag,
};

export const recordDumpChecks: OptionChecks<RecordDumpOptions> = { ...dumpChecks, counters: flag };

/** The cost of a dump. */
export interface DumpCost {
  /** Datagrams received. */
  readonly datagrams: number;
  /** Bytes received. */
  readonly bytes: number;
  /** How often an interrupted dump was started over. */
  readonly retries: number;
}

/** What is published on the `node:diagnostics_channel` channel `ipvs-netlink:dump` when `dump` or `records` has ended well. */
export interface DumpEnded extends DumpCost, Pick<Dump, 'strategy' | 'consistency'> {
  /** How many there are. */
  readonly services: number;
  /** Time from the call to the end, in milliseconds. */
  readonly milliseconds: number;
}

/** The whole table. */
export interface Dump extends DumpCost {
  /** The strategy that was used. */
  readonly strategy: Exclude<DumpStrategy, 'auto'>;
  /**
   * `verified`: the kernel marks dumps during which the table changed, and this one carries no
   * mark, so it is a state that the table really had. `unknown`: the kernel cannot tell; objects
   * that were repeated have been merged, and writers may have changed the table in between. `confirmed`: two such reads
   * in a row agreed, see {@link DumpOptions.confirm}.
   */
  readonly consistency: 'verified' | 'confirmed' | 'unknown';
  /** The services with their destinations, in the kernel's order. */
  readonly services: readonly ServiceWithDestinations[];
}

/** The whole table as records; otherwise as {@link Dump}. */
export interface RecordDump extends DumpCost, Pick<Dump, 'strategy' | 'consistency'> {
  /** To be read with cursors. */
  readonly services: ServiceRecords;
}

/**
 * The cost of a dump: the difference of the connection's counts, which includes other requests on it
 * meanwhile.
 */
export function costOf(before: ConnectionStatistics, after: ConnectionStatistics): DumpCost {
  return {
    datagrams: after.datagrams - before.datagrams,
    bytes: after.bytesReceived - before.bytesReceived,
    retries: after.retries - before.retries,
  };
}
