import { type Family, parseAddress } from '../../../protocol/ipvs/index.ts';
import { FieldError } from '../../../protocol/netlink/index.ts';

/** A network prefix: the first `bits` bits of an address. */
export interface Prefix {
  readonly family: Family;
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** Parses an address with or without a prefix length. Throws a {@link FieldError} that names `field`. */
export function parsePrefix(field: string, value: unknown): Prefix {
  const [address, length, ...more] = typeof value === 'string' ? value.split('/') : [];
  const { family, bytes } = parseAddress(field, address ?? value);
  const maximum = family === 'ipv4' ? 32 : 128;
  const bits = length === undefined ? maximum : /^\d{1,3}$/.test(length) ? Number(length) : maximum + 1;
  if (bits > maximum || more.length > 0)
    throw new FieldError(field, value, `must have a prefix length from 0 to ${maximum}`);
  return { family, bytes, bits };
}

/**
 * Returns a function that tells whether the address at an offset begins with the prefix; the address must be of the
 * prefix's family.
 */
export function prefixTest({ bytes, bits }: Prefix): (addresses: Uint8Array, offset: number) => boolean {
  const fullBytes = bits >> 3;
  const remainingBits = bits & 7;
  const mask = (0xff00 >> remainingBits) & 0xff;
  return (addresses, offset) => {
    for (let index = 0; index < fullBytes; index++)
      if (addresses[offset + index] !== bytes[index]) return false;
    return remainingBits === 0 || ((addresses[offset + fullBytes]! ^ bytes[fullBytes]!) & mask) === 0;
  };
}
