import { Address4, Address6 } from 'ip-address';
import { FieldError, formatIPv4, formatIPv6 } from '../../netlink/index.ts';
import type { Family } from './names.ts';

/** Length of an address field of either family, in bytes (`union nf_inet_addr`). */
export const ADDRESS_LENGTH = 16;

/** An address in wire format. */
export interface WireAddress {
  /** The family of the address. */
  readonly family: Family;
  /** 16 bytes in network byte order; an IPv4 address is in the first 4, the others are 0. */
  readonly bytes: Uint8Array;
}

/**
 * Parses an IPv4 or IPv6 address, of the given family if there is one; prefixes and zones are rejected.
 *
 * Throws a {@link FieldError} that names `field`.
 */
export function parseAddress(field: string, value: unknown, family?: Family): WireAddress {
  const address = typeof value === 'string' ? parse(value) : undefined;
  if (address === undefined) throw new FieldError(field, value, 'must be an IPv4 or IPv6 address');
  if (family !== undefined && address.family !== family) {
    throw new FieldError(field, value, `must be an address of the family ${family}`);
  }
  return address;
}

function parse(text: string): WireAddress | undefined {
  const plain = text.includes(':') ? parsePlainIPv6(text) : parsePlainIPv4(text);
  if (plain !== undefined) return plain;
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

/** Parses dotted decimal without leading zeros, many times faster than the ip-address package. */
function parsePlainIPv4(text: string): WireAddress | undefined {
  const bytes = new Uint8Array(ADDRESS_LENGTH);
  let dots = 0;
  let octet = -1;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x2e && octet >= 0 && dots < 3) {
      bytes[dots++] = octet;
      octet = -1;
    } else if (code >= 0x30 && code <= 0x39 && octet !== 0) {
      octet = Math.max(octet, 0) * 10 + code - 0x30;
      if (octet > 255) return undefined;
    } else {
      return undefined;
    }
  }
  if (dots !== 3 || octet < 0) return undefined;
  bytes[3] = octet;
  return { family: 'ipv4', bytes };
}

/** Parses groups of hexadecimal digits with at most one `::`, many times faster than the ip-address package. */
function parsePlainIPv6(text: string): WireAddress | undefined {
  const bytes = new Uint8Array(ADDRESS_LENGTH);
  let at = 0;
  /** Offset of the zeros that `::` stands for; -1 if there is none. */
  let gap = -1;
  for (let index = 0; index < text.length; ) {
    if (text.startsWith('::', index)) {
      if (gap >= 0) return undefined;
      gap = at;
      index += 2;
      if (index === text.length) break;
    } else if (index > 0 && text.charCodeAt(index++) !== 0x3a) {
      return undefined;
    }
    const first = index;
    let group = 0;
    for (let digit: number; (digit = hexDigit(text.charCodeAt(index))) >= 0; index++)
      group = 16 * group + digit;
    if (index === first || index - first > 4 || at === ADDRESS_LENGTH) return undefined;
    bytes[at++] = group >> 8;
    bytes[at++] = group & 0xff;
  }
  if (gap < 0 ? at < ADDRESS_LENGTH : at > ADDRESS_LENGTH - 2) return undefined;
  if (gap >= 0) {
    const after = ADDRESS_LENGTH - (at - gap);
    bytes.copyWithin(after, gap, at);
    bytes.fill(0, gap, after);
  }
  return { family: 'ipv6', bytes };
}

/** Returns the value of a hexadecimal digit by its character code; -1 for any other character and NaN. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Returns the address at `offset` as text. */
export function formatAddress(family: Family, bytes: Uint8Array, offset = 0): string {
  return family === 'ipv4' ? formatIPv4(bytes, offset) : formatIPv6(bytes, offset);
}
