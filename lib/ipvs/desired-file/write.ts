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
import {
  destinationWithDefaults,
  normalServiceKey,
  serviceWithDefaults,
} from '../plan/compare/normal-form.ts';
import type { DesiredSettings, DesiredState } from '../plan/settings/desired-state.ts';
import { yamlText } from './parse-yaml.ts';
import type { FileFormat } from './read.ts';

/** The contents of a desired-state file as JSON values. */
export interface DesiredFile extends DesiredSettings {
  /** The services with their destinations. */
  readonly services: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Returns the contents of a desired-state file for a table: for each service and destination the settings that differ
 * from their defaults, without counters; timeouts, daemons and sysctls as given. Destinations are listed oldest first:
 * the kernel inserts at the head of its list, so adding them in this order gives the same list.
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
        // Only the family of a firewall mark is written; an address implies its family.
        ...(key.mark !== undefined && family === 'ipv6' ? { family } : {}),
        ...nonDefaultSettings(serviceFields, serviceWithDefaults(service as ServiceWithDestinations)),
        destinations: service.destinations.map(destinationOf).reverse(),
      };
    }),
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(daemons === undefined ? {} : { daemons }),
    ...(sysctls === undefined ? {} : { sysctls }),
  };
}

function destinationOf(destination: Destination | DesiredDestination): Readonly<Record<string, unknown>> {
  // The normal form must have a forwarding method; the file has one only if the destination has.
  const { forwarding = 'masq' } = destination;
  const { address, port, ...settings } = destinationWithDefaults({ ...destination, forwarding });
  const written = destination.forwarding === undefined ? { ...settings, forwarding: undefined } : settings;
  return { address, port, ...nonDefaultSettings(destinationFields, written) };
}

/** Returns the settings of a service or destination that differ from their defaults, unknown attributes included. */
function nonDefaultSettings(fields: Fields, object: object): Readonly<Record<string, unknown>> {
  const values = object as Readonly<Record<string, unknown>>;
  const written: Record<string, unknown> = {};
  for (const field of fieldsOf(fields, 'setting', 'passthrough')) {
    const value = values[field.name];
    if (value === undefined || isDefault(value, field)) continue;
    written[field.name] = field.accepts.kind === 'attributes' ? hexadecimal(value as Attributes) : value;
  }
  return written;
}

function isDefault(value: unknown, { default: defaultValue, neverOmitted }: Field): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === defaultValue && !neverOmitted;
}

type Attributes = readonly UnknownAttribute[];

function hexadecimal(attributes: Attributes): unknown {
  return attributes.map(({ type, bytes }) => ({ type, bytes: Buffer.from(bytes).toString('hex') }));
}

/** Returns the text of a desired-state file for a desired state that was read from such a file, in the same order. */
export async function desiredStateText(
  { services, timeouts, daemons, sysctls }: DesiredState,
  format: FileFormat = 'json',
): Promise<string> {
  const newestFirst = services.map((service) => ({
    ...service,
    destinations: service.destinations.toReversed(),
  }));
  return await desiredFileText(newestFirst, format, { timeouts, daemons, sysctls });
}

/** Returns the text of a desired-state file for a table with destinations in the kernel's order, newest first. */
export async function desiredFileText(
  services: Iterable<ServiceWithDestinations | ServiceWithDestinationsDefinition>,
  format: FileFormat = 'json',
  globalSettings: DesiredSettings = {},
): Promise<string> {
  const file = desiredFileOf(services, globalSettings);
  return format === 'yaml' ? yamlText(file) : jsonFileText(file);
}

/** Returns the text of a desired-state file in JSON, with unprintable characters escaped. */
export function jsonFileText(file: DesiredFile): string {
  return `${printableJson(JSON.stringify(file, null, 2))}\n`;
}
