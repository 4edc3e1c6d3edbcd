import { destinationValues } from '../../../protocol/ipvs/encode/destination.ts';
import type { DestinationValues, ServiceValues } from '../../../protocol/ipvs/encode/values.ts';
import {
  destinationSettingAttributes,
  type SettingAttribute,
  type SettingKind,
  serviceSettingAttributes,
} from '../../../protocol/ipvs/fields/attributes.ts';
import type { RequestAttributes } from '../attribute-policy.ts';
import type { DestinationSettingValues, ServiceSettingValues } from './table-entries.ts';

/** ipvsadm's default settings of a destination, except that the forwarding method is masquerading (0). */
const DEFAULTS = destinationValues({ address: '0.0.0.0', port: 0, forwarding: 0 });

/**
 * The settings whose value in {@link ServiceSettingValues} is not that of the attribute, or whose default depends on
 * the family.
 */
const SPECIAL_SERVICE_SETTINGS: ReadonlySet<string> = new Set(['flags', 'netmask']);
const OTHER_SERVICE_SETTINGS: readonly SettingAttribute[] = serviceSettingAttributes.filter(
  ({ name }) => !SPECIAL_SERVICE_SETTINGS.has(name),
);

type OtherSettings = Omit<ServiceSettingValues, 'flags' | 'netmask'>;

/** Returns the settings of a service, except flags and netmask; absent ones are 0 or empty. */
export function serviceSettingsOf(service: ServiceValues): OtherSettings {
  return settings(OTHER_SERVICE_SETTINGS, (name) => service[name as keyof ServiceValues]) as OtherSettings;
}

/** As {@link serviceSettingsOf}, for the attributes of a request. */
export function requestedServiceSettings(nest: RequestAttributes<string>): OtherSettings {
  return settings(OTHER_SERVICE_SETTINGS, (name, kind) => requested(nest, name, kind)) as OtherSettings;
}

/** Returns the settings of a destination; absent ones have the values of {@link DEFAULTS}. */
export function destinationSettingsOf(destination: DestinationValues): DestinationSettingValues {
  return settings(destinationSettingAttributes, (name) => {
    const attribute = name as keyof DestinationSettingValues;
    return destination[attribute] ?? DEFAULTS[attribute];
  }) as DestinationSettingValues;
}

/**
 * Returns the settings of a destination in a request; absent ones, and those unknown to the kernel, are 0.
 */
export function requestedDestinationSettings(
  nest: RequestAttributes<string>,
  isKnown: (name: string) => boolean,
): DestinationSettingValues {
  return settings(destinationSettingAttributes, (name, kind) =>
    isKnown(name) ? requested(nest, name, kind) : undefined,
  ) as DestinationSettingValues;
}

function requested(nest: RequestAttributes<string>, name: string, kind: SettingKind): unknown {
  return nest.has(name) ? nest.value(name, kind) : undefined;
}

function settings(
  attributes: readonly SettingAttribute[],
  value: (name: string, kind: SettingKind) => unknown,
): object {
  return Object.fromEntries(
    attributes.map(({ name, kind }) => [name, value(name, kind) ?? (kind === 'string' ? '' : 0)]),
  );
}
