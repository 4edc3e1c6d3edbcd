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
import type { RequestOptions } from '../netlink/connection/connection.ts';
import type { Outcome } from '../netlink/request/outcome.ts';
import type { BatchOperation } from './batch-operations.ts';
import type { Dump, DumpOptions } from './dump.ts';
import type { ApplyOptions, ApplyResult, ClientPlanOptions } from './plan/apply.ts';
import type { DesiredState } from './plan/desired-state.ts';
import type { Plan } from './plan/plan.ts';

/**
 * Every operation on IPVS, by name: the two clients have the same ones and cannot drift apart.
 *
 * `Result` says how an answer comes: at once (`IpvsSync`) or as a promise (`Ipvs`).
 */
export interface IpvsMethods<Mode extends 'sync' | 'async'> {
  info(options?: RequestOptions): Answer<Mode, Info>;
  dump(options?: DumpOptions): Answer<Mode, Dump>;
  stream(
    options?: DumpOptions,
  ): Mode extends 'sync' ? Iterable<ServiceWithDestinations> : AsyncIterable<ServiceWithDestinations>;
  services(options?: RequestOptions): Answer<Mode, Service[]>;
  service(key: ServiceKey, options?: RequestOptions): Answer<Mode, Service>;
  destinations(key: ServiceKey, options?: RequestOptions): Answer<Mode, Destination[]>;
  addService(service: ServiceDefinition, options?: RequestOptions): Answer<Mode, void>;
  updateService(service: ServiceDefinition, options?: RequestOptions): Answer<Mode, void>;
  deleteService(key: ServiceKey, options?: RequestOptions): Answer<Mode, void>;
  addDestination(
    service: ServiceKey,
    destination: DestinationDefinition,
    options?: RequestOptions,
  ): Answer<Mode, void>;
  updateDestination(
    service: ServiceKey,
    destination: DestinationDefinition,
    options?: RequestOptions,
  ): Answer<Mode, void>;
  deleteDestination(
    service: ServiceKey,
    destination: DestinationKey,
    options?: RequestOptions,
  ): Answer<Mode, void>;
  zero(service?: ServiceKey, options?: RequestOptions): Answer<Mode, void>;
  flush(options?: RequestOptions): Answer<Mode, void>;
  timeouts(options?: RequestOptions): Answer<Mode, Timeouts>;
  setTimeouts(timeouts: Timeouts, options?: RequestOptions): Answer<Mode, void>;
  daemons(options?: RequestOptions): Answer<Mode, Daemon[]>;
  startDaemon(daemon: Daemon, options?: RequestOptions): Answer<Mode, void>;
  stopDaemon(daemon: Pick<Daemon, 'role' | 'syncId'>, options?: RequestOptions): Answer<Mode, void>;
  /**
   * Any mix of writes, many to a datagram; their outcomes in order, one that fails stops nothing.
   * Throws a BatchInputError that lists every bad operation before anything is sent.
   */
  batch(operations: readonly BatchOperation[], options?: RequestOptions): Answer<Mode, Outcome<void>[]>;
  /** Reads the table and says what makes it the wanted one. Throws a DesiredStateError. */
  plan(desired: DesiredState, options?: ClientPlanOptions): Answer<Mode, Plan>;
  /**
   * Carries a plan out, heals races with other writers and says what still differs. A plan without
   * operations sends nothing. Throws an ApplyStoppedError when it is given up on the way.
   */
  apply(plan: Plan, options?: ApplyOptions): Answer<Mode, ApplyResult>;
}

/** An answer as the mode gives it. */
export type Answer<Mode extends 'sync' | 'async', Value> = Mode extends 'sync' ? Value : Promise<Value>;
