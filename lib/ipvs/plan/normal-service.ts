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
  type NormalDestination,
  type NormalService,
  normalDestination,
  normalService,
} from './compare/normal-form.ts';

/** A desired service in normal form. */
export interface NormalServiceWithDestinations {
  /** The service with all of its settings. */
  readonly service: NormalService;
  /** Its destinations with all of their settings. */
  readonly destinations: readonly NormalDestination[];
}

/**
 * Returns the normal form of a desired service without current values: settings that it leaves out have their defaults.
 * Its destinations must have forwarding methods.
 */
export function normalServiceWithDestinations(
  definition: ServiceWithDestinationsDefinition,
): NormalServiceWithDestinations {
  return {
    service: normalService(definition, undefined, 'default'),
    destinations: definition.destinations.map(
      (destination) => normalDestination(destination, undefined, 'default')!,
    ),
  };
}

/** Returns the difference for a missing service. */
export function addedService({ service, destinations }: NormalServiceWithDestinations): ServiceDifference {
  return {
    change: 'add',
    service: serviceKeyText(service),
    fields: newServiceFields(service),
    destinations: destinations.map(addedDestination),
  };
}

/** Returns the difference for a missing destination. */
export function addedDestination(destination: NormalDestination): DestinationDifference {
  return {
    change: 'add',
    destination: destinationKeyText(destination),
    fields: newDestinationFields(destination),
  };
}
