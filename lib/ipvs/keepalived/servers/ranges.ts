import { formatAddress, parseAddress } from '../../../../protocol/ipvs/fields/address.ts';
import type { Family } from '../../../../protocol/ipvs/index.ts';

/** Maximum number of addresses in one range. */
const MAX_ADDRESSES = 65_536;

/** The addresses of a range, in order. */
export interface AddressRange {
  readonly family: Family;
  readonly addresses: readonly string[];
}

/**
 * Returns the addresses of a range: `192.0.2.1-10` (the part after the hyphen replaces the last octet; in an IPv6
 * address, the last group, in hexadecimal), `192.0.2.250-192.0.3.5`, `192.0.2.8/29`, or one address. Throws an
 * Error that says what is wrong.
 */
export function addressRange(text: string): AddressRange {
  const { family, first, last } = parseRange(text);
  if (last < first) throw new Error('the range ends before it begins');
  if (last - first >= BigInt(MAX_ADDRESSES))
    throw new Error(`the range has more than ${MAX_ADDRESSES} addresses`);
  const addresses: string[] = [];
  for (let value = first; value <= last; value++) addresses.push(formatAddressNumber(value, family));
  return { family, addresses };
}

/** A range of addresses as numbers. */
interface NumberRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

const BITS: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };

function parseRange(text: string): NumberRange {
  const [, start, separator, end] = /^([^/-]*)([/-]?)(.*)$/s.exec(text)!;
  const range = addressAsRange(start!);
  if (separator === '/') return prefixRange(range, end!);
  return separator === '-' ? { ...range, last: parseEnd(range, end!) } : range;
}

/** Returns a range of this address only. */
function addressAsRange(text: string): NumberRange {
  let address: ReturnType<typeof parseAddress>;
  try {
    address = parseAddress('address', text);
  } catch {
    throw new Error(`${text} must be an IPv4 or IPv6 address`);
  }
  const { family, bytes } = address;
  // `bytes` has the length of an IPv6 address for either family.
  const digits = Buffer.from(bytes.subarray(0, BITS[family] / 8)).toString('hex');
  const value = BigInt(`0x${digits}`);
  return { family, first: value, last: value };
}

/** Returns the range of a CIDR prefix: all addresses that share the first `lengthText` bits of the given address. */
function prefixRange({ family, first }: NumberRange, lengthText: string): NumberRange {
  const bits = BITS[family];
  const length = /^\d{1,3}$/.test(lengthText) ? Number(lengthText) : -1;
  if (length < 0 || length > bits) throw new Error(`${lengthText} must be a prefix length from 0 to ${bits}`);
  const hostMask = (1n << BigInt(bits - length)) - 1n;
  return { family, first: first & ~hostMask, last: first | hostMask };
}

/** Parses the end of a range: an address, or its last octet or group. */
function parseEnd({ family, first }: NumberRange, text: string): bigint {
  if (/[.:]/.test(text)) {
    const last = addressAsRange(text);
    if (last.family !== family)
      throw new Error('the first and the last address of the range are of different families');
    return last.first;
  }
  const [name, pattern, base, bits] =
    family === 'ipv4'
      ? (['octet', /^\d{1,3}$/, 10, 8n] as const)
      : (['group', /^[0-9a-f]{1,4}$/i, 16, 16n] as const);
  const mask = (1n << bits) - 1n;
  const last = pattern.test(text) ? BigInt(Number.parseInt(text, base)) : -1n;
  if (last < 0n || last > mask) throw new Error(`${text} must be an address or the last ${name} of one`);
  return (first & ~mask) | last;
}

function formatAddressNumber(value: bigint, family: Family): string {
  const bytes = Buffer.from(value.toString(16).padStart(BITS[family] / 4, '0'), 'hex');
  return formatAddress(family, bytes);
}
