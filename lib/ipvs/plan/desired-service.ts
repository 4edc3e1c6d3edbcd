import {
  destinationKeyText,
  type ServiceWithDestinationsDefinition,
  serviceKeyText,
} from '../../../protocol/ipvs/index.ts';
import {
  type DestinationDifference,
  newDestinationFields,
  newServiceFields,
  type ServiceDifference,
} from './compare/differences.ts';
import {
  type Absent,
  type NormalDestination,
  type NormalService,
  normalDestination,
  normalService,
} from './compare/normal-form.ts';

/** A desired service, every setting filled in. */
export interface DesiredService {
  /** The service with all of its settings. */
  readonly service: NormalService;
  /** Its destinations with all of their settings. */
  readonly destinations: readonly NormalDestination[];
}

/** A desired service that is not in the table; all its destinations must name their forwarding methods. */
export function desiredService(
  definition: ServiceWithDestinationsDefinition,
  absent: Absent,
): DesiredService {
  return {
    service: normalService(definition, undefined, absent),
    destinations: definition.destinations.map((one) => normalDestination(one, undefined, absent)!),
  };
}

/** The difference of a missing service. */
export function addedService({ service, destinations }: DesiredService): ServiceDifference {
  return {
    change: 'add',
    service: serviceKeyText(service),
    fields: newServiceFields(service),
    destinations: destinations.map(addedDestination),
  };
}

/** The difference of a missing destination. */
export function addedDestination(destination: NormalDestination): DestinationDifference {
  return {
    change: 'add',
    destination: destinationKeyText(destination),
    fields: newDestinationFields(destination),
  };
}
