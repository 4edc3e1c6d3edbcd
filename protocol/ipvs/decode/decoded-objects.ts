import type { ByteView, UnknownAttribute } from '../../netlink/index.ts';
import type { Counters } from '../fields/counters.ts';
import type { Destination, Tunnel } from '../fields/destination.ts';
import { inspectAs } from '../fields/inspect.ts';
import type { Family, ForwardingMethod, Protocol, SchedulerFlag } from '../fields/names.ts';
import type { ReadPersistence, Service, ServiceWithDestinations } from '../fields/service.ts';
import type { DestinationRecord } from '../records/destination-record.ts';
import { destinationLayout, serviceLayout } from '../records/record-layout.ts';
import { countersOf } from '../records/record-view.ts';
import type { ServiceRecord } from '../records/service-record.ts';

/** A service whose destinations are still being added. */
export type GrowingService = ServiceWithDestinations & { readonly destinations: Destination[] };

/**
 * A service that was read. Its properties are plain data but for the counters, which are made from its
 * record when they are asked for.
 */
class DecodedService {
  // Declared only: a field of a class would first be made undefined, in each of thousands of objects.
  declare readonly family: Family;
  declare readonly protocol: Protocol | undefined;
  declare readonly address: string | undefined;
  declare readonly port: number | undefined;
  declare readonly mark: number | undefined;
  declare readonly scheduler: string;
  declare readonly persistence: ReadPersistence | undefined;
  declare readonly onePacket: boolean;
  declare readonly schedulerFlags: readonly SchedulerFlag[];
  declare readonly persistenceEngine: string | undefined;
  declare readonly otherFlags: number;
  declare readonly unknown: readonly UnknownAttribute[] | undefined;
  readonly #chunk: ByteView;
  readonly #at: number;

  constructor(record: ServiceRecord) {
    this.family = record.family;
    this.protocol = record.protocol;
    this.address = record.address;
    this.port = record.port;
    this.mark = record.mark;
    this.scheduler = record.scheduler;
    this.persistence = record.persistence;
    this.onePacket = record.onePacket;
    this.schedulerFlags = record.schedulerFlags;
    this.persistenceEngine = record.persistenceEngine;
    this.otherFlags = record.otherFlags;
    this.unknown = record.unknown;
    this.#chunk = record.chunk;
    this.#at = record.at;
  }

  get counters(): Counters {
    return countersOf(this.#chunk, this.#at, serviceLayout);
  }

  /** A plain object of everything; as JSON the counters are decimal text. */
  toJSON(): object {
    return { ...this, counters: this.counters };
  }
}

class DecodedServiceWithDestinations extends DecodedService {
  declare readonly destinations: Destination[];

  constructor(record: ServiceRecord) {
    super(record);
    this.destinations = [];
  }
}

/** A destination that was read, on the same terms. */
class DecodedDestination {
  declare readonly family: Family;
  declare readonly address: string;
  declare readonly port: number;
  declare readonly forwarding: ForwardingMethod;
  declare readonly weight: number;
  declare readonly upperThreshold: number;
  declare readonly lowerThreshold: number;
  declare readonly tunnel: Tunnel | undefined;
  declare readonly activeConnections: number;
  declare readonly inactiveConnections: number;
  declare readonly persistentConnections: number;
  declare readonly unknown: readonly UnknownAttribute[] | undefined;
  readonly #chunk: ByteView;
  readonly #at: number;

  constructor(record: DestinationRecord) {
    this.family = record.family;
    this.address = record.address;
    this.port = record.port;
    this.forwarding = record.forwarding;
    this.weight = record.weight;
    this.upperThreshold = record.upperThreshold;
    this.lowerThreshold = record.lowerThreshold;
    this.tunnel = record.tunnel;
    this.activeConnections = record.activeConnections;
    this.inactiveConnections = record.inactiveConnections;
    this.persistentConnections = record.persistentConnections;
    this.unknown = record.unknown;
    this.#chunk = record.chunk;
    this.#at = record.at;
  }

  get counters(): Counters {
    return countersOf(this.#chunk, this.#at, destinationLayout);
  }

  /** A plain object of everything; as JSON the counters are decimal text. */
  toJSON(): object {
    return { ...this, counters: this.counters };
  }
}

inspectAs(DecodedService, (service) => service.toJSON());
inspectAs(DecodedDestination, (destination) => destination.toJSON());

// TypeScript cannot see that a class without unions has the properties of one member of a union.
type AnyService = unknown;

/** The service of a record, without its destinations. */
export function serviceObject(record: ServiceRecord): Service {
  return new DecodedService(record) as AnyService as Service;
}

/** The service of a record, with an empty list of destinations. */
export function growingServiceObject(record: ServiceRecord): GrowingService {
  return new DecodedServiceWithDestinations(record) as AnyService as GrowingService;
}

/** The destination of a record. */
export function destinationObject(record: DestinationRecord): Destination {
  return new DecodedDestination(record);
}
