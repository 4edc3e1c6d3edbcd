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
 * Returns the addresses of a range: `192.0.2.1-10` (with IPv6 the last part is hexadecimal),
 * `192.0.2.250-192.0.3.5`, `192.0.2.8/29`, or one address. Throws an Error that says what is wrong.
 */
export function addressRange(text: string): AddressRange {
  const slash = text.indexOf('/');
  const dash = text.indexOf('-');
  const first = numberOf(text.slice(0, slash >= 0 ? slash : dash >= 0 ? dash : text.length));
  const last =
    slash >= 0
      ? endOfPrefix(first, text.slice(slash + 1))
      : dash >= 0
        ? endOf(first, text.slice(dash + 1))
        : first;
  const begin = slash >= 0 ? last.begin! : first.value;
  if (last.value < begin) throw new Error('the range ends before it begins');
  if (last.value - begin >= BigInt(MAX_ADDRESSES))
    throw new Error(`the range has more than ${MAX_ADDRESSES} addresses`);
  const addresses: string[] = [];
  for (let value = begin; value <= last.value; value++) addresses.push(textOf(value, first.family));
  return { family: first.family, addresses };
}

interface AddressNumber {
  readonly family: Family;
  readonly value: bigint;
  readonly begin?: bigint;
}

const BITS: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };

function numberOf(text: string): AddressNumber {
  let address: ReturnType<typeof parseAddress>;
  try {
    address = parseAddress('address', text);
  } catch {
    throw new Error(`${text} must be an IPv4 or IPv6 address`);
  }
  const { family, bytes } = address;
  const digits = Buffer.from(bytes.subarray(0, BITS[family] / 8)).toString('hex');
  return { family, value: BigInt(`0x${digits}`) };
}

function endOfPrefix({ family, value }: AddressNumber, text: string): AddressNumber {
  const bits = BITS[family];
  const length = /^\d{1,3}$/.test(text) ? Number(text) : -1;
  if (length < 0 || length > bits) throw new Error(`${text} must be a prefix length from 0 to ${bits}`);
  const rest = (1n << BigInt(bits - length)) - 1n;
  return { family, value: value | rest, begin: value & ~rest };
}

/** Parses the end of a range: an address, or its last part. */
function endOf({ family, value }: AddressNumber, text: string): AddressNumber {
  if (/[.:]/.test(text)) {
    const last = numberOf(text);
    if (last.family !== family) throw new Error('the range begins and ends in different families');
    return last;
  }
  const [pattern, base, bits] = family === 'ipv4' ? [/^\d{1,3}$/, 10, 8n] : [/^[0-9a-f]{1,4}$/i, 16, 16n];
  const part = pattern.test(text) ? BigInt(Number.parseInt(text, base)) : -1n;
  const mask = (1n << bits) - 1n;
  if (part < 0n || part > mask) throw new Error(`${text} must be an address or its last part`);
  return { family, value: (value & ~mask) | part };
}

function textOf(value: bigint, family: Family): string {
  const bytes = Buffer.from(value.toString(16).padStart(BITS[family] / 4, '0'), 'hex');
  return formatAddress(family, bytes);
}
