import type {
  Daemon,
  Destination,
  ServiceWithDestinations,
  ServiceWithDestinationsDefinition,
  Timeouts,
  WantedDestination,
} from '../../../protocol/ipvs/index.ts';
import type { UnknownAttribute } from '../../../protocol/netlink/index.ts';
import { printableJson } from '../../../protocol/netlink/text/printable.ts';
import { destinationAsRead, serviceAsRead } from '../plan/compare/normal-form.ts';
import type { FileFormat } from './read.ts';
import { yamlText } from './yaml-source.ts';

/** What a table's file says, before it is spelled. */
export interface DesiredFile {
  readonly services: readonly Readonly<Record<string, unknown>>[];
  readonly timeouts?: Timeouts | undefined;
  readonly daemons?: readonly Daemon[] | undefined;
}

/** What a file may say beside the services. */
export type DesiredSettings = Pick<DesiredFile, 'timeouts' | 'daemons'>;

/**
 * A table as a file says it: everything that the kernel keeps, nothing that is the default, no
 * counters. Destinations are listed oldest first, so that adding them in this order gives the same
 * list in the kernel, which puts new ones first.
 */
export function desiredFileOf(
  services: Iterable<ServiceWithDestinations | ServiceWithDestinationsDefinition>,
  { timeouts, daemons }: DesiredSettings = {},
): DesiredFile {
  return {
    services: Array.from(services, (service) => {
      const { family, onePacket, schedulerFlags, otherFlags, unknown, ...rest } = serviceAsRead(
        service as ServiceWithDestinations,
      );
      return present({
        ...rest,
        family: rest.mark !== undefined && family === 'ipv6' ? family : undefined,
        onePacket: onePacket || undefined,
        schedulerFlags: schedulerFlags.length > 0 ? schedulerFlags : undefined,
        otherFlags: otherFlags || undefined,
        unknown: hexadecimal(unknown),
        destinations: service.destinations.map(destinationOf).reverse(),
      });
    }),
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(daemons === undefined ? {} : { daemons }),
  };
}

function destinationOf(destination: Destination | WantedDestination): Readonly<Record<string, unknown>> {
  const { forwarding = 'masq' } = destination;
  const whole = destinationAsRead({ ...destination, forwarding });
  const { family: _, unknown, upperThreshold, lowerThreshold, ...rest } = whole;
  return present({
    ...rest,
    forwarding: destination.forwarding === undefined ? undefined : rest.forwarding,
    upperThreshold: upperThreshold || undefined,
    lowerThreshold: lowerThreshold || undefined,
    unknown: hexadecimal(unknown),
  });
}

function hexadecimal(unknown: readonly UnknownAttribute[] | undefined): unknown {
  return unknown?.map(({ type, bytes }) => ({ type, bytes: Buffer.from(bytes).toString('hex') }));
}

function present(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
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
