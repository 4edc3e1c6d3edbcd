import {
  AddressFamily,
  Command,
  DaemonState,
  FAMILY_NAME,
  FAMILY_NUMBERS,
  FORWARDING_MASK,
  FORWARDING_NUMBERS,
  formatAddress,
  ipvsCodec,
  NAMED_SERVICE_FLAGS,
  namesByNumber,
  PROTOCOL_NUMBERS,
  ServiceFlag,
  TUNNEL_CHECKSUM_NUMBERS,
  TUNNEL_TYPE_NUMBERS,
  versionText,
} from '../../protocol/ipvs/index.ts';
import { HOST_IS_LITTLE_ENDIAN, type MaskedFlags } from '../../protocol/netlink/index.ts';
import type { FamilySpec } from './family-spec.ts';

const NAMES: Readonly<Record<string, readonly (string | undefined)[]>> = {
  'service.protocol': namesByNumber(PROTOCOL_NUMBERS),
  'destination.tunnelType': namesByNumber(TUNNEL_TYPE_NUMBERS),
  'destination.tunnelFlags': namesByNumber(TUNNEL_CHECKSUM_NUMBERS),
  'service.family': namesByNumber(FAMILY_NUMBERS),
  'destination.family': namesByNumber(FAMILY_NUMBERS),
  'daemon.state': namesByNumber({ master: DaemonState.MASTER, backup: DaemonState.BACKUP }),
};
const FORWARDING = namesByNumber(FORWARDING_NUMBERS);

/** The messages and attributes of IPVS. */
export const ipvsSpec: FamilySpec = {
  family: FAMILY_NAME,
  commands: Command,
  codec: ipvsCodec,
  attributeSet: (command) => (command === Command.SET_INFO ? 'info' : 'command'),
  formatValue: formatIpvsValue,
};

/**
 * Returns the value of an attribute as text. Addresses and masks are formatted as IPv4 if the message names no
 * address family.
 */
function formatIpvsValue(
  set: string,
  name: string,
  value: unknown,
  addressFamily: number | undefined,
): string | undefined {
  const path = `${set}.${name}`;
  const ipVersion = addressFamily === AddressFamily.INET6 ? 'ipv6' : 'ipv4';
  if (name === 'address') return formatAddress(ipVersion, value as Uint8Array);
  if (path === 'service.netmask') return netmaskText(value as Uint8Array, ipVersion);
  if (path === 'service.flags') return flagsText(value as MaskedFlags);
  if (path === 'destination.forwarding') return FORWARDING[(value as number) & FORWARDING_MASK];
  if (path === 'daemon.multicastGroup') return formatAddress('ipv4', value as Uint8Array);
  if (path === 'daemon.multicastGroup6') return formatAddress('ipv6', value as Uint8Array);
  if (path === 'info.version') return versionText(value as number);
  return typeof value === 'number' ? NAMES[path]?.[value] : undefined;
}

function netmaskText(bytes: Uint8Array, ipVersion: 'ipv4' | 'ipv6'): string {
  if (ipVersion === 'ipv4') return formatAddress('ipv4', bytes);
  return String(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, HOST_IS_LITTLE_ENDIAN));
}

function flagsText({ flags, mask }: MaskedFlags): string {
  const names = Object.entries(ServiceFlag)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name.toLowerCase().replaceAll('_', '-'));
  const rest = (flags & ~NAMED_SERVICE_FLAGS) >>> 0;
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return `${names.length === 0 ? 'none' : names.join(' ')} (mask 0x${mask.toString(16)})`;
}
