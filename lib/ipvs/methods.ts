import type {
  Daemon,
  Destination,
  DestinationDefinition,
  DestinationKey,
  Info,
  Service,
  ServiceDefinition,
  ServiceKey,
  ServiceWithDestinations,
  Timeouts,
} from '../../protocol/ipvs/index.ts';
import type { RequestOptions } from '../netlink/connection/lifetime.ts';
import type { Outcome } from '../netlink/request/outcome.ts';
import type { BatchOperation } from './batch-operations.ts';
import type { Dump, DumpOptions, RecordDump } from './dump.ts';
import type { ApplyOptions, ApplyResult, ClientPlanOptions } from './plan/apply.ts';
import type { DesiredState } from './plan/desired-state.ts';
import type { Plan } from './plan/plan.ts';

/**
 * Every method of the clients, at once (`IpvsSync`) or with promises (`Ipvs`).
 *
 * All of them fail with a `FieldError` for bad input and options, before anything is sent; a
 * `KernelError` when the kernel refuses the request ({@link isNotFound} and {@link alreadyExists} tell
 * what people ask about); a `FamilyNotFoundError` where the module is missing; a `ReplyLostError`,
 * `DecodeError`, `SystemCallError`, `DeadlineError` or `ClosedError`; or the reason of the signal.
 */
export interface IpvsMethods<Mode extends 'sync' | 'async'> {
  /** The version of IPVS and the size of its connection table (GET_INFO). */
  info(options?: RequestOptions): Answer<Mode, Info>;
  /**
   * The whole table, every service with its destinations, or one service.
   *
   * What it promises is in `consistency`. Stock kernels cannot tell that the table changed while it was
   * read: then a service or destination that stays can be missing because another one was removed, and
   * what was read at the beginning may be older than what was read at the end. Repeated objects are
   * merged.
   */
  dump(options?: DumpOptions): Answer<Mode, Dump>;
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
  records(options?: DumpOptions): Answer<Mode, RecordDump>;
  /**
   * The services of a {@link IpvsMethods.dump}, each with its destinations, one by one as they are read:
   * memory does not grow with the table. It may be left at any time.
   *
   * Objects that the kernel repeats are not merged across services, and an interrupted dump, which cannot
   * be repeated, ends with a `DumpInterruptedError`.
   */
  stream(options?: DumpOptions): Stream<Mode, ServiceWithDestinations>;
  /** All services, without their destinations. As for `dump`, one can be missing that stays. */
  services(options?: RequestOptions): Answer<Mode, Service[]>;
  /** One service, without its destinations. A `KernelError` (ESRCH) where there is no such service. */
  service(key: ServiceKey, options?: RequestOptions): Answer<Mode, Service>;
  /**
   * The destinations of a service, the newest first. A `KernelError` (ESRCH) where there is no such
   * service.
   */
  destinations(key: ServiceKey, options?: RequestOptions): Answer<Mode, Destination[]>;
  /** Adds a service. A `KernelError` (EEXIST) where it is there already. */
  addService(service: ServiceDefinition, options?: RequestOptions): Answer<Mode, void>;
  /** Sets the settings of a service. A `KernelError` (ESRCH) where there is no such service. */
  updateService(service: ServiceDefinition, options?: RequestOptions): Answer<Mode, void>;
  /** Removes a service with its destinations. A `KernelError` (ESRCH) where there is no such service. */
  deleteService(key: ServiceKey, options?: RequestOptions): Answer<Mode, void>;
  /** Adds a destination to a service. A `KernelError`: EEXIST, or ESRCH without the service. */
  addDestination(
    service: ServiceKey,
    destination: DestinationDefinition,
    options?: RequestOptions,
  ): Answer<Mode, void>;
  /** Sets the settings of a destination. A `KernelError`: ENOENT, or ESRCH without the service. */
  updateDestination(
    service: ServiceKey,
    destination: DestinationDefinition,
    options?: RequestOptions,
  ): Answer<Mode, void>;
  /** Removes a destination of a service. A `KernelError`: ENOENT, or ESRCH without the service. */
  deleteDestination(
    service: ServiceKey,
    destination: DestinationKey,
    options?: RequestOptions,
  ): Answer<Mode, void>;
  /** Zeroes the counters of a service and its destinations, or of everything. */
  zero(service?: ServiceKey, options?: RequestOptions): Answer<Mode, void>;
  /** Removes every service. */
  flush(options?: RequestOptions): Answer<Mode, void>;
  /** How long connections without traffic are kept, in seconds, for each protocol that the kernel has. */
  timeouts(options?: RequestOptions): Answer<Mode, Timeouts>;
  /** Sets those times, in seconds; what is left out or 0 stays as it is. */
  setTimeouts(timeouts: Timeouts, options?: RequestOptions): Answer<Mode, void>;
  /** The sync daemons that run: at most a master and a backup. */
  daemons(options?: RequestOptions): Answer<Mode, Daemon[]>;
  /** Starts a sync daemon. A `KernelError`: EEXIST where it runs, ENODEV without the interface. */
  startDaemon(daemon: Daemon, options?: RequestOptions): Answer<Mode, void>;
  /** Stops a sync daemon. A `KernelError` (ESRCH) where none with this id runs. */
  stopDaemon(daemon: Pick<Daemon, 'role' | 'syncId'>, options?: RequestOptions): Answer<Mode, void>;
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
  batch(operations: readonly BatchOperation[], options?: RequestOptions): Answer<Mode, Outcome<void>[]>;
  /** Reads the table and says what makes it the wanted one. Fails with a `DesiredStateError`, too. */
  plan(desired: DesiredState, options?: ClientPlanOptions): Answer<Mode, Plan>;
  /**
   * Carries a plan out, heals races with other writers and says what still differs. A plan without
   * operations sends nothing. Fails with an `ApplyStoppedError` when it is given up on the way.
   */
  apply(plan: Plan, options?: ApplyOptions): Answer<Mode, ApplyResult>;
}

/** The name of a method of the clients. */
export type MethodName = keyof IpvsMethods<'sync'>;

/** An answer as the mode gives it. */
export type Answer<Mode extends 'sync' | 'async', Value> = Mode extends 'sync' ? Value : Promise<Value>;

/** A stream as the mode gives it. */
export type Stream<Mode extends 'sync' | 'async', Item> = Mode extends 'sync'
  ? Generator<Item, void, void>
  : AsyncGenerator<Item, void, void>;
