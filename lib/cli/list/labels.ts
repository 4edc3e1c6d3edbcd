import type { Family, Protocol, Service } from '../../../protocol/ipvs/index.ts';

/** An address and port in a listing. */
export interface ShownEndpoint {
  readonly family: Family;
  readonly address: string;
  readonly port: number;
  /** Address and port as numbers, with IPv6 in brackets, if that text already exists. */
  readonly endpoint?: string;
}

/** Looks up host names by address and service names by port; both return the number as text if there is no name. */
export interface ReverseLookup {
  hostOf(family: Family, address: string): string;
  portNameOf(port: number, protocol: Protocol | undefined): string;
  /** Whether a label that is too long with names shows numbers instead of truncated names. */
  readonly numericIfTooLong?: boolean;
}

/** Maximum length of an address and port in characters, as in ipvsadm, which truncates longer names. */
const MAX_LABEL = 59;

function numericLabel({ family, address, port }: ShownEndpoint): string {
  return family === 'ipv4' ? `${address}:${port}` : `[${address}]:${port}`;
}

/** Formats `address:port`, with IPv6 in brackets, as numbers or names. */
export function endpointLabel(
  endpoint: ShownEndpoint,
  protocol: Protocol | undefined,
  names: ReverseLookup | undefined,
): string {
  if (names === undefined) return endpoint.endpoint ?? numericLabel(endpoint);
  const { family, address, port } = endpoint;
  const host = names.hostOf(family, address);
  const portName = names.portNameOf(port, protocol);
  const label = family === 'ipv4' ? `${host}:${portName}` : `[${host}]:${portName}`;
  if (names.numericIfTooLong && label.length > MAX_LABEL) return numericLabel(endpoint);
  return label.slice(0, MAX_LABEL);
}

/** Returns a firewall mark as it is printed: as a signed number with `compat`, as ipvsadm 1.31 does. */
export function markLabel(mark: number, compat: boolean): number {
  return compat ? mark | 0 : mark;
}

/** Returns the flags of a service's scheduler by ipvsadm's names, separated by commas. */
export function schedulerFlagsLabel(service: Service, compat: boolean): string {
  const { schedulerFlags, scheduler } = service;
  // ipvsadm has no name for the third flag of these two and leaves it out.
  const hidden = compat && (scheduler === 'sh' || scheduler === 'mh') ? 'flag-3' : undefined;
  return schedulerFlags.filter((flag) => flag !== hidden).join(',');
}

/**
 * Returns the netmask or prefix length of a service's persistence; undefined if it covers a single address.
 */
export function netmaskLabel({ persistence, family }: Service): string | undefined {
  const { netmask = '255.255.255.255', prefixLength = 128 } = persistence ?? {};
  if (family === 'ipv6') return prefixLength === 128 ? undefined : String(prefixLength);
  return netmask === '255.255.255.255' ? undefined : netmask;
}
