import type { ipvsAttributes } from '../../../protocol/ipvs/fields/attributes.ts';
import { AddressFamily } from '../../../protocol/ipvs/fields/constants.ts';
import type { AttributeValues } from '../../../protocol/netlink/index.ts';

/** The attributes of a service as they stand on the wire. */
export type RawService = AttributeValues<typeof ipvsAttributes, 'service'>;
/** The attributes of a destination as they stand on the wire. */
export type RawDestination = AttributeValues<typeof ipvsAttributes, 'destination'>;
/** The attributes of a sync daemon as they stand on the wire. */
export type RawDaemon = AttributeValues<typeof ipvsAttributes, 'daemon'>;
/** Counters and rates in 64 bits; what is absent is zero. */
export type RawCounters = AttributeValues<typeof ipvsAttributes, 'stats64'>;

/** Connections of a destination, as the kernel counts them. */
export interface Connections {
  /** Established connections. */
  readonly active?: number;
  /** Other connections. */
  readonly inactive?: number;
  /** Persistence templates. */
  readonly persistent?: number;
}

/** What identifies a service: a mark other than 0, or else protocol, address and port. */
export interface RawServiceKey {
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

/** The attributes of an object that requests set, each with a value. */
type Settings<Values, Others extends keyof Values> = {
  readonly [Name in Exclude<keyof Values, Others | 'stats' | 'stats64' | 'unknown'>]-?: NonNullable<
    Values[Name]
  >;
};

/**
 * What a request says of a service besides its key: all attributes that requests set, the flags without their mask,
 * and an empty text for no persistence engine.
 */
export type RawServiceSettings = Settings<RawService, keyof RawServiceKey | 'flags' | 'destinations'> & {
  readonly flags: number;
};

/** What identifies a destination inside its service. */
export interface RawDestinationKey {
  /** 2 IPv4, 10 IPv6 (`AF_*`). */
  readonly family: number;
  /** 16 bytes; an IPv4 address is in the first 4. */
  readonly address: Uint8Array;
  /** Port, 0-65535. */
  readonly port: number;
}

/** What a request says of a destination besides its key: all attributes that requests set. */
export type RawDestinationSettings = Settings<
  RawDestination,
  keyof RawDestinationKey | 'activeConnections' | 'inactiveConnections' | 'persistentConnections'
>;

/** Services by row of the hash tables, newest first, and destinations, newest first, are chains. */
export interface ServiceEntry extends RawServiceKey {
  /** The settings as the kernel stores them. */
  settings: RawServiceSettings;
  /** The counters; undefined for zeros. */
  counters: RawCounters | undefined;
  /** The row of the hash tables that it is in. */
  readonly row: number;
  /** The next service of the row. */
  next: ServiceEntry | undefined;
  /** The service before it in the row. */
  previous: ServiceEntry | undefined;
  /** Its newest destination. */
  first: DestinationEntry | undefined;
  /** Its destinations by `destinationKeyText`. */
  readonly destinations: Map<string, DestinationEntry>;
  /** The attributes inside the SERVICE nest; forgotten when something changes. */
  encoded: Uint8Array | undefined;
}

/** A destination in the chain of its service. */
export interface DestinationEntry extends RawDestinationKey {
  /** The settings as the kernel stores them. */
  settings: RawDestinationSettings;
  /** How many connections it has. */
  connections: Connections;
  /** The counters; undefined for zeros. */
  counters: RawCounters | undefined;
  /** The service that it belongs to, or did before it was removed. */
  service: ServiceEntry;
  /** The next destination of the service. */
  next: DestinationEntry | undefined;
  /** The destination before it. */
  previous: DestinationEntry | undefined;
  /** The attributes inside the DEST nest; forgotten when something changes. */
  encoded: Uint8Array | undefined;
}

function addressText(family: number, address: Uint8Array): string {
  const length = family === AddressFamily.INET6 ? 16 : 4;
  let text = '';
  for (let index = 0; index < length; index += 2) {
    text += String.fromCharCode((address[index]! << 8) | address[index + 1]!);
  }
  return text;
}

/** The text under which a service is looked up. */
export function serviceKeyText(key: RawServiceKey): string {
  if (key.mark !== 0) return `${key.family} mark ${key.mark}`;
  return `${key.family} ${key.protocol} ${key.port} ${addressText(key.family, key.address)}`;
}

/** The text under which a destination is looked up inside its service. */
export function destinationKeyText(key: RawDestinationKey): string {
  return `${key.family} ${key.port} ${addressText(key.family, key.address)}`;
}

/** What of an address counts for its family: for IPv4 the bytes after the first 4 become zero. */
export function ownAddress(family: number, address: Uint8Array): Uint8Array {
  const copy = new Uint8Array(16);
  copy.set(family === AddressFamily.INET6 ? address.subarray(0, 16) : address.subarray(0, 4));
  return copy;
}
