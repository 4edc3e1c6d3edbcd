import type { AttributeValues } from '../../netlink/index.ts';
import {
  destinationSettingAttributes,
  type ipvsAttributes,
  type SettingAttribute,
  serviceSettingAttributes,
} from '../fields/attributes.ts';

/** The raw attributes of a service. */
export type ServiceValues = AttributeValues<typeof ipvsAttributes, 'service'>;
/** The raw attributes of a destination. */
export type DestinationValues = AttributeValues<typeof ipvsAttributes, 'destination'>;
/** The raw attributes of a sync daemon. */
export type DaemonValues = AttributeValues<typeof ipvsAttributes, 'daemon'>;
/** The raw attributes of the top level. */
export type CommandValues = AttributeValues<typeof ipvsAttributes, 'command'>;

/**
 * An object that has every property, undefined: those that identify an object and those that requests set. Copies of it
 * share one hidden class, which property access in V8 is fastest with.
 */
function noValues(identity: readonly string[], settings: readonly SettingAttribute[]): object {
  const names = [...identity, ...settings.map(({ name }) => name), 'unknown'];
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

type Mutable<Values> = { -readonly [Name in keyof Values]: Values[Name] };

/** The attributes of a service, all undefined. */
export const NO_SERVICE_VALUES: Mutable<ServiceValues> = noValues(
  ['family', 'protocol', 'address', 'port', 'mark'],
  serviceSettingAttributes,
);
/** The attributes of a destination, all undefined. */
export const NO_DESTINATION_VALUES: Mutable<DestinationValues> = noValues(
  ['address', 'family', 'port'],
  destinationSettingAttributes,
);
