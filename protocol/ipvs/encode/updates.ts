import { FieldError } from '../../netlink/index.ts';
import { NAMED_SERVICE_FLAGS } from '../fields/constants.ts';
import type { DestinationUpdate } from '../fields/destination.ts';
import { destinationFields, tunnelFields } from '../fields/destination.ts';
import { fieldsOf, mayBeNull, type NamedField } from '../fields/field.ts';
import { FAMILY_NUMBERS } from '../fields/names.ts';
import type { ServiceUpdate } from '../fields/service.ts';
import { serviceFields } from '../fields/service.ts';
import { destinationValues } from './destination.ts';
import { serviceValues } from './service.ts';
import type { DestinationValues, ServiceValues } from './values.ts';

const SERVICE = fieldsOf(serviceFields, 'setting');
const DESTINATION = fieldsOf(destinationFields, 'setting');
const TUNNEL = fieldsOf(tunnelFields);

/**
 * Returns the attributes of a service for SET_SERVICE. Every setting must be present; unknown flags stay
 * unchanged unless `otherFlags` is given. Throws a {@link FieldError} that names an invalid or missing field.
 */
export function serviceUpdateValues(service: ServiceUpdate): ServiceValues {
  const values = serviceValues(service);
  requireEveryField('service', service, SERVICE);
  const { persistence } = service;
  const maskField = values.family === FAMILY_NUMBERS.ipv6 ? 'prefixLength' : 'netmask';
  if (persistence !== undefined && persistence !== null && persistence[maskField] === undefined)
    throw missing(`service.persistence.${maskField}`, true);
  if (service.otherFlags !== undefined) return values;
  return { ...values, flags: { flags: values.flags!.flags, mask: NAMED_SERVICE_FLAGS } };
}

/**
 * Returns the attributes of a destination for SET_DEST. Every setting must be present. Throws a {@link
 * FieldError} that names an invalid or missing field.
 */
export function destinationUpdateValues(destination: DestinationUpdate): DestinationValues {
  const values = destinationValues(destination);
  requireEveryField('destination', destination, DESTINATION);
  const { tunnel } = destination;
  if (tunnel !== undefined && tunnel !== null) requireEveryField('destination.tunnel', tunnel, TUNNEL);
  return values;
}

function requireEveryField(objectName: string, given: object, fields: readonly NamedField[]): void {
  for (const field of fields) {
    if ((given as Readonly<Record<string, unknown>>)[field.name] !== undefined) continue;
    // Objects that were read have a property for every setting: undefined there means no value, as null does.
    const acceptsNull = mayBeNull(field);
    if (!acceptsNull || !(field.name in given)) throw missing(`${objectName}.${field.name}`, acceptsNull);
  }
}

function missing(field: string, acceptsNull: boolean): FieldError {
  const orNull = acceptsNull ? ' (null for none)' : '';
  return new FieldError(
    field,
    undefined,
    `must be given${orNull}, as an update resets settings that it omits; to change only some settings use patch`,
  );
}
