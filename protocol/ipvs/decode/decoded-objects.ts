import type { Destination } from '../fields/destination.ts';
import type { Service, ServiceWithDestinations } from '../fields/service.ts';
import { DecodedDestination, type DestinationRecord } from '../records/destination-record.ts';
import { DecodedService, type ServiceRecord } from '../records/service-record.ts';

/** A service to which destinations are still being added. */
export type GrowingService = ServiceWithDestinations & { destinations: Destination[] };

class DecodedServiceWithDestinations extends DecodedService {
  declare destinations: Destination[];

  constructor(record: ServiceRecord) {
    super(record);
    this.destinations = [];
  }
}

// TypeScript cannot see that an instance of this class is one of the members of the union type Service.
type AnyService = unknown;

/** Creates the object for a service's record, without destinations. */
export function serviceObject(record: ServiceRecord): Service {
  return new DecodedService(record) as AnyService as Service;
}

/** Creates the object for a service's record, with an empty list of destinations. */
export function growingServiceObject(record: ServiceRecord): GrowingService {
  return new DecodedServiceWithDestinations(record) as AnyService as GrowingService;
}

/** Creates the object for a destination's record. */
export function destinationObject(record: DestinationRecord): Destination {
  return new DecodedDestination(record);
}
