import { formatIPv4, formatIPv6 } from '../netlink/index.ts';
import { RouteFamily } from './attributes.ts';

/** Length of one entry of a label stack (RFC 3032), in bytes. */
const LABEL_LENGTH = 4;

/**
 * An address of a family as text: IPv4 and IPv6 of unicast and multicast routes, and the labels of
 * MPLS, outermost first, between slashes (`100/200`), and hardware addresses. Bytes of any other family or length are
 * hexadecimal after `0x`.
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

/** A hardware address as hexadecimal octets between colons. */
export function hardwareAddress(bytes: Uint8Array): string {
  return octets(bytes).join(':');
}

/** The upper 20 bits of each entry, up to the one that is marked as the bottom of the stack. */
function labels(bytes: Uint8Array): string {
  const found: number[] = [];
  for (let at = 0; at < bytes.length; at += LABEL_LENGTH) {
    found.push((bytes[at]! << 12) | (bytes[at + 1]! << 4) | (bytes[at + 2]! >> 4));
    if ((bytes[at + 2]! & 1) !== 0) break;
  }
  return found.join('/');
}

function octets(bytes: Uint8Array): string[] {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
}
