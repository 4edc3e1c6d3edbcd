import {
  type Daemon,
  type DesiredDestination,
  type Destination,
  destinationFields,
  type Field,
  type Fields,
  fieldsOf,
  type ServiceWithDestinations,
  type ServiceWithDestinationsDefinition,
  serviceFields,
  type Timeouts,
} from '../../../protocol/ipvs/index.ts';
import type { UnknownAttribute } from '../../../protocol/netlink/index.ts';
import { printableJson } from '../../../protocol/netlink/text/printable.ts';
import { destinationAsRead, normalServiceKey, serviceAsRead } from '../plan/compare/normal-form.ts';
import type { DesiredTable } from './desired-table.ts';
import type { FileFormat } from './read.ts';
import { yamlText } from './yaml-source.ts';

/** A desired file as data, before it is written as text. */
export interface DesiredFile {
  /** The services with their destinations, as JSON. */
  readonly services: readonly Readonly<Record<string, unknown>>[];
  /** The timeouts of connections, where the file sets them. */
  readonly timeouts?: Timeouts | undefined;
  /** The sync daemons, where the file names them. */
  readonly daemons?: readonly Daemon[] | undefined;
}

/** The settings of a file beside the services. */
export type DesiredSettings = Pick<DesiredFile, 'timeouts' | 'daemons'>;

/**
 * A table as a desired file: every setting that is not the default, no counters. Destinations are listed
 * oldest first, so that adding them in this order gives the same list in the kernel, which puts new ones
 * first.
 */
export function desiredFileOf(
  services: Iterable<ServiceWithDestinations | ServiceWithDestinationsDefinition>,
  { timeouts, daemons }: DesiredSettings = {},
): DesiredFile {
  return {
    services: Array.from(services, (service) => {
      const { family, ...key } = normalServiceKey(service);
      return {
        ...key,
        // That of an address follows from it.
        ...(key.mark !== undefined && family === 'ipv6' ? { family } : {}),
        ...settingsOf(serviceFields, serviceAsRead(service as ServiceWithDestinations)),
        destinations: service.destinations.map(destinationOf).reverse(),
      };
    }),
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(daemons === undefined ? {} : { daemons }),
  };
}

function destinationOf(destination: Destination | DesiredDestination): Readonly<Record<string, unknown>> {
  const { forwarding = 'masq' } = destination;
  const { address, port, ...settings } = destinationAsRead({ ...destination, forwarding });
  const given = destination.forwarding === undefined ? { ...settings, forwarding: undefined } : settings;
  return { address, port, ...settingsOf(destinationFields, given) };
}

/** The settings of an object that differ from their defaults. */
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

/** The text of a file that says the same as this one does, in the same order. */
export async function desiredTableText(
  { services, timeouts, daemons }: DesiredTable,
  format: FileFormat = 'json',
): Promise<string> {
  const newestFirst = services.map((service) => ({
    ...service,
    destinations: service.destinations.toReversed(),
  }));
  return await desiredFileText(newestFirst, format, { timeouts, daemons });
}

/** The text of a file that holds this table. */
export async function desiredFileText(
  services: Iterable<ServiceWithDestinations | ServiceWithDestinationsDefinition>,
  format: FileFormat = 'json',
  settings: DesiredSettings = {},
): Promise<string> {
  const file = desiredFileOf(services, settings);
  return format === 'yaml' ? yamlText(file) : jsonFileText(file);
}

/** The text of a file in JSON, in which nothing unprintable is left. */
export function jsonFileText(file: DesiredFile): string {
  return `${printableJson(JSON.stringify(file, null, 2))}\n`;
}
