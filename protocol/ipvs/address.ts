import { Address4, Address6 } from 'ip-address';
import { FieldError, formatIPv4, formatIPv6 } from '../netlink/index.ts';
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

/** The text of the address at `offset`. */
export function formatAddress(family: Family, bytes: Uint8Array, offset = 0): string {
  return family === 'ipv4' ? formatIPv4(bytes, offset) : formatIPv6(bytes, offset);
}
