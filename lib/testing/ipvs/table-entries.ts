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
export type Counters = AttributeValues<typeof ipvsAttributes, 'stats64'>;

/** Connections of a destination, as the kernel counts them. */
export interface Connections {
  readonly active?: number;
  readonly inactive?: number;
  readonly persistent?: number;
}

/** What identifies a service: a mark other than 0, or else protocol, address and port. */
export interface ServiceKey {
  readonly family: number;
  readonly protocol: number;
  /** 16 bytes; an IPv4 address is in the first 4. */
  readonly address: Uint8Array;
  readonly port: number;
  readonly mark: number;
}

/** What a request says of a service besides its key. */
export interface ServiceSettings {
  readonly scheduler: string;
  /** Empty for none. */
  readonly persistenceEngine: string;
  readonly flags: number;
  /** Seconds. */
  readonly timeout: number;
  /** IPv4: the mask as in memory; IPv6: a prefix length, host-endian. */
  readonly netmask: Uint8Array;
}

/** What identifies a destination inside its service. */
export interface DestinationKey {
  readonly family: number;
  /** 16 bytes; an IPv4 address is in the first 4. */
  readonly address: Uint8Array;
  readonly port: number;
}

/** What a request says of a destination besides its key. */
export interface DestinationSettings {
  readonly forwarding: number;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly tunnelType: number;
  readonly tunnelPort: number;
  readonly tunnelFlags: number;
}

/** Services by row of the hash tables, newest first, and destinations, newest first, are chains. */
export interface ServiceEntry extends ServiceKey {
  settings: ServiceSettings;
  counters: Counters | undefined;
  readonly row: number;
  next: ServiceEntry | undefined;
  previous: ServiceEntry | undefined;
  first: DestinationEntry | undefined;
  readonly destinations: Map<string, DestinationEntry>;
  /** The attributes inside the SERVICE nest; forgotten when something changes. */
  encoded: Uint8Array | undefined;
}

/** A destination in the chain of its service. */
export interface DestinationEntry extends DestinationKey {
  settings: DestinationSettings;
  connections: Connections;
  counters: Counters | undefined;
  service: ServiceEntry;
  next: DestinationEntry | undefined;
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
export function serviceKeyText(key: ServiceKey): string {
  if (key.mark !== 0) return `${key.family} mark ${key.mark}`;
  return `${key.family} ${key.protocol} ${key.port} ${addressText(key.family, key.address)}`;
}

/** The text under which a destination is looked up inside its service. */
export function destinationKeyText(key: DestinationKey): string {
  return `${key.family} ${key.port} ${addressText(key.family, key.address)}`;
}

/** What of an address counts for its family: for IPv4 the bytes behind the first 4 become zero. */
export function ownAddress(family: number, address: Uint8Array): Uint8Array {
  const copy = new Uint8Array(16);
  copy.set(family === AddressFamily.INET6 ? address.subarray(0, 16) : address.subarray(0, 4));
  return copy;
}
