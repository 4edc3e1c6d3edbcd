import { type Family, type Protocol, parseAddress } from '../../../../protocol/ipvs/index.ts';
import { parseIPv4 } from '../../list/ipv4-text.ts';
import type { NameLookup } from '../../names/names.ts';
import { wholeNumber } from './numbers.ts';

/** A host with an optional port, as in `-t` and `-r`. */
export interface Endpoint {
  readonly family: Family;
  readonly address: string;
  /** Undefined if none was given. */
  readonly port: number | undefined;
}

/** Whether `text` is an IPv6 address without a zone. */
export function isIPv6(text: string): boolean {
  if (!/:.*:/.test(text)) return false;
  try {
    parseAddress('address', text, 'ipv6');
    return true;
  } catch {
    return false;
  }
}

/**
 * Parses `host`, `host:port`, `[host]:port` or a bare IPv6 address, and looks up names. A host in brackets is
 * IPv6, also by name. As in ipvsadm, digits alone are not a host, and brackets require a port.
 *
 * Returns what is wrong, as text, if it is none of these.
 */
export function parseEndpoint(
  text: string,
  protocol: Protocol | undefined,
  names: NameLookup,
): Endpoint | string {
  if (text === '') return 'an address or a host is missing';
  if (text.includes('%')) return 'an address with a zone (%) is not allowed';
  if (/^\d+$/.test(text)) return `is a port without a host; write host:${text}`;
  const parts = split(text);
  if (typeof parts === 'string') return parts;
  const host = resolveHost(parts.host, parts.inBrackets, names);
  if (typeof host === 'string') return host;
  if (parts.port === undefined) return { ...host, port: undefined };
  const port = parsePort(parts.port, protocol, names);
  return typeof port === 'string' ? port : { ...host, port };
}

/**
 * Returns the spelling with brackets of an IPv6 endpoint that was given without: `[fd00::55]:80` for
 * `fd00::55:80`.
 */
export function bracketed(text: string): string {
  const [, address = '', port] = /^(.*):(\d+)$/.exec(text) ?? [];
  return isIPv6(address) ? `[${address}]:${port}` : `[${text}]:PORT`;
}

interface Parts {
  readonly host: string;
  readonly port: string | undefined;
  readonly inBrackets: boolean;
}

function split(text: string): Parts | string {
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    if (end < 0) return 'a ] is missing';
    const host = text.slice(1, end);
    const rest = text.slice(end + 1);
    if (rest.startsWith(':')) return { host, port: rest.slice(1), inBrackets: true };
    return `brackets need a port after them; write [${host}]:${/^\d+$/.test(rest) ? rest : 'PORT'}`;
  }
  const colon = isIPv6(text) ? -1 : text.lastIndexOf(':');
  if (colon < 0) return { host: text, port: undefined, inBrackets: false };
  return { host: text.slice(0, colon), port: text.slice(colon + 1), inBrackets: false };
}

function resolveHost(
  host: string,
  inBrackets: boolean,
  names: NameLookup,
): { readonly family: Family; readonly address: string } | string {
  if (isIPv6(host)) return { family: 'ipv6', address: host };
  const ipv4 = parseIPv4(host);
  if (ipv4 !== undefined)
    return inBrackets ? `brackets are for IPv6; write ${ipv4}:PORT` : { family: 'ipv4', address: ipv4 };
  if (host === '') return 'a host is missing before the port';
  // Not a valid host name, so it is not looked up.
  if (host.includes(':')) return `${host} is not an IPv6 address`;
  if (/^[\d.]+$/.test(host)) return `${host} is not an IPv4 address`;
  const family = inBrackets ? 'ipv6' : 'ipv4';
  const address = names.addressOf(host, family);
  if (address !== undefined) return { family, address };
  return `the host ${host} has no known ${family === 'ipv6' ? 'IPv6' : 'IPv4'} address`;
}

function parsePort(text: string, protocol: Protocol | undefined, names: NameLookup): number | string {
  const number = wholeNumber(text, 0, 65535);
  if (number !== undefined) return number;
  if (text === '') return 'a port is missing after the colon';
  if (wholeNumber(text, 0, Number.POSITIVE_INFINITY) !== undefined) return 'port above 65535';
  if (wholeNumber(text, Number.NEGATIVE_INFINITY, 0) !== undefined) return 'port below 0';
  if (protocol === undefined)
    return `the port name ${text} needs a protocol: -t, -u or --sctp-service before it`;
  return names.portOf(text, protocol) ?? `no ${protocol} port has the name ${text}`;
}
