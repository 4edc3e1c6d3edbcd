import { formatIPv4, formatIPv6 } from '../netlink/index.ts';
import { RouteFamily } from './attributes.ts';

/** Length of one entry of a label stack (RFC 3032), in bytes. */
const LABEL_LENGTH = 4;

/**
 * Returns an address of the given family as text: an IPv4, IPv6 or hardware address, or the labels of an MPLS
 * stack, outermost first and separated by slashes (`100/200`). An address of another family or length is
 * hexadecimal with the prefix `0x`.
 */
export function addressText(family: number, bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  switch (family) {
    case RouteFamily.IPV4:
    case RouteFamily.IPV4_MULTICAST:
      if (bytes.length === 4) return formatIPv4(bytes, 0);
      break;
    case RouteFamily.IPV6:
    case RouteFamily.IPV6_MULTICAST:
      if (bytes.length === 16) return formatIPv6(bytes, 0);
      break;
    case RouteFamily.PACKET:
      return hardwareAddress(bytes);
    case RouteFamily.MPLS:
      if (bytes.length > 0 && bytes.length % LABEL_LENGTH === 0) return labels(bytes);
      break;
  }
  return `0x${octets(bytes).join('')}`;
}

/** Returns a hardware address as hexadecimal octets separated by colons. */
export function hardwareAddress(bytes: Uint8Array): string {
  return octets(bytes).join(':');
}

/** Returns the label of each entry (its upper 20 bits), up to the bottom of the stack. */
function labels(bytes: Uint8Array): string {
  const values: number[] = [];
  for (let at = 0; at < bytes.length; at += LABEL_LENGTH) {
    values.push((bytes[at]! << 12) | (bytes[at + 1]! << 4) | (bytes[at + 2]! >> 4));
    if ((bytes[at + 2]! & 1) !== 0) break;
  }
  return values.join('/');
}

function octets(bytes: Uint8Array): string[] {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
}
