import type { AttributeValues } from '../../netlink/index.ts';
import {
  destinationSettingAttributes,
  type ipvsAttributes,
  type SettingAttribute,
  serviceSettingAttributes,
} from '../fields/attributes.ts';

/** The attribute values of a service. */
export type ServiceValues = AttributeValues<typeof ipvsAttributes, 'service'>;
/** The attribute values of a destination. */
export type DestinationValues = AttributeValues<typeof ipvsAttributes, 'destination'>;
/** The attribute values of a sync daemon. */
export type DaemonValues = AttributeValues<typeof ipvsAttributes, 'daemon'>;
/** The attribute values of the top level of a message. */
export type CommandValues = AttributeValues<typeof ipvsAttributes, 'command'>;

/**
 * Returns an object whose properties are all undefined: one for every attribute of the key, one for every setting, and
 * `unknown`. Its copies share one hidden class, which makes property access in V8 fastest.
 */
function emptyValues(key: readonly string[], settings: readonly SettingAttribute[]): object {
  const names = [...key, ...settings.map(({ name }) => name), 'unknown'];
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

type Mutable<Values> = { -readonly [Name in keyof Values]: Values[Name] };

/** The attribute values of a service, all undefined. */
export const EMPTY_SERVICE_VALUES: Mutable<ServiceValues> = emptyValues(
  ['family', 'protocol', 'address', 'port', 'mark'],
  serviceSettingAttributes,
);
/** The attribute values of a destination, all undefined. */
export const EMPTY_DESTINATION_VALUES: Mutable<DestinationValues> = emptyValues(
  ['address', 'family', 'port'],
  destinationSettingAttributes,
);
