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
import type { Desired } from './plan/settings/desired-state.ts';
import type { ConnectionEntriesOptions } from './proc/connection-entries.ts';
import type { ConnectionEntry } from './proc/connection-row.ts';
import type { Sysctls } from './proc/sysctls.ts';
import type { WatchEvent } from './watch/events.ts';
import type { WatchOptions } from './watch/options.ts';

/**
 * The methods of the clients: synchronous (`IpvsSync`) or with promises (`Ipvs`).
 *
 * They fail with a `FieldError` for invalid input and options, before anything is sent; a `KernelError` if
 * the kernel refuses the request (see {@link isNotFound} and {@link alreadyExists}); a `FamilyNotFoundError`
 * if the module is not loaded; a `ReplyLostError`, `DecodeError`, `SystemCallError`, `DeadlineError` or
 * `ClosedError`; or the reason of the signal.
 *
 * If the replies to `dump`, `records`, `stream`, `services` or `destinations` contain malformed objects, all
 * others are still read (but not the destinations of a malformed service). The method then fails with a
 * `MalformedReplyError` whose `data` is the result without the malformed objects; a stream has delivered the
 * others before.
 */
export interface IpvsMethods<Mode extends 'sync' | 'async'> {
  /** Reads the version of IPVS and the size of its connection table (GET_INFO). */
  info(options?: RequestOptions): Returned<Mode, Info>;
  /**
   * Reads the whole table, every service with its destinations, or one service.
   *
   * `consistency` of the result says how reliable it is. Stock kernels do not report that the table changed
   * while it was read: then an existing service or destination may be missing because another one was
   * removed, and the beginning may be older than the end. Repeated objects are merged. With the
   * option `confirm`, a table that is not `uninterrupted` is read again until two reads agree.
   */
  dump(options?: DumpOptions): Returned<Mode, Dump>;
  /**
   * Reads the table as {@link IpvsMethods.dump} does, but as records, which are read with a cursor: for callers that
   * need no objects, such as listings, metrics and comparisons.
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
   * Yields services with their destinations while the table is read, in constant memory. The caller may stop
   * at any time.
   *
   * Services that the kernel repeats are not merged, and an interrupted dump, which cannot be repeated, fails
   * with a `DumpInterruptedError`.
   */
  stream(options?: DumpOptions): Stream<Mode, ServiceWithDestinations>;
  /**
   * Yields a snapshot of the table and then its changes: each service and destination that was added, removed
   * or changed, with its old and new values. It never ends by itself; the caller may stop at any time.
   *
   * The table is read again a `period` after the last read, but not before all events of that read have been consumed.
   * Events are the net difference between two reads: objects that are added and removed in between are not
   * reported, and a slow consumer gets fewer, larger differences in the same memory. On kernels that report a
   * generation, their count of the table's changes (those with the single dump), only that is requested while
   * nothing changes, and differences are exact. Dumps of stock kernels may miss objects, so there an object is
   * reported as removed only after it was looked up again.
   *
   * After the snapshot, a failed read is reported (`unreadable`) and repeated; if the module is unloaded, that is
   * reported (`module-unloaded`) and the table is read again, too. `IpvsSync` blocks while it waits.
   */
  watch(options?: WatchOptions): Stream<Mode, WatchEvent>;
  /** Reads all services, without their destinations. As with `dump`, an existing one may be missing. */
  services(options?: RequestOptions): Returned<Mode, Service[]>;
  /** Reads one service, without its destinations. `KernelError`: ESRCH if there is no such service. */
  service(key: ServiceKey, options?: RequestOptions): Returned<Mode, Service>;
  /**
   * Reads the destinations of a service, the newest first. `KernelError`: ESRCH if there is no such service.
   */
  destinations(key: ServiceKey, options?: RequestOptions): Returned<Mode, Destination[]>;
  /** Adds a service. `KernelError`: EEXIST if it exists already. */
  addService(service: ServiceDefinition, options?: RequestOptions): Returned<Mode, void>;
  /**
   * Sets all settings of a service in one request. All must be given, as the kernel resets those that a
   * request omits; a `FieldError` names a missing one. A service that was read has all of them:
   * `updateService({ ...service, scheduler: 'rr' })`. `KernelError`: ESRCH if there is no such service.
   */
  updateService(service: ServiceUpdate, options?: RequestOptions): Returned<Mode, void>;
  /**
   * Changes some settings of a service: reads it, and writes it with the changes. Absent settings stay
   * unchanged, null removes a setting. Changes by another program between reading and writing are lost.
   * `KernelError`: ESRCH if there is no such service.
   */
  patchService(key: ServiceKey, changes: ServiceChanges, options?: RequestOptions): Returned<Mode, void>;
  /** Removes a service with its destinations. `KernelError`: ESRCH if there is no such service. */
  deleteService(key: ServiceKey, options?: RequestOptions): Returned<Mode, void>;
  /**
   * Adds a destination to a service. `KernelError`: EEXIST if it exists already, ESRCH if there is no such service.
   */
  addDestination(
    service: ServiceKey,
    destination: DestinationDefinition,
    options?: RequestOptions,
  ): Returned<Mode, void>;
  /**
   * Sets all settings of a destination in one request. All must be given, as in {@link
   * IpvsMethods.updateService}. `KernelError`: ENOENT if there is no such destination, ESRCH if there
   * is no such service.
   */
  updateDestination(
    service: ServiceKey,
    destination: DestinationUpdate,
    options?: RequestOptions,
  ): Returned<Mode, void>;
  /**
   * Changes some settings of a destination: reads the destinations of the service, and writes this one with
   * the changes. Absent settings stay unchanged, null removes a setting. Changes by another program between
   * reading and writing are lost. `KernelError`: ENOENT if there is no such destination, ESRCH if there
   * is no such service.
   */
  patchDestination(
    service: ServiceKey,
    destination: DestinationKey,
    changes: DestinationChanges,
    options?: RequestOptions,
  ): Returned<Mode, void>;
  /**
   * Changes only the weight of a destination, as {@link IpvsMethods.patchDestination} does, with the same race
   * between reading and writing.
   */
  setWeight(
    service: ServiceKey,
    destination: DestinationKey,
    weight: number,
    options?: RequestOptions,
  ): Returned<Mode, void>;
  /**
   * Sets the weight of a destination to 0, waits for its connections to end or for the grace time to pass,
   * and optionally removes it. Persistence templates count as connections, inactive connections only with the
   * option `inactive`. Setting the weight has the same race as {@link IpvsMethods.patchDestination}.
   *
   * The result has the last numbers of connections, and warnings if clients can still open connections. If the
   * drain is cancelled, by its deadline, its signal or closing the client, the weight stays 0. `IpvsSync` blocks
   * while it waits.
   * `KernelError`: ENOENT if there is no such destination, ESRCH if there is no such service.
   */
  drain(
    service: ServiceKey,
    destination: DestinationKey,
    options?: DrainOptions,
  ): Returned<Mode, DrainResult>;
  /**
   * Removes a destination of a service. `KernelError`: ENOENT if there is no such destination, ESRCH if there is
   * no such service.
   */
  deleteDestination(
    service: ServiceKey,
    destination: DestinationKey,
    options?: RequestOptions,
  ): Returned<Mode, void>;
  /** Zeroes the counters of a service and its destinations, or of all. */
  zero(service?: ServiceKey, options?: RequestOptions): Returned<Mode, void>;
  /** Removes every service. */
  flush(options?: RequestOptions): Returned<Mode, void>;
  /** Reads the connection timeouts, in seconds, of each protocol that the kernel supports. */
  timeouts(options?: RequestOptions): Returned<Mode, Timeouts>;
  /** Sets connection timeouts, in seconds; absent ones, and 0, stay unchanged. */
  setTimeouts(timeouts: Timeouts, options?: RequestOptions): Returned<Mode, void>;
  /**
   * Reads the sysctls of IPVS, `net.ipv4.vs.*`, in the network namespace of the client. `SystemCallError`:
   * ENOENT if the module is not loaded. `SysctlError`: the transport, such as a capture, has no sysctls.
   */
  sysctls(options?: RequestOptions): Returned<Mode, Sysctls>;
  /**
   * Yields the connections that match a filter while it reads /proc/net/ip_vs_conn of the client's network namespace,
   * in constant memory. The caller may stop at any time.
   *
   * ```ts
   * for (const { client, destination } of ipvs.connections({ client: '198.51.100.0/24', state: 'established' }))
   *   console.log(client.address, destination.address);
   * ```
   *
   * The connection table may change while it is read: connections that are added or removed meanwhile may be
   * included or not, and others may be missing or repeated.
   *
   * `SystemCallError`: ENOENT if the module is not loaded or the transport, such as a capture, has no connections;
   * EACCES without root.
   */
  connections(options?: ConnectionEntriesOptions): Stream<Mode, ConnectionEntry>;
  /** Reads the running sync daemons: at most a master and a backup. */
  daemons(options?: RequestOptions): Returned<Mode, Daemon[]>;
  /** Starts a sync daemon. `KernelError`: EEXIST if it is running, ENODEV if there is no such interface. */
  startDaemon(daemon: Daemon, options?: RequestOptions): Returned<Mode, void>;
  /** Stops a sync daemon. `KernelError`: ESRCH if none with this role is running; the kernel ignores the id. */
  stopDaemon(daemon: Pick<Daemon, 'role' | 'syncId'>, options?: RequestOptions): Returned<Mode, void>;
  /**
   * Sends any mix of changes, many to a datagram, and returns their outcomes in order. One that fails does
   * not stop the others.
   *
   * Consecutive operations on the same service share a datagram, as far as the send buffer allows
   * (64 KiB is some 450 destinations). The kernel carries out a datagram inside the send, so if the
   * process is killed, such a service is either unchanged or completely changed.
   *
   * Cancellation does not fail the batch: after the deadline has passed, the signal is aborted or the client
   * is closed, nothing more is sent, and the outcome of operations not sent is a `NotSentError`. That of
   * operations sent and not answered is the `DeadlineError`, the signal's reason or a `ClosedError`.
   *
   * Fails with a `BatchInputError` that lists every invalid operation, before anything is sent.
   */
  batch(operations: readonly BatchOperation[], options?: RequestOptions): Returned<Mode, Outcome<void>[]>;
  /**
   * Reads the table and plans the operations that bring it to a desired state: a list of services, or what
   * `readDesiredState` returns, which may also have timeouts, sync daemons and sysctls. Fails with a
   * `DesiredStateError` if the state is invalid; a `RemovalRefusedError` if it would remove more of the table
   * than `allowRemoval` allows; a `SysctlError` if the kernel does not have a sysctl.
   */
  plan(desired: Desired, options?: ClientPlanOptions): Returned<Mode, Plan>;
  /**
   * Carries out a plan, resolves conflicts with other writers and returns what still differs. A plan without
   * operations sends nothing. Fails with an `ApplyStoppedError` if it is stopped, and with a `SysctlError`
   * before anything is changed if a sysctl cannot be written.
   */
  apply(plan: Plan, options?: ApplyOptions): Returned<Mode, ApplyResult>;
}

/** The name of a method of the clients. */
export type MethodName = keyof IpvsMethods<'sync'>;

/** The return type of a method: the value, or a promise of it. */
export type Returned<Mode extends 'sync' | 'async', Value> = Mode extends 'sync' ? Value : Promise<Value>;

/** The return type of a streaming method: a synchronous or asynchronous generator. */
export type Stream<Mode extends 'sync' | 'async', Item> = Mode extends 'sync'
  ? Generator<Item, void, void>
  : AsyncGenerator<Item, void, void>;
