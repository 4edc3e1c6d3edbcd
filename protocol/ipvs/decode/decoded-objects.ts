import type { Destination } from '../fields/destination.ts';
import type { Service, ServiceWithDestinations } from '../fields/service.ts';
import { DecodedDestination, type DestinationRecordView } from '../records/destination-record.ts';
import { DecodedService, type ServiceRecordView } from '../records/service-record.ts';

/** A service whose list of destinations can be changed, as destinations are still being added to it. */
export type MutableService = ServiceWithDestinations & { destinations: Destination[] };

class DecodedServiceWithDestinations extends DecodedService {
  declare destinations: Destination[];

  constructor(record: ServiceRecordView, destinations: Destination[]) {
    super(record);
    this.destinations = destinations;
  }
}

// TypeScript cannot see that an instance of this class is one of the members of the union type Service.
type AnyService = unknown;

/** Creates the object for a service's record, without destinations. */
export function serviceObject(record: ServiceRecordView): Service {
  return new DecodedService(record) as AnyService as Service;
}

/** Creates the object for a service's record, with this list of destinations. */
export function mutableServiceObject(record: ServiceRecordView, destinations: Destination[]): MutableService {
  return new DecodedServiceWithDestinations(record, destinations) as AnyService as MutableService;
}

/** Creates the object for a destination's record. */
export function destinationObject(record: DestinationRecordView): Destination {
  return new DecodedDestination(record);
}
