import type { AttributeSpec, AttributeValues } from '../../netlink/index.ts';
import { ipvsAttributes } from '../fields/attributes.ts';
import { destinationFields } from '../fields/destination.ts';
import { type Fields, fieldsOf } from '../fields/field.ts';
import { serviceFields } from '../fields/service.ts';

/** The raw attributes of a service. */
export type ServiceValues = AttributeValues<typeof ipvsAttributes, 'service'>;
/** The raw attributes of a destination. */
export type DestinationValues = AttributeValues<typeof ipvsAttributes, 'destination'>;
/** The raw attributes of a sync daemon. */
export type DaemonValues = AttributeValues<typeof ipvsAttributes, 'daemon'>;
/** The raw attributes of the top level. */
export type CommandValues = AttributeValues<typeof ipvsAttributes, 'command'>;

/**
 * The attributes of a set that a request may have, each undefined. Copies of this are objects of one shape.
 */
function noValues(set: Readonly<Record<string, AttributeSpec>>, fields: Fields): object {
  const others = new Set(fieldsOf(fields, 'state').map(({ attribute }) => attribute));
  const written = Object.entries(set).filter(
    ([name, [, kind]]) => kind !== 'nest' && kind !== 'list' && !others.has(name),
  );
  return Object.fromEntries([...written.map(([name]) => [name, undefined]), ['unknown', undefined]]);
}

type Mutable<Values> = { -readonly [Name in keyof Values]: Values[Name] };

/** The values of a service without any. */
export const NO_SERVICE_VALUES: Mutable<ServiceValues> = noValues(ipvsAttributes.service, serviceFields);
/** The values of a destination without any. */
export const NO_DESTINATION_VALUES: Mutable<DestinationValues> = noValues(
  ipvsAttributes.destination,
  destinationFields,
);
