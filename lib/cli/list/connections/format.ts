import type { Protocol } from '../../../../protocol/ipvs/index.ts';
import { type ConnectionRow, EndpointIndex } from '../../../ipvs/proc/connection-row.ts';
import type { Command } from '../../parse/command.ts';
import { endpointLabel, type ReverseLookup } from '../labels.ts';

/** A command line that lists connections. */
export type ListConnections = Command & { readonly do: 'list-connections' };

/**
 * Returns the heading of a listing of connections and its column titles; `engineData` adds the columns of
 * --persistent-conn.
 */
export function connectionTitles(engineData: boolean): string {
  const more = engineData ? ['pe name', 'pe_data'] : [];
  const titles = line('pro', 'expire', 'state', 'source', 'virtual', 'destination', more);
  return `IPVS connection entries\n${titles}`;
}

/** Formats a connection as `ipvsadm -L --connection` does. */
export function connectionLine(
  row: ConnectionRow,
  engineData: boolean,
  names: ReverseLookup | undefined,
): string {
  const more = engineData ? row.engine() : [];
  return line(
    row.protocolName,
    clock(row.expires),
    row.state,
    label(row, EndpointIndex.CLIENT, names),
    label(row, EndpointIndex.VIRTUAL, names),
    label(row, EndpointIndex.DESTINATION, names),
    more,
  );
}

/** Formats one endpoint of a connection as `address:port`. */
function label(row: ConnectionRow, endpoint: number, names: ReverseLookup | undefined): string {
  const family = row.family(endpoint);
  const address = row.address(endpoint);
  const port = row.ports[endpoint]!;
  if (names === undefined) return family === 'ipv4' ? `${address}:${port}` : `[${address}]:${port}`;
  return endpointLabel({ family, address, port }, row.protocol as Protocol, names);
}

/** Formats a time as minutes and seconds: `01:05`. */
function clock(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return `${minutes < 10 ? '0' : ''}${minutes}:${rest < 10 ? '0' : ''}${rest}`;
}

/** Pads the columns as ipvsadm does, which pads the last three differently in the line of titles. */
function line(
  protocol: string,
  expires: string,
  state: string,
  source: string,
  virtual: string,
  destination: string,
  more: readonly string[],
): string {
  const start = `${protocol.padEnd(3)} ${expires.padEnd(6)} ${state.padEnd(11)} ${source.padEnd(18)} ${virtual.padEnd(18)} `;
  const [engine, data] = more;
  if (engine === undefined || data === undefined) return `${start}${destination}\n`;
  return protocol === 'pro'
    ? `${start}${destination.padEnd(18)} ${engine.padEnd(16)} ${data}\n`
    : `${start}${destination.padEnd(16)} ${engine.padEnd(18)} ${data}\n`;
}
