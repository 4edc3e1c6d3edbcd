import { AddressFamily } from '../../../protocol/ipvs/fields/constants.ts';

/**
 * Whether a destination may have this address (`ip_vs_new_dest`): IPv4 unicast, or IPv6 unicast that
 * is not link-local. Addresses of local interfaces are not treated specially.
 */
export function isServerAddress(family: number, address: Uint8Array): boolean {
  return family === AddressFamily.INET6 ? isServerAddress6(address) : isServerAddress4(address);
}

/** Whether a 4-byte IPv4 address is multicast. */
export function isMulticast4(address: Uint8Array): boolean {
  return (address[0]! & 0xf0) === 0xe0;
}

/** Whether a 16-byte IPv6 address is multicast. */
export function isMulticast6(address: Uint8Array): boolean {
  return address[0] === 0xff;
}

function isServerAddress4(address: Uint8Array): boolean {
  const broadcast = address.subarray(0, 4).every((byte) => byte === 0xff);
  return address[0] !== 0 && !broadcast && !isMulticast4(address);
}

function isServerAddress6(address: Uint8Array): boolean {
  if (isMulticast6(address)) return false;
  if (address[0] === 0xfe && (address[1]! & 0xc0) === 0x80) return false;
  if (!address.subarray(0, 8).every((byte) => byte === 0)) return true;
  const data = new DataView(address.buffer, address.byteOffset, 16);
  const third = data.getUint32(8);
  if (third === 0) return data.getUint32(12) !== 0;
  return third !== 0xffff;
}
