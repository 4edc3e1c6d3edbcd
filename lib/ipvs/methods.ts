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
import type { Dump, DumpStrategy } from './dump.ts';

/** What every request takes. */
export interface RequestOptions {
  /** How long to wait for the kernel, in milliseconds; no limit unless given. */
  readonly deadline?: number | undefined;
  /** Gives the request up. A write that was sent may take effect all the same. */
  readonly signal?: AbortSignal | undefined;
}

/** How a dump is made. */
export interface DumpOptions extends RequestOptions {
  /** `auto` unless given. */
  readonly strategy?: DumpStrategy | undefined;
  /** Only this service (and its destinations); nothing where there is no such service. */
  readonly service?: ServiceKey | undefined;
}

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
}

/** An answer as the mode gives it. */
export type Answer<Mode extends 'sync' | 'async', Value> = Mode extends 'sync' ? Value : Promise<Value>;
