import type { Family, Protocol, Service } from '../../../protocol/ipvs/index.ts';

/** An address and port to be shown. */
export interface ShownEndpoint {
  readonly family: Family;
  readonly address: string;
  readonly port: number;
  /** Address and port as numbers, with IPv6 in brackets, where that text was made already. */
  readonly endpoint?: string;
}

/**
 * The names of hosts and ports that a listing shows in place of numbers; the number where there is no name.
 */
export interface ShownNames {
  hostOf(family: Family, address: string): string;
  serviceOf(port: number, protocol: Protocol | undefined): string;
  /** Whether a label that is too long with names shows numbers, in place of names that are cut off. */
  readonly whole?: boolean;
}

/** ipvsadm's buffer for an address and port holds 59 characters; longer names are cut off there. */
const MAX_LABEL = 59;

function numeric({ family, address, port }: ShownEndpoint): string {
  return family === 'ipv4' ? `${address}:${port}` : `[${address}]:${port}`;
}

/** `address:port`, with IPv6 in brackets, by number or by name. */
export function endpointLabel(
  of: ShownEndpoint,
  protocol: Protocol | undefined,
  names: ShownNames | undefined,
): string {
  if (names === undefined) return of.endpoint ?? numeric(of);
  const { family, address, port } = of;
  const host = names.hostOf(family, address);
  const service = names.serviceOf(port, protocol);
  const label = family === 'ipv4' ? `${host}:${service}` : `[${host}]:${service}`;
  if (names.whole && label.length > MAX_LABEL) return numeric(of);
  return label.slice(0, MAX_LABEL);
}

/** A firewall mark: ipvsadm 1.31 prints it as a signed number. */
export function markLabel(mark: number, compat: boolean): number {
  return compat ? mark | 0 : mark;
}

/** The flags of a service's scheduler as ipvsadm names them, separated by commas. */
export function schedulerFlagsLabel(service: Service, compat: boolean): string {
  const { schedulerFlags, scheduler } = service;
  // ipvsadm has no name for the third flag of these two and leaves it out.
  const hidden = compat && (scheduler === 'sh' || scheduler === 'mh') ? 'flag-3' : undefined;
  return schedulerFlags.filter((flag) => flag !== hidden).join(',');
}

/** The mask of a service's persistence; undefined for that of a single client. */
export function netmaskLabel({ persistence, family }: Service): string | undefined {
  const { netmask = '255.255.255.255', prefixLength = 128 } = persistence ?? {};
  if (family === 'ipv6') return prefixLength === 128 ? undefined : String(prefixLength);
  return netmask === '255.255.255.255' ? undefined : netmask;
}
