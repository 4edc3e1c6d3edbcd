import type { Destination } from '../fields/destination.ts';
import type { Service, ServiceWithDestinations } from '../fields/service.ts';
import { DecodedDestination, type DestinationRecord } from '../records/destination-record.ts';
import { DecodedService, type ServiceRecord } from '../records/service-record.ts';

/** A service whose destinations are still being added. */
export type GrowingService = ServiceWithDestinations & { destinations: Destination[] };

class DecodedServiceWithDestinations extends DecodedService {
  declare destinations: Destination[];

  constructor(record: ServiceRecord) {
    super(record);
    this.destinations = [];
  }
}

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
