import {
  type ServiceKey,
  type ServiceRecords,
  type ServiceWithDestinations,
  serviceKeyValues,
} from '../../protocol/ipvs/index.ts';
import { type RequestOptions, requestChecks } from '../netlink/connection/lifetime.ts';
import type { ConnectionStatistics } from '../netlink/exchange/statistics.ts';
import {
  boolean,
  callback,
  type OptionCheck,
  type OptionChecks,
  oneOf,
} from '../netlink/request/check-options.ts';

/**
 * How the whole table is read: `single` with one dump of everything (on kernels with GET_SERVICE_DEST),
 * `per-service` with a dump of the services and then one of the destinations of each, `auto` with the single
 * dump if the kernel offers it.
 */
export type DumpStrategy = 'auto' | 'single' | 'per-service';

/** Options of a dump. */
export interface DumpOptions extends RequestOptions {
  /** How the table is read. Default: `auto`. */
  readonly strategy?: DumpStrategy | undefined;
  /** Read only this service and its destinations; the result is empty if there is no such service. */
  readonly service?: ServiceKey | undefined;
  /**
   * Whether to omit a service whose destinations could not be read in a per-service dump. Default: the dump
   * fails with the error.
   */
  readonly leaveOut?: ((service: ServiceKey, error: unknown) => boolean) | undefined;
  /**
   * Whether `dump` and `records` read the table again until two consecutive reads agree (except for connections
   * and counters), unless the first read is `uninterrupted` (see {@link Dump.consistency}). This takes at least twice
   * as long. After five reads without agreement it fails with a `DumpInterruptedError` whose `data` is the result of
   * the last read. Default: false.
   */
  readonly confirm?: boolean | undefined;
}

/** Options of a dump of records. */
export interface RecordDumpOptions extends DumpOptions {
  /**
   * Whether counters are decoded. Otherwise they read as 0, malformed ones go unnoticed, and a dump takes an
   * eighth less time in a process that has just started. Default: true.
   */
  readonly counters?: boolean | undefined;
}

export const strategyCheck: OptionCheck = oneOf('auto', 'single', 'per-service');

export const dumpChecks: OptionChecks<DumpOptions> = {
  ...requestChecks,
  strategy: strategyCheck,
  service: (_name, value) => void serviceKeyValues(value as ServiceKey),
  leaveOut: callback,
  confirm: boolean,
};

export const recordDumpChecks: OptionChecks<RecordDumpOptions> = { ...dumpChecks, counters: boolean };

/** The cost of a dump. */
export interface DumpCost {
  /** Datagrams received. */
  readonly datagrams: number;
  /** Bytes received. */
  readonly bytes: number;
  /** Number of times an interrupted dump was repeated. */
  readonly retries: number;
}

/**
 * The message on the `node:diagnostics_channel` channel `ipvs-netlink:dump`: `dump` or `records` has
 * succeeded.
 */
export interface DumpEnded extends DumpCost, Pick<Dump, 'strategy' | 'consistency'> {
  /** Number of services. */
  readonly services: number;
  /** Time from the call to the end, in milliseconds. */
  readonly milliseconds: number;
}

/** The result of a dump: the whole table. */
export interface Dump extends DumpCost {
  /** The strategy that was used. */
  readonly strategy: Exclude<DumpStrategy, 'auto'>;
  /**
   * `uninterrupted`: the kernel marks interrupted dumps, and this one is not marked, so the table was in exactly
   * this state. `unknown`: the kernel does not mark them; repeated objects have been merged, and the table
   * may have changed meanwhile. `confirmed`: two such consecutive reads agreed, see {@link
   * DumpOptions.confirm}.
   */
  readonly consistency: 'uninterrupted' | 'confirmed' | 'unknown';
  /** The services with their destinations, in the kernel's order. */
  readonly services: readonly ServiceWithDestinations[];
}

/** The result of a dump as records; otherwise the same as {@link Dump}. */
export interface RecordDump extends DumpCost, Pick<Dump, 'strategy' | 'consistency'> {
  /** The services, to be read with cursors. */
  readonly services: ServiceRecords;
}

/**
 * Returns the cost of a dump: the difference of the netlink connection's counters, which includes concurrent requests.
 */
export function costOf(before: ConnectionStatistics, after: ConnectionStatistics): DumpCost {
  return {
    datagrams: after.datagrams - before.datagrams,
    bytes: after.bytesReceived - before.bytesReceived,
    retries: after.retries - before.retries,
  };
}
