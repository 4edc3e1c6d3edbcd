import { FieldError } from '../../netlink/index.ts';
import { NAMED_SERVICE_FLAGS } from '../fields/constants.ts';
import { DESTINATION_UPDATE, SERVICE_UPDATE, TUNNEL_NAMES } from '../fields/field-names.ts';
import { FAMILY_NUMBERS } from '../fields/names.ts';
import type { DestinationUpdate, ServiceUpdate } from '../fields/types.ts';
import { destinationValues } from './destination.ts';
import { serviceValues } from './service.ts';
import type { DestinationValues, ServiceValues } from './values.ts';

/** What need not be there: null says so, and so does undefined in an object that was read. */
const MAY_BE_ABSENT: ReadonlySet<string> = new Set(['persistence', 'persistenceEngine', 'tunnel']);

/**
 * All attributes of a SET_SERVICE that names every setting. Flags without a name here stay as they are unless
 * `otherFlags` is given. Throws a {@link FieldError} that names the field, also where one is missing.
 */
export function serviceUpdateValues(service: ServiceUpdate): ServiceValues {
  const values = serviceValues(service);
  checkWhole('service', service, SERVICE_UPDATE);
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
  checkWhole('destination', destination, DESTINATION_UPDATE);
  const { tunnel } = destination;
  if (tunnel !== undefined && tunnel !== null) checkWhole('destination.tunnel', tunnel, TUNNEL_NAMES);
  return values;
}

function checkWhole(object: string, given: object, fields: Iterable<string>): void {
  for (const field of fields) {
    if ((given as Readonly<Record<string, unknown>>)[field] !== undefined) continue;
    const mayBeAbsent = MAY_BE_ABSENT.has(field);
    if (!mayBeAbsent || !(field in given)) throw missing(`${object}.${field}`, mayBeAbsent);
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
