import {
  type CounterName,
  type Counters,
  type Destination,
  type DestinationView,
  type ForwardingMethod,
  type Info,
  type RecordCursor,
  rateNames,
  type ServiceView,
  totalNames,
} from '../../../protocol/ipvs/index.ts';
import { printable } from '../../../protocol/netlink/text/printable.ts';
import type { ListingFormat } from '../parse/command.ts';
import {
  endpointLabel,
  markLabel,
  netmaskLabel,
  type ReverseLookup,
  type ShownEndpoint,
  schedulerFlagsLabel,
} from './labels.ts';
import type { Selection } from './order.ts';

const PROTOCOL_LABELS: Readonly<Record<string, string>> = { tcp: 'TCP ', udp: 'UDP ', sctp: 'SCTP' };
const FORWARDING_LABELS: Readonly<Record<string, string>> = {
  masq: 'Masq',
  local: 'Local',
  tunnel: 'Tunnel',
  'direct-route': 'Route',
};
const CHECKSUM_LABELS: Readonly<Record<string, string>> = { nocsum: '-c', csum: '+c', remcsum: 'r+c' };

const REMOTE = '  -> RemoteAddress:Port';
const LOCAL = 'Prot LocalAddress:Port';

const TITLES: Readonly<Record<ListingFormat['columns'], string>> = {
  stats: `${LOCAL}               Conns   InPkts  OutPkts  InBytes OutBytes\n${REMOTE}\n`,
  rate: `${LOCAL}                 CPS    InPPS   OutPPS    InBPS   OutBPS\n${REMOTE}\n`,
  thresholds: `${LOCAL}            Uthreshold Lthreshold ActiveConn InActConn \n${REMOTE}\n`,
  'persistent-conn': `${LOCAL}            Weight    PersistConn ActiveConn InActConn \n${REMOTE}\n`,
  'tun-info': `${LOCAL} Scheduler Flags\n${REMOTE}           Forward TunnelInfo    Weight ActiveConn InActConn\n`,
  default: `${LOCAL} Scheduler Flags\n${REMOTE}           Forward Weight ActiveConn InActConn\n`,
};

/**
 * Widths of the service and destination columns, in characters; longer labels are truncated, except those with
 * IPv6 addresses.
 */
const SERVICE_WIDTH = 33;
const DESTINATION_WIDTH = 28;
/** A width greater than that of any label. */
const UNLIMITED = 1024;

/** Returns the line above a listing of the whole table. */
export function versionLine({ version, connectionTableSize }: Info): string {
  return `IP Virtual Server version ${version} (size=${connectionTableSize})\n`;
}

/** The line above a listing of a capture that does not contain the version. */
export const UNKNOWN_VERSION = 'IP Virtual Server version unknown (the capture has no reply to GET_INFO)\n';

/** Returns the two lines of column titles; the first column is wider by `extra` characters. */
export function titles({ columns }: ListingFormat, extra = 0): string {
  const title = TITLES[columns];
  if (extra === 0) return title;
  // In these two formats the remaining column titles are on the destination line; in the others on the service
  // line.
  const before = columns === 'default' || columns === 'tun-info' ? REMOTE : LOCAL;
  return title.replace(before, before + ' '.repeat(extra));
}

/**
 * Returns the number of characters by which the longest label of a service or destination exceeds its column;
 * 0 if all fit.
 */
export function extraWidth(
  cursor: RecordCursor,
  selection: Selection,
  format: ListingFormat,
  names: ReverseLookup | undefined,
): number {
  let extra = 0;
  for (const index of selection.services) {
    cursor.moveTo(index);
    const { service, destination } = cursor;
    extra = Math.max(extra, serviceLabel(service, format, names, UNLIMITED).length - SERVICE_WIDTH);
    const labels = selection.mapDestinations(cursor, () =>
      endpointLabel(destination, service.protocol, names),
    );
    for (const label of labels) extra = Math.max(extra, label.length - DESTINATION_WIDTH);
  }
  return extra;
}

/**
 * Formats the service at a cursor with its destinations as `ipvsadm -L` does. `names` is undefined with -n;
 * the first column is wider by `extra` characters.
 */
export function serviceLines(
  cursor: RecordCursor,
  format: ListingFormat,
  selection: Selection,
  names: ReverseLookup | undefined,
  extra: number,
): string {
  const { service, destination } = cursor;
  const lines = selection.mapDestinations(cursor, () =>
    destinationLine(destination, service, format, names, extra),
  );
  return serviceLine(service, format, names, extra) + lines.join('');
}

function serviceLine(
  service: ServiceView,
  format: ListingFormat,
  names: ReverseLookup | undefined,
  extra: number,
): string {
  const label = serviceLabel(service, format, names, extra);
  const { columns, exact } = format;
  if (columns === 'stats' || columns === 'rate') {
    const counters = columns === 'stats' ? totalNames : rateNames;
    return `${label.padEnd(SERVICE_WIDTH + extra)}${numbers(service.counters, counters, exact)}\n`;
  }
  let line = `${label} ${printable(service.scheduler)}`;
  if (service.schedulerFlags.length > 0) line += ` (${schedulerFlagsLabel(service, format.compat)})`;
  if (service.persistence !== undefined) {
    line += ` persistent ${service.persistence.timeout}`;
    const netmask = netmaskLabel(service);
    if (netmask !== undefined) line += ` mask ${netmask}`;
    if (service.persistenceEngine !== undefined) line += ` pe ${printable(service.persistenceEngine)}`;
  }
  return service.onePacket ? `${line} ops\n` : `${line}\n`;
}

function serviceLabel(
  service: ServiceView,
  { compat }: ListingFormat,
  names: ReverseLookup | undefined,
  extra: number,
): string {
  const { family } = service;
  if (service.mark !== undefined)
    return `FWM  ${markLabel(service.mark, compat)}${family === 'ipv6' ? ' IPv6' : ''}`;
  const { protocol } = service;
  const protocolLabel = PROTOCOL_LABELS[protocol] ?? '?   ';
  const label = `${protocolLabel} ${endpointLabel(service as ShownEndpoint, protocol, names)}`;
  return family === 'ipv6' ? label : label.slice(0, SERVICE_WIDTH + extra);
}

function destinationLine(
  destination: DestinationView,
  service: ServiceView,
  { columns, exact }: ListingFormat,
  names: ReverseLookup | undefined,
  extra: number,
): string {
  let label = endpointLabel(destination, service.protocol, names);
  if (destination.family !== 'ipv6') label = label.slice(0, DESTINATION_WIDTH + extra);
  const start = `  -> ${label.padEnd(DESTINATION_WIDTH + extra)}`;
  switch (columns) {
    case 'stats':
      return `${start}${numbers(destination.counters, totalNames, exact)}\n`;
    case 'rate': {
      const { counters } = destination;
      const first = rateNames.slice(0, 3).map((name) => ` ${String(counters[name]).padStart(8)}`);
      return `${start}${first.join('')}${numbers(counters, rateNames.slice(3), exact)}\n`;
    }
    case 'thresholds':
      return `${start} ${padded(destination.upperThreshold, 10)} ${padded(destination.lowerThreshold, 10)} ${connectionColumns(destination)}`;
    case 'persistent-conn':
      return `${start} ${padded(destination.weight >>> 0, 9)} ${padded(destination.persistentConnections, 11)} ${connectionColumns(destination)}`;
    case 'tun-info':
      return `${start} ${forwardingLabel(destination.forwarding)} ${tunnelLabel(destination).padEnd(13)} ${padded(destination.weight, 6)} ${connectionColumns(destination)}`;
    case 'default':
      return `${start} ${forwardingLabel(destination.forwarding)} ${padded(destination.weight, 6)} ${connectionColumns(destination)}`;
  }
}

function connectionColumns({ activeConnections, inactiveConnections }: Destination): string {
  return `${padded(activeConnections, 10)} ${padded(inactiveConnections, 10)}\n`;
}

function padded(number: number, width: number): string {
  return String(number).padEnd(width);
}

function forwardingLabel(forwarding: ForwardingMethod): string {
  return (FORWARDING_LABELS[forwarding] ?? '(null)').padEnd(7);
}

function tunnelLabel({ forwarding, tunnel }: Destination): string {
  if (forwarding !== 'tunnel') return 'n/a';
  const { type, port, checksum } = tunnel ?? { type: 'ipip', port: 0, checksum: 'nocsum' };
  const flags = CHECKSUM_LABELS[checksum] ?? checksum;
  if (type === 'ipip') return type;
  if (type === 'gue') return `${type}:${port}:${flags}`.slice(0, 15);
  return type === 'gre' ? `${type}:${flags}` : 'n/a';
}

/** Formats counters as columns: with all digits if `exact`, else shortened. */
function numbers(counters: Counters, names: readonly CounterName[], exact: boolean): string {
  let text = '';
  for (const name of names) text += exact ? exactNumber(counters[name]) : shortNumber(counters[name]);
  return text;
}

function exactNumber(number: bigint): string {
  return ` ${String(number).padStart(8)}`;
}

/** Formats a counter in nine characters: with all digits below 100 million, else with K, M, G or T. */
function shortNumber(number: bigint): string {
  if (number < 100_000_000n) return String(number).padStart(9);
  if (number < 1_000_000_000n) return `${String(number / 1000n).padStart(8)}K`;
  if (number < 100_000_000_000n) return `${String(number / 1_000_000n).padStart(8)}M`;
  if (number < 100_000_000_000_000n) return `${String(number / 1_000_000_000n).padStart(8)}G`;
  return `${String(number / 1_000_000_000_000n).padStart(8)}T`;
}
