import {
  type Destination,
  type DestinationDefinition,
  type DestinationKey,
  type DestinationUpdate,
  type DestinationValues,
  destinationKeyValues,
  destinationUpdateValues,
  destinationValues,
  FORWARDING_NUMBERS,
  ipvsAttributes,
  ObjectDecoder,
  type ServiceKey,
  type ServiceValues,
  serviceKeyValues,
} from '../../../protocol/ipvs/index.ts';
import { FieldError, walkAttributesOfType } from '../../../protocol/netlink/index.ts';
import type { IpvsRequest } from './ipvs-call.ts';
import { encodeKey, nameOfDestination, nameOfService, readRequest, WriteRequest } from './request.ts';

const DESTINATION_NEST = ipvsAttributes.command.destination[0];

/** GET_DEST: the destinations of a service. For an unknown service the kernel returns none, and no error. */
export function getDestinations(key: ServiceKey): IpvsRequest<Destination[]> {
  const encode = encodeKey(key);
  const decoder = new ObjectDecoder();
  const serviceFamily = key.family ?? (key.address?.includes(':') ? 'ipv6' : 'ipv4');
  return readRequest({
    command: 'GET_DEST',
    object: nameOfService(key),
    dump: true,
    encode,
    decode: (view, start, end, destinations: Destination[]) => {
      walkAttributesOfType(view, start, end, DESTINATION_NEST, (from, to) => {
        destinations.push(decoder.destination(view, from, to, serviceFamily));
      });
    },
  });
}

/** NEW_DEST. Throws a FieldError. */
export function newDestination(key: ServiceKey, destination: DestinationDefinition): IpvsRequest<void> {
  const values = checkedValues(key, destination, destinationValues(destination));
  return new WriteRequest('NEW_DEST', values, () => nameOfDestination(key, destination));
}

/** SET_DEST. Throws a FieldError. */
export function setDestination(key: ServiceKey, destination: DestinationUpdate): IpvsRequest<void> {
  const values = checkedValues(key, destination, destinationUpdateValues(destination));
  return new WriteRequest('SET_DEST', values, () => nameOfDestination(key, destination));
}

/** DEL_DEST. Throws a FieldError. */
export function deleteDestination(key: ServiceKey, destination: DestinationKey): IpvsRequest<void> {
  const values = { service: serviceKeyValues(key), destination: destinationKeyValues(destination) };
  return new WriteRequest('DEL_DEST', values, () => nameOfDestination(key, destination));
}

/**
 * Returns the attribute values of a request. Throws a FieldError if service and destination differ in address family
 * and the forwarding method is not tunnel.
 */
function checkedValues(
  key: ServiceKey,
  { address }: DestinationKey,
  destination: DestinationValues,
): { readonly service: ServiceValues; readonly destination: DestinationValues } {
  const service = serviceKeyValues(key);
  if (destination.family !== service.family && destination.forwarding !== FORWARDING_NUMBERS.tunnel) {
    throw new FieldError(
      'destination.address',
      address,
      "must be of the service's family unless the forwarding method is tunnel",
    );
  }
  return { service, destination };
}
