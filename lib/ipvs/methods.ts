import type {
  Daemon,
  Destination,
  DestinationChanges,
  DestinationDefinition,
  DestinationKey,
  DestinationUpdate,
  Info,
  Service,
  ServiceChanges,
  ServiceDefinition,
  ServiceKey,
  ServiceUpdate,
  ServiceWithDestinations,
  Timeouts,
} from '../../protocol/ipvs/index.ts';
import type { RequestOptions } from '../netlink/connection/lifetime.ts';
import type { Outcome } from '../netlink/request/outcome.ts';
import type { BatchOperation } from './batch-operations.ts';
import type { DrainOptions, DrainResult } from './drain.ts';
import type { Dump, DumpOptions, RecordDump, RecordDumpOptions } from './dump.ts';
import type { ApplyOptions, ApplyResult, ClientPlanOptions } from './plan/apply.ts';
import type { Plan } from './plan/plan.ts';
import type { Desired } from './plan/settings/desired-table.ts';
import type { ClientConnectionsOptions } from './proc/client-connections.ts';
import type { ConnectionEntry } from './proc/connection-row.ts';
import type { Sysctls } from './proc/sysctls.ts';
import type { WatchEvent } from './watch/events.ts';
import type { WatchOptions } from './watch/options.ts';

/**
 * Every method of the clients, at once (`IpvsSync`) or with promises (`Ipvs`).
 *
 * All of them fail with a `FieldError` for bad input and options, before anything is sent; a
 * `KernelError` when the kernel refuses the request ({@link isNotFound} and {@link alreadyExists} tell
 * what people ask about); a `FamilyNotFoundError` where the module is missing; a `ReplyLostError`,
 * `DecodeError`, `SystemCallError`, `DeadlineError` or `ClosedError`; or the reason of the signal.
 *
 * A damaged object in the answer to `dump`, `records`, `stream`, `services` or `destinations` loses only itself (a
 * service, its destinations with it): all is read to its end, and then fails with a `MalformedReplyError` whose `data` is
 * what would have been the answer without it; a stream has delivered the others by then.
 */
export interface IpvsMethods<Mode extends 'sync' | 'async'> {
  /** The version of IPVS and the size of its connection table (GET_INFO). */
  info(options?: RequestOptions): Returned<Mode, Info>;
  /**
   * The whole table, every service with its destinations, or one service.
   *
   * What it promises is in `consistency`. Stock kernels cannot tell that the table changed while it was
   * read: then a service or destination that stays can be missing because another one was removed, and
   * what was read at the beginning may be older than what was read at the end. Repeated objects are
   * merged. With `confirm` such a table is read until two reads agree.
   */
  dump(options?: DumpOptions): Returned<Mode, Dump>;
  /**
   * The table of a {@link IpvsMethods.dump} as records, which are read with a cursor: for whoever needs no objects,
   * such as listings, metrics and comparisons.
   *
   * ```ts
   * const cursor = ipvs.records().services.cursor();
   * while (cursor.nextService()) {
   *   while (cursor.nextDestination()) console.log(cursor.service.port, cursor.destination.address);
   * }
   * ```
   */
  records(options?: RecordDumpOptions): Returned<Mode, RecordDump>;
  /**
   * The services of a {@link IpvsMethods.dump}, each with its destinations, one by one as they are read:
   * memory does not grow with the table. It may be left at any time.
   *
   * Objects that the kernel repeats are not merged across services, and an interrupted dump, which cannot
   * be repeated, ends with a `DumpInterruptedError`.
   */
  stream(options?: DumpOptions): Stream<Mode, ServiceWithDestinations>;
  /**
   * What changes in the table: a snapshot first, then each service and destination that is added, removed or set
   * otherwise, with what it was and is. It does not end by itself, and may be left at any time.
   *
   * The table is read again a period after the last read (`period`), once all that it showed has been taken. So what is
   * told is the net difference between two reads: what comes and goes in between is never seen, and a consumer that
   * takes its time gets fewer, larger differences in the same memory. Where the kernel tells its generation (those with
   * the single dump), it is asked for that alone as long as nothing changes, and each difference is exact. Stock kernels
   * may leave objects out of a dump: there nothing is told as removed before it was looked for twice.
   *
   * Once the snapshot is there, a read that fails is told (`unknown`) and repeated, and the module's unloading is told
   * and survived. `IpvsSync` blocks while it waits.
   */
  watch(options?: WatchOptions): Stream<Mode, WatchEvent>;
  /** All services, without their destinations. As for `dump`, one can be missing that stays. */
  services(options?: RequestOptions): Returned<Mode, Service[]>;
  /** One service, without its destinations. A `KernelError` (ESRCH) where there is no such service. */
  service(key: ServiceKey, options?: RequestOptions): Returned<Mode, Service>;
  /**
   * The destinations of a service, the newest first. A `KernelError` (ESRCH) where there is no such
   * service.
   */
  destinations(key: ServiceKey, options?: RequestOptions): Returned<Mode, Destination[]>;
  /** Adds a service. A `KernelError` (EEXIST) where it is there already. */
  addService(service: ServiceDefinition, options?: RequestOptions): Returned<Mode, void>;
  /**
   * Sets all settings of a service in one request. Each is to be named, as the kernel resets what a request leaves out:
   * a `FieldError` says which one is missing. A service that was read will do: `updateService({ ...service, scheduler:
   * 'rr' })`. A `KernelError` (ESRCH) where there is no such service.
   */
  updateService(service: ServiceUpdate, options?: RequestOptions): Returned<Mode, void>;
  /**
   * Changes some settings of a service: reads it, and writes it with the changes. What is left out stays, null takes
   * away. What another writer changes between reading and writing is lost. A `KernelError` (ESRCH) where there is no
   * such service.
   */
  patchService(key: ServiceKey, changes: ServiceChanges, options?: RequestOptions): Returned<Mode, void>;
  /** Removes a service with its destinations. A `KernelError` (ESRCH) where there is no such service. */
  deleteService(key: ServiceKey, options?: RequestOptions): Returned<Mode, void>;
  /** Adds a destination to a service. A `KernelError`: EEXIST, or ESRCH without the service. */
  addDestination(
    service: ServiceKey,
    destination: DestinationDefinition,
    options?: RequestOptions,
  ): Returned<Mode, void>;
  /**
   * Sets all settings of a destination in one request. Each is to be named, as in {@link IpvsMethods.updateService}. A
   * `KernelError`: ENOENT, or ESRCH without the service.
   */
  updateDestination(
    service: ServiceKey,
    destination: DestinationUpdate,
    options?: RequestOptions,
  ): Returned<Mode, void>;
  /**
   * Changes some settings of a destination: reads the destinations of the service, and writes this one with the
   * changes. What is left out stays, null takes away. What another writer changes between reading and writing is lost.
   * A `KernelError`: ENOENT, or ESRCH without the service.
   */
  patchDestination(
    service: ServiceKey,
    destination: DestinationKey,
    changes: DestinationChanges,
    options?: RequestOptions,
  ): Returned<Mode, void>;
  /** Sets the weight of a destination, on the terms of {@link IpvsMethods.patchDestination}: it races in the same way. */
  setWeight(
    service: ServiceKey,
    destination: DestinationKey,
    weight: number,
    options?: RequestOptions,
  ): Returned<Mode, void>;
  /**
   * Sets the weight of a destination to 0, waits for its connections to end or for a time to pass, and removes it if
   * asked. Persistence templates count as connections, inactive connections only if asked. Setting the weight races as
   * {@link IpvsMethods.patchDestination} does.
   *
   * Says what it saw, and warns where clients can go on to reach the destination. When it is given up, by its deadline,
   * signal or closing, the weight stays 0. `IpvsSync` blocks while it waits. A `KernelError`: ENOENT, or ESRCH without
   * the service.
   */
  drain(
    service: ServiceKey,
    destination: DestinationKey,
    options?: DrainOptions,
  ): Returned<Mode, DrainResult>;
  /** Removes a destination of a service. A `KernelError`: ENOENT, or ESRCH without the service. */
  deleteDestination(
    service: ServiceKey,
    destination: DestinationKey,
    options?: RequestOptions,
  ): Returned<Mode, void>;
  /** Zeroes the counters of a service and its destinations, or of everything. */
  zero(service?: ServiceKey, options?: RequestOptions): Returned<Mode, void>;
  /** Removes every service. */
  flush(options?: RequestOptions): Returned<Mode, void>;
  /** How long connections without traffic are kept, in seconds, for each protocol that the kernel has. */
  timeouts(options?: RequestOptions): Returned<Mode, Timeouts>;
  /** Sets those times, in seconds; what is left out or 0 stays as it is. */
  setTimeouts(timeouts: Timeouts, options?: RequestOptions): Returned<Mode, void>;
  /**
   * The sysctls of IPVS, `net.ipv4.vs.*`, in the network namespace of the client. A `SystemCallError` (ENOENT) where the
   * module is not loaded; a `SysctlError` where there are none behind the transport, such as a capture.
   */
  sysctls(options?: RequestOptions): Returned<Mode, Sysctls>;
  /**
   * The connections that pass a filter, one by one as they are read from /proc/net/ip_vs_conn of the client's network
   * namespace: memory does not grow with their number. It may be left at any time.
   *
   * ```ts
   * for (const { client, destination } of ipvs.connections({ client: '198.51.100.0/24', state: 'established' }))
   *   console.log(client.address, destination.address);
   * ```
   *
   * The kernel writes the table while it is read: a connection that comes or goes meanwhile may be there or not, and one
   * that stays may be missing or come twice.
   *
   * A `SystemCallError`: ENOENT where the module is not loaded or there are none behind the transport, such as a capture;
   * EACCES without root.
   */
  connections(options?: ClientConnectionsOptions): Stream<Mode, ConnectionEntry>;
  /** The sync daemons that run: at most a master and a backup. */
  daemons(options?: RequestOptions): Returned<Mode, Daemon[]>;
  /** Starts a sync daemon. A `KernelError`: EEXIST where it runs, ENODEV without the interface. */
  startDaemon(daemon: Daemon, options?: RequestOptions): Returned<Mode, void>;
  /** Stops a sync daemon. A `KernelError` (ESRCH) where none with this id runs. */
  stopDaemon(daemon: Pick<Daemon, 'role' | 'syncId'>, options?: RequestOptions): Returned<Mode, void>;
  /**
   * Any mix of writes, many to a datagram, and what each of them came to, in order; one that fails does
   * not stop the others.
   *
   * Operations in a row about the same service share a datagram as far as the send buffer takes
   * them (64 KiB is some 450 destinations). The kernel carries a datagram out inside the send, so a
   * process that is killed leaves such a service either untouched or done.
   *
   * Giving up does not fail the batch: once the deadline has passed, the signal is aborted or the client
   * is closed, nothing more is sent, and the outcome of what was not sent is a `NotSentError`. That of
   * what was sent and not answered is the `DeadlineError`, the signal's reason or a `ClosedError`.
   *
   * Fails with a `BatchInputError` that lists every bad operation, before anything is sent.
   */
  batch(operations: readonly BatchOperation[], options?: RequestOptions): Returned<Mode, Outcome<void>[]>;
  /**
   * Reads the table and says what makes it the desired state: a list of services, or a whole table, as
   * `readDesiredTable` gives it, with timeouts, sync daemons and sysctls as far as it names them. Fails with a
   * `DesiredStateError`; with a `RemovalRefusedError` where it would remove more of the table than `allowRemoval` says;
   * with a `SysctlError` where this kernel does not have a sysctl.
   */
  plan(desired: Desired, options?: ClientPlanOptions): Returned<Mode, Plan>;
  /**
   * Carries out a plan, resolves conflicts with other writers and says what still differs. A plan without
   * operations sends nothing. Fails with an `ApplyStoppedError` when it is given up on the way, and with a `SysctlError`
   * before anything is changed where a sysctl cannot be written.
   */
  apply(plan: Plan, options?: ApplyOptions): Returned<Mode, ApplyResult>;
}

/** The name of a method of the clients. */
export type MethodName = keyof IpvsMethods<'sync'>;

/** An answer as the mode gives it. */
export type Returned<Mode extends 'sync' | 'async', Value> = Mode extends 'sync' ? Value : Promise<Value>;

/** A stream as the mode gives it. */
export type Stream<Mode extends 'sync' | 'async', Item> = Mode extends 'sync'
  ? Generator<Item, void, void>
  : AsyncGenerator<Item, void, void>;
