import {
  type DesiredDestination,
  type Destination,
  destinationFields,
  type Field,
  type Fields,
  fieldsOf,
  type ServiceWithDestinations,
  type ServiceWithDestinationsDefinition,
  serviceFields,
} from '../../../protocol/ipvs/index.ts';
import type { UnknownAttribute } from '../../../protocol/netlink/index.ts';
import { printableJson } from '../../../protocol/netlink/text/printable.ts';
import { destinationAsRead, normalServiceKey, serviceAsRead } from '../plan/compare/normal-form.ts';
import type { DesiredSettings, DesiredTable } from '../plan/settings/desired-table.ts';
import type { FileFormat } from './read.ts';
import { yamlText } from './yaml-source.ts';

/** The contents of a desired file as data. */
export interface DesiredFile extends DesiredSettings {
  /** The services with their destinations, as JSON values. */
  readonly services: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Converts a table to the contents of a desired file: all settings except defaults, no counters. Destinations
 * are listed oldest first, so that adding them in this order results in the same list in the kernel, which
 * puts new ones first.
 */
export function desiredFileOf(
  services: Iterable<ServiceWithDestinations | ServiceWithDestinationsDefinition>,
  { timeouts, daemons, sysctls }: DesiredSettings = {},
): DesiredFile {
  return {
    services: Array.from(services, (service) => {
      const { family, ...key } = normalServiceKey(service);
      return {
        ...key,
        // The family of an address is not written, as it follows from the address.
        ...(key.mark !== undefined && family === 'ipv6' ? { family } : {}),
        ...settingsOf(serviceFields, serviceAsRead(service as ServiceWithDestinations)),
        destinations: service.destinations.map(destinationOf).reverse(),
      };
    }),
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(daemons === undefined ? {} : { daemons }),
    ...(sysctls === undefined ? {} : { sysctls }),
  };
}

function destinationOf(destination: Destination | DesiredDestination): Readonly<Record<string, unknown>> {
  const { forwarding = 'masq' } = destination;
  const { address, port, ...settings } = destinationAsRead({ ...destination, forwarding });
  const given = destination.forwarding === undefined ? { ...settings, forwarding: undefined } : settings;
  return { address, port, ...settingsOf(destinationFields, given) };
}

/** Returns the settings of an object that differ from their defaults. */
function settingsOf(fields: Fields, object: object): Readonly<Record<string, unknown>> {
  const values = object as Readonly<Record<string, unknown>>;
  const written: Record<string, unknown> = {};
  for (const field of fieldsOf(fields, 'setting', 'passthrough')) {
    const value = values[field.name];
    if (value === undefined || isDefault(value, field)) continue;
    written[field.name] = field.value.kind === 'attributes' ? hexadecimal(value as Attributes) : value;
  }
  return written;
}

function isDefault(value: unknown, { default: absent, alwaysNamed }: Field): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === absent && !alwaysNamed;
}

type Attributes = readonly UnknownAttribute[];

function hexadecimal(attributes: Attributes): unknown {
  return attributes.map(({ type, bytes }) => ({ type, bytes: Buffer.from(bytes).toString('hex') }));
}

/** Formats a desired table as a file, with services and destinations in the same order. */
export async function desiredTableText(
  { services, timeouts, daemons, sysctls }: DesiredTable,
  format: FileFormat = 'json',
): Promise<string> {
  const newestFirst = services.map((service) => ({
    ...service,
    destinations: service.destinations.toReversed(),
  }));
  return await desiredFileText(newestFirst, format, { timeouts, daemons, sysctls });
}

/** Formats a table that was read as a desired file. */
export async function desiredFileText(
  services: Iterable<ServiceWithDestinations | ServiceWithDestinationsDefinition>,
  format: FileFormat = 'json',
  settings: DesiredSettings = {},
): Promise<string> {
  const file = desiredFileOf(services, settings);
  return format === 'yaml' ? yamlText(file) : jsonFileText(file);
}

/** Formats the contents of a file as JSON; unprintable characters are escaped. */
export function jsonFileText(file: DesiredFile): string {
  return `${printableJson(JSON.stringify(file, null, 2))}\n`;
}
