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
 * All attributes of a SET_SERVICE that names every setting. Flags without a name here stay as they are unless
 * `otherFlags` is given. Throws a {@link FieldError} that names the field, also where one is missing.
 */
export function serviceUpdateValues(service: ServiceUpdate): ServiceValues {
  const values = serviceValues(service);
  requireEveryField('service', service, SERVICE);
  const { persistence } = service;
  const narrowed = values.family === FAMILY_NUMBERS.ipv6 ? 'prefixLength' : 'netmask';
  if (persistence !== undefined && persistence !== null && persistence[narrowed] === undefined)
    throw missing(`service.persistence.${narrowed}`, true);
  if (service.otherFlags !== undefined) return values;
  return { ...values, flags: { flags: values.flags!.flags, mask: NAMED_SERVICE_FLAGS } };
}

/**
 * All attributes of a SET_DEST that names every setting. Throws a {@link FieldError} that names the field, also where
 * one is missing.
 */
export function destinationUpdateValues(destination: DestinationUpdate): DestinationValues {
  const values = destinationValues(destination);
  requireEveryField('destination', destination, DESTINATION);
  const { tunnel } = destination;
  if (tunnel !== undefined && tunnel !== null) requireEveryField('destination.tunnel', tunnel, TUNNEL);
  return values;
}

function requireEveryField(object: string, given: object, fields: readonly NamedField[]): void {
  for (const field of fields) {
    if ((given as Readonly<Record<string, unknown>>)[field.name] !== undefined) continue;
    // undefined says the same as null in an object that was read.
    const mayBeAbsent = mayBeNull(field);
    if (!mayBeAbsent || !(field.name in given)) throw missing(`${object}.${field.name}`, mayBeAbsent);
  }
}

function missing(field: string, mayBeAbsent: boolean): FieldError {
  const none = mayBeAbsent ? ' (null for none)' : '';
  return new FieldError(
    field,
    undefined,
    `must be given${none}, as an update resets what it leaves out; to change some settings alone use patch`,
  );
}
