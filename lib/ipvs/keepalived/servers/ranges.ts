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
 * Returns the addresses of a range: `192.0.2.1-10` (the end is the last octet, or the last group of an IPv6 address in
 * hexadecimal), `192.0.2.250-192.0.3.5`, `192.0.2.8/29`, or one address. Throws an Error that says what is wrong.
 */
export function addressRange(text: string): AddressRange {
  const { family, first, last } = parseRange(text);
  if (last < first) throw new Error('the range ends before it begins');
  if (last - first >= BigInt(MAX_ADDRESSES))
    throw new Error(`the range has more than ${MAX_ADDRESSES} addresses`);
  const addresses: string[] = [];
  for (let value = first; value <= last; value++) addresses.push(formatNumber(value, family));
  return { family, addresses };
}

/** A range of addresses as numbers. */
interface NumberRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

/** An address as a number. */
interface NumberAddress {
  readonly family: Family;
  readonly value: bigint;
}

const BITS: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };

function parseRange(text: string): NumberRange {
  const slash = text.indexOf('/');
  if (slash >= 0) return prefixRange(parseNumber(text.slice(0, slash)), text.slice(slash + 1));
  const dash = text.indexOf('-');
  const first = parseNumber(dash >= 0 ? text.slice(0, dash) : text);
  const last = dash >= 0 ? parseEnd(first, text.slice(dash + 1)) : first.value;
  return { family: first.family, first: first.value, last };
}

function parseNumber(text: string): NumberAddress {
  let address: ReturnType<typeof parseAddress>;
  try {
    address = parseAddress('address', text);
  } catch {
    throw new Error(`${text} must be an IPv4 or IPv6 address`);
  }
  const { family, bytes } = address;
  // `bytes` has the length of an IPv6 address for either family.
  const digits = Buffer.from(bytes.subarray(0, BITS[family] / 8)).toString('hex');
  return { family, value: BigInt(`0x${digits}`) };
}

/** Returns the addresses with the same prefix as an address; `text` is the length of the prefix in bits. */
function prefixRange({ family, value }: NumberAddress, text: string): NumberRange {
  const bits = BITS[family];
  const length = /^\d{1,3}$/.test(text) ? Number(text) : -1;
  if (length < 0 || length > bits) throw new Error(`${text} must be a prefix length from 0 to ${bits}`);
  const hostMask = (1n << BigInt(bits - length)) - 1n;
  return { family, first: value & ~hostMask, last: value | hostMask };
}

/** Parses the end of a range: an address, or its last octet or group. */
function parseEnd({ family, value }: NumberAddress, text: string): bigint {
  if (/[.:]/.test(text)) {
    const last = parseNumber(text);
    if (last.family !== family)
      throw new Error('the first and the last address of the range are of different families');
    return last.value;
  }
  const [name, pattern, base, bits] =
    family === 'ipv4'
      ? (['octet', /^\d{1,3}$/, 10, 8n] as const)
      : (['group', /^[0-9a-f]{1,4}$/i, 16, 16n] as const);
  const mask = (1n << bits) - 1n;
  const last = pattern.test(text) ? BigInt(Number.parseInt(text, base)) : -1n;
  if (last < 0n || last > mask) throw new Error(`${text} must be an address or the last ${name} of one`);
  return (value & ~mask) | last;
}

function formatNumber(value: bigint, family: Family): string {
  const bytes = Buffer.from(value.toString(16).padStart(BITS[family] / 4, '0'), 'hex');
  return formatAddress(family, bytes);
}
