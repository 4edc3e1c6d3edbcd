import { type Family, type Protocol, parseAddress } from '../../../protocol/ipvs/index.ts';
import { parseIPv4 } from '../list/ipv4-text.ts';
import type { Names } from '../names/names.ts';
import { wholeNumber } from './numbers.ts';

/** A host and perhaps a port, as `-t` and `-r` take them. */
export interface Endpoint {
  readonly family: Family;
  readonly address: string;
  /** Absent where none was given. */
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
 * Reads `host`, `host:port`, `[host]:port` or a bare IPv6 address; names are looked up. Brackets
 * are for IPv6, names included. Undefined where it is none of them, or the host or port
 * is not known. As in ipvsadm, digits alone are no host, and brackets need a port behind them.
 */
export function parseEndpoint(
  text: string,
  protocol: Protocol | undefined,
  names: Names,
): Endpoint | undefined {
  if (/^\d*$/.test(text)) return undefined;
  let host = text;
  let port: string | undefined;
  let inBrackets = false;
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    if (end < 0 || text[end + 1] !== ':') return undefined;
    host = text.slice(1, end);
    port = text.slice(end + 2);
    inBrackets = true;
  } else if (!isIPv6(text)) {
    const colon = text.lastIndexOf(':');
    if (colon >= 0) {
      host = text.slice(0, colon);
      port = text.slice(colon + 1);
    }
  }
  const found = findHost(host, inBrackets, names);
  if (found === undefined) return undefined;
  if (port === undefined) return { ...found, port: undefined };
  const number = parsePort(port, protocol, names);
  return number === undefined ? undefined : { ...found, port: number };
}

function findHost(
  host: string,
  inBrackets: boolean,
  names: Names,
): { readonly family: Family; readonly address: string } | undefined {
  if (isIPv6(host)) return { family: 'ipv6', address: host };
  const ipv4 = parseIPv4(host);
  if (ipv4 !== undefined) return inBrackets ? undefined : { family: 'ipv4', address: ipv4 };
  if (host === '') return undefined;
  const family = inBrackets ? 'ipv6' : 'ipv4';
  const address = names.addressOf(host, family);
  return address === undefined ? undefined : { family, address };
}

function parsePort(text: string, protocol: Protocol | undefined, names: Names): number | undefined {
  const number = wholeNumber(text, 0, 65535);
  if (number !== undefined || protocol === undefined || text === '') return number;
  return names.portOf(text, protocol);
}
