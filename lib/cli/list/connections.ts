import { formatAddress, type Protocol, parseAddress } from '../../../protocol/ipvs/index.ts';
import { printable } from '../../../protocol/netlink/text/printable.ts';
import { endpointLabel, type ShownEndpoint, type ShownNames } from './labels.ts';

/** A line of /proc/net/ip_vs_conn. */
export interface TableConnection {
  /** As the kernel names it: `TCP`, `UDP`, `SCTP`, `IP`. */
  readonly protocol: string;
  readonly source: ShownEndpoint;
  readonly virtual: ShownEndpoint;
  readonly destination: ShownEndpoint;
  readonly state: string;
  /** Seconds until the entry runs out. */
  readonly expires: number;
  readonly engine: string | undefined;
  readonly engineData: string | undefined;
}

/** Reads what /proc/net/ip_vs_conn holds, in its order. */
export function parseConnections(text: string): TableConnection[] {
  return text
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '')
    .map(parseConnection);
}

function parseConnection(line: string): TableConnection {
  const [
    protocol = '',
    source,
    sourcePort,
    virtual,
    virtualPort,
    destination,
    port,
    state = '',
    expires,
    ...more
  ] = line.trim().split(/\s+/);
  return {
    protocol: printable(protocol),
    source: side(source, sourcePort),
    virtual: side(virtual, virtualPort),
    destination: side(destination, port),
    state: printable(state),
    expires: Number(expires ?? 0),
    engine: more[0] && printable(more[0]),
    engineData: more[1] && printable(more[1]),
  };
}

/** The kernel writes IPv4 as eight hexadecimal digits and IPv6 in full. */
function side(address = '', port = ''): ShownEndpoint {
  const number = Number.parseInt(port, 16);
  if (address.includes(':')) {
    const { bytes } = parseAddress('address', address.replace(/^\[|\]$/g, ''), 'ipv6');
    return { family: 'ipv6', address: formatAddress('ipv6', bytes), port: number };
  }
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Number.parseInt(address, 16) >>> 0);
  return { family: 'ipv4', address: bytes.join('.'), port: number };
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };

/** What `ipvsadm -L --connection` prints; `engineData` is --persistent-conn. */
export function connectionsText(
  connections: readonly TableConnection[],
  engineData: boolean,
  names: ShownNames | undefined,
): string {
  let text = 'IPVS connection entries\n';
  text += row(
    'pro',
    'expire',
    'state',
    'source',
    'virtual',
    'destination',
    engineData ? ['pe name', 'pe_data'] : [],
  );
  for (const connection of connections) {
    const { protocol, expires, state, source, virtual, destination, engine, engineData: data } = connection;
    const label = (of: ShownEndpoint): string => endpointLabel(of, PROTOCOLS[protocol], names);
    const more = engineData && engine !== undefined && data !== undefined ? [engine, data] : [];
    text += row(protocol, clock(expires), state, label(source), label(virtual), label(destination), more);
  }
  return text;
}

function clock(seconds: number): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

/** Widths are ipvsadm's; the titles of the last columns and their values have different ones there. */
function row(
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
