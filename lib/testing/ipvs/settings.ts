import { destinationValues } from '../../../protocol/ipvs/encode/destination.ts';
import {
  destinationSettingAttributes,
  type SettingAttribute,
  type SettingKind,
  serviceSettingAttributes,
} from '../../../protocol/ipvs/fields/attributes.ts';
import type { RequestAttributes } from '../attribute-policy.ts';
import type {
  RawDestination,
  RawDestinationSettings,
  RawService,
  RawServiceSettings,
} from './table-entries.ts';

/** What a destination has whose adding names its key and method alone: what ipvsadm would give it. */
const PLAINEST = destinationValues({ address: '0.0.0.0', port: 0, forwarding: 0 });

const OWN_SERVICE_SETTINGS: ReadonlySet<string> = new Set(['flags', 'netmask']);
const OTHER_SERVICE_SETTINGS: readonly SettingAttribute[] = serviceSettingAttributes.filter(
  ({ name }) => !OWN_SERVICE_SETTINGS.has(name),
);

type OtherSettings = Omit<RawServiceSettings, 'flags' | 'netmask'>;

/** The settings of a service in a record of attributes but its flags and netmask; what is left out is 0 or empty. */
export function serviceSettingsOf(service: RawService): OtherSettings {
  return settings(OTHER_SERVICE_SETTINGS, (name) => service[name as keyof RawService]) as OtherSettings;
}

/** The same of a request. */
export function requestedServiceSettings(nest: RequestAttributes<string>): OtherSettings {
  return settings(OTHER_SERVICE_SETTINGS, (name, kind) => requested(nest, name, kind)) as OtherSettings;
}

/** The settings of a destination in a record of attributes; what is left out is as ipvsadm would give it. */
export function destinationSettingsOf(destination: RawDestination): RawDestinationSettings {
  return settings(destinationSettingAttributes, (name) => {
    const attribute = name as keyof RawDestinationSettings;
    return destination[attribute] ?? PLAINEST[attribute];
  }) as RawDestinationSettings;
}

/** The settings of a destination in a request, but those that the kernel does not know, which are 0. */
export function requestedDestinationSettings(
  nest: RequestAttributes<string>,
  isKnown: (name: string) => boolean,
): RawDestinationSettings {
  return settings(destinationSettingAttributes, (name, kind) =>
    isKnown(name) ? requested(nest, name, kind) : undefined,
  ) as RawDestinationSettings;
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
