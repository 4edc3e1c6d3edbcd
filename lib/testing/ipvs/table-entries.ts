import type { DestinationValues, ServiceValues } from '../../../protocol/ipvs/encode/values.ts';
import type { ipvsAttributes } from '../../../protocol/ipvs/fields/attributes.ts';
import { AddressFamily } from '../../../protocol/ipvs/fields/constants.ts';
import type { AttributeValues } from '../../../protocol/netlink/index.ts';

/** Counters and rates of 64 bits; absent ones are 0. */
export type Stats64Values = AttributeValues<typeof ipvsAttributes, 'stats64'>;

/** Numbers of connections of a destination. */
export interface Connections {
  /** Connections that are established or in their handshake. */
  readonly active?: number;
  /** Other connections. */
  readonly inactive?: number;
  /** Persistence templates. */
  readonly persistent?: number;
}

/** The key of a service: a mark other than 0, or protocol, address and port. */
export interface ServiceKeyValues {
  /** 2 IPv4, 10 IPv6 (`AF_*`). */
  readonly family: number;
  /** 6 TCP, 17 UDP, 132 SCTP (`IPPROTO_*`). */
  readonly protocol: number;
  /** 16 bytes; an IPv4 address is in the first 4. */
  readonly address: Uint8Array;
  /** Port, 0-65535. */
  readonly port: number;
  /** Firewall mark; 0 for none. */
  readonly mark: number;
}

/** Those attributes of a service or destination that can be set by requests; all are required. */
type Settings<Values, Excluded extends keyof Values> = {
  readonly [Name in Exclude<keyof Values, Excluded | 'stats' | 'stats64' | 'unknown'>]-?: NonNullable<
    Values[Name]
  >;
};

/**
 * The settings of a service: those attributes that can be set by requests. `flags` has no mask here; an empty string
 * means no persistence engine.
 */
export type ServiceSettingValues = Settings<
  ServiceValues,
  keyof ServiceKeyValues | 'flags' | 'destinations'
> & {
  readonly flags: number;
};

/** The key of a destination in its service. */
export interface DestinationKeyValues {
  /** 2 IPv4, 10 IPv6 (`AF_*`). */
  readonly family: number;
  /** 16 bytes; an IPv4 address is in the first 4. */
  readonly address: Uint8Array;
  /** Port, 0-65535. */
  readonly port: number;
}

/** The settings of a destination: those attributes that can be set by requests. */
export type DestinationSettingValues = Settings<
  DestinationValues,
  keyof DestinationKeyValues | 'activeConnections' | 'inactiveConnections' | 'persistentConnections'
>;

/**
 * A service, in the linked list of its hash bucket (newest first), with a linked list of destinations (newest
 * first).
 */
export interface ServiceEntry extends ServiceKeyValues {
  /** The settings as the kernel stores them. */
  settings: ServiceSettingValues;
  /** The counters; undefined for zeros. */
  counters: Stats64Values | undefined;
  /** Index of its hash bucket. */
  readonly bucket: number;
  /** The next service in the bucket. */
  next: ServiceEntry | undefined;
  /** The previous service in the bucket. */
  previous: ServiceEntry | undefined;
  /** The head of the list of its destinations: the newest one. */
  first: DestinationEntry | undefined;
  /** Its destinations by `destinationMapKey`. */
  readonly destinations: Map<string, DestinationEntry>;
  /** The encoded attributes of the SERVICE nest; cleared when something changes. */
  encoded: Uint8Array | undefined;
}

/** A destination in the linked list of its service. */
export interface DestinationEntry extends DestinationKeyValues {
  /** The settings as the kernel stores them. */
  settings: DestinationSettingValues;
  /** The numbers of its connections. */
  connections: Connections;
  /** The counters; undefined for zeros. */
  counters: Stats64Values | undefined;
  /** Its service, or its former service if it has been removed. */
  service: ServiceEntry;
  /** The next destination of the service. */
  next: DestinationEntry | undefined;
  /** The previous destination of the service. */
  previous: DestinationEntry | undefined;
  /** The encoded attributes of the DEST nest; cleared when something changes. */
  encoded: Uint8Array | undefined;
}

/** Returns an address as UTF-16 code units of two bytes each. */
function packedAddress(family: number, address: Uint8Array): string {
  const length = family === AddressFamily.INET6 ? 16 : 4;
  let packed = '';
  for (let index = 0; index < length; index += 2) {
    packed += String.fromCharCode((address[index]! << 8) | address[index + 1]!);
  }
  return packed;
}

/** Returns a service's key as a key of a map; it is not for display. */
export function serviceMapKey(key: ServiceKeyValues): string {
  if (key.mark !== 0) return `${key.family} mark ${key.mark}`;
  return `${key.family} ${key.protocol} ${key.port} ${packedAddress(key.family, key.address)}`;
}

/** Returns a destination's key as a key of its service's map; it is not for display. */
export function destinationMapKey(key: DestinationKeyValues): string {
  return `${key.family} ${key.port} ${packedAddress(key.family, key.address)}`;
}

/** Returns an address as a field of 16 bytes, of which IPv4 uses the first 4; the others are zero. */
export function addressField(family: number, address: Uint8Array): Uint8Array {
  const copy = new Uint8Array(16);
  copy.set(family === AddressFamily.INET6 ? address.subarray(0, 16) : address.subarray(0, 4));
  return copy;
}
