import { Address4, Address6 } from 'ip-address';
import { FieldError } from '../netlink/index.ts';
import type { Family } from './names.ts';

/** The length of an address field, whatever the family, in bytes (`union nf_inet_addr`). */
export const ADDRESS_LENGTH = 16;

/** An address as it goes on the wire: IPv4 in the first 4 bytes of 16. */
export interface WireAddress {
  readonly family: Family;
  readonly bytes: Uint8Array;
}

/**
 * Parses an IPv4 or IPv6 address; prefixes and zones are refused.
 *
 * Throws a {@link FieldError} that names `field`.
 */
export function parseAddress(field: string, value: unknown, family?: Family): WireAddress {
  const parsed = typeof value === 'string' ? parse(value) : undefined;
  if (parsed === undefined) throw new FieldError(field, value, 'must be an IPv4 or IPv6 address');
  if (family !== undefined && parsed.family !== family) {
    throw new FieldError(field, value, `must be an address of the family ${family}`);
  }
  return parsed;
}

function parse(text: string): WireAddress | undefined {
  if (/[/%\s]/.test(text)) return undefined;
  const bytes = new Uint8Array(ADDRESS_LENGTH);
  try {
    if (text.includes(':')) {
      const groups = new Address6(text).toUnsignedByteArray();
      bytes.set(groups, ADDRESS_LENGTH - groups.length);
      return { family: 'ipv6', bytes };
    }
    bytes.set(new Address4(text).toArray());
    return { family: 'ipv4', bytes };
  } catch {
    return undefined;
  }
}

const OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => `${octet}`);
const DOT_OCTETS: readonly string[] = OCTETS.map((octet) => `.${octet}`);

/** The text of the IPv4 address whose four bytes start at `offset`. */
export function formatIPv4(bytes: Uint8Array, offset: number): string {
  return (
    OCTETS[bytes[offset]!]! +
    DOT_OCTETS[bytes[offset + 1]!]! +
    DOT_OCTETS[bytes[offset + 2]!]! +
    DOT_OCTETS[bytes[offset + 3]!]!
  );
}

/**
 * The canonical text (RFC 5952) of the IPv6 address whose 16 bytes start at `offset`.
 *
 * IPv4-mapped (`::ffff:0:0/96`) and IPv4-compatible addresses end in dotted form, as inet_ntop
 * writes them and ipvsadm shows them.
 */
export function formatIPv6(bytes: Uint8Array, offset: number): string {
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2)
    groups.push((bytes[offset + index]! << 8) | bytes[offset + index + 1]!);
  const zeros = longestZeroRun(groups);
  if (zeros.start === 0 && (zeros.length === 6 || (zeros.length === 5 && groups[5] === 0xffff))) {
    return `${zeros.length === 5 ? '::ffff:' : '::'}${formatIPv4(bytes, offset + 12)}`;
  }
  if (zeros.length < 2) return groups.map(hex).join(':');
  const head = groups.slice(0, zeros.start).map(hex).join(':');
  const tail = groups
    .slice(zeros.start + zeros.length)
    .map(hex)
    .join(':');
  return `${head}::${tail}`;
}

/** The text of the address at `offset`. */
export function formatAddress(family: Family, bytes: Uint8Array, offset = 0): string {
  return family === 'ipv4' ? formatIPv4(bytes, offset) : formatIPv6(bytes, offset);
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let start = 0;
  let length = 0;
  for (let from = 0; from < groups.length; ) {
    let to = from;
    while (groups[to] === 0) to++;
    if (to - from > length) {
      start = from;
      length = to - from;
    }
    from = Math.max(to, from + 1);
  }
  return { start, length };
}

function hex(group: number): string {
  return group.toString(16);
}
