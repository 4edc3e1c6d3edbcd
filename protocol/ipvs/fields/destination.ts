import type { UnknownAttribute } from '../../netlink/index.ts';
import { FORWARDING_MASK, MAX_PORT, MAX_WEIGHT } from './constants.ts';
import type { HasCounters } from './counters.ts';
import type { Fields } from './field.ts';
import {
  FAMILY_NUMBERS,
  type Family,
  FORWARDING_NUMBERS,
  type ForwardingMethod,
  TUNNEL_CHECKSUM_NUMBERS,
  TUNNEL_TYPE_NUMBERS,
  type TunnelChecksum,
  type TunnelType,
} from './names.ts';

/** The attributes of a destination (`IPVS_DEST_ATTR_*`), in encoding order. */
export const destinationAttributes = {
  address: [1, 'bytes16'],
  /** Encoded after the address, as the kernel and ipvsadm do, though its number is 11. */
  family: [11, 'u16'],
  port: [2, 'u16be'],
  forwarding: [3, 'u32'],
  weight: [4, 's32'],
  upperThreshold: [5, 'u32'],
  lowerThreshold: [6, 'u32'],
  activeConnections: [7, 'u32'],
  inactiveConnections: [8, 'u32'],
  persistentConnections: [9, 'u32'],
  stats: [10, 'nest', 'stats'],
  stats64: [12, 'nest', 'stats64'],
  tunnelType: [13, 'u8'],
  tunnelPort: [14, 'u16be'],
  tunnelFlags: [15, 'u16'],
} as const;

/** The key of a destination (real server) within its service. */
export interface DestinationKey {
  /** IPv4 or IPv6 address as text, without a zone. */
  readonly address: string;
  /** Port, 0-65535. */
  readonly port: number;
  /** The family of the address. Default: the family of `address`. */
  readonly family?: Family | undefined;
}

/** Encapsulation of packets to a destination with the forwarding method `tunnel`. */
export interface Tunnel {
  /** The encapsulation protocol. Default: `ipip`. */
  readonly type: TunnelType;
  /** UDP port of `gue`, 1-65535; 0 for the others. */
  readonly port: number;
  /** The checksum of the outer header. Default: `nocsum`. */
  readonly checksum: TunnelChecksum;
}

/** The settings of a destination to be added; null is the same as absent. */
export interface DestinationSettings {
  /** Forwarding method. There is no default: a wrong one breaks all traffic to the destination. */
  readonly forwarding: ForwardingMethod;
  /** Weight, 0-2147483647; a destination with the weight 0 gets no new connections. Default: 1. */
  readonly weight?: number | undefined;
  /** Number of connections at which the destination gets no new ones; 0 for no limit. Default: 0. */
  readonly upperThreshold?: number | undefined;
  /** Number of connections below which it gets new ones again; 0 for the kernel's choice. Default: 0. */
  readonly lowerThreshold?: number | undefined;
  /** Encapsulation. Default: `{ type: 'ipip', port: 0, checksum: 'nocsum' }`. */
  readonly tunnel?: Partial<Tunnel> | null | undefined;
  /** Attributes unknown to this library version, encoded unchanged. */
  readonly unknown?: readonly UnknownAttribute[] | undefined;
}

/** A destination to be added: key and settings. */
export type DestinationDefinition = DestinationKey & DestinationSettings;

/**
 * An update of a destination. Every setting must be present, as the kernel resets those that a request omits.
 * `tunnel` is null (or undefined, as in a destination that was read) for none. `unknown` may be absent.
 */
export type DestinationUpdate = DestinationKey & {
  readonly forwarding: ForwardingMethod;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly tunnel: Tunnel | null | undefined;
  readonly unknown?: readonly UnknownAttribute[] | undefined;
};

/** Settings of a destination to be changed; absent or undefined ones stay unchanged, also within `tunnel`. */
export type DestinationChanges = Partial<DestinationSettings>;

/**
 * A destination of a desired state. Without a forwarding method, an existing destination's method stays
 * unchanged.
 */
export type DesiredDestination = DestinationKey & Partial<DestinationSettings>;

/** A destination read from the kernel, without counters. */
interface DestinationProperties {
  /** The family of the address. */
  readonly family: Family;
  /** IPv4 or IPv6 address in canonical text. */
  readonly address: string;
  /** Port, 0-65535. */
  readonly port: number;
  /** Forwarding method. */
  readonly forwarding: ForwardingMethod;
  /** Weight, 0-2147483647; with 0 the destination gets no new connections. */
  readonly weight: number;
  /** Number of connections at which it gets no new ones; 0 for no limit. */
  readonly upperThreshold: number;
  /** Number of connections below which it gets new ones again; 0 for the kernel's choice. */
  readonly lowerThreshold: number;
  /**
   * Encapsulation; undefined if not reported, or if the forwarding method is not tunnel and all its
   * values are 0.
   */
  readonly tunnel: Tunnel | undefined;
  /** Connections that are established or in their handshake (`tcp_state_active_table`). */
  readonly activeConnections: number;
  /** Other connections, such as those in the state FIN_WAIT, and those of UDP. */
  readonly inactiveConnections: number;
  /** Number of persistence templates: clients bound to this destination. */
  readonly persistentConnections: number;
  /** Attributes unknown to this library version, as the kernel encoded them; undefined for none. */
  readonly unknown: readonly UnknownAttribute[] | undefined;
}

/** A destination read from the kernel; its counters are an accessor, as in {@link Service}. */
export type Destination = DestinationProperties & HasCounters;

/** The fields of a destination's tunnel. */
export const tunnelFields: Fields<keyof Tunnel> = {
  type: {
    role: 'setting',
    accepts: { kind: 'enum-or-number', values: TUNNEL_TYPE_NUMBERS, maximum: 255 },
    attribute: 'tunnelType',
    default: 'ipip',
    description: 'Encapsulation protocol; default: ipip.',
    options: [{ long: 'tun-type', valueName: 'ipip|gue|gre', help: 'kind of tunnel; ipip by default' }],
  },
  port: {
    role: 'setting',
    accepts: { kind: 'integer', minimum: 0, maximum: MAX_PORT },
    attribute: 'tunnelPort',
    default: 0,
    description: 'UDP port of gue.',
    options: [{ long: 'tun-port', valueName: 'port', minimum: 1, help: 'UDP port of a gue tunnel' }],
  },
  checksum: {
    role: 'setting',
    accepts: { kind: 'enum-or-number', values: TUNNEL_CHECKSUM_NUMBERS, maximum: 65535 },
    attribute: 'tunnelFlags',
    default: 'nocsum',
    description: 'Checksum of the outer header; default: nocsum.',
    options: [
      { long: 'tun-nocsum', impliedValue: 'nocsum', help: 'gue and gre without checksum, the default' },
      { long: 'tun-csum', impliedValue: 'csum', help: 'gue and gre with checksum' },
      { long: 'tun-remcsum', impliedValue: 'remcsum', help: 'gue with remote checksum offload' },
    ],
  },
};

/** Every field of a destination except its counters. */
export const destinationFields: Fields<keyof DestinationProperties> = {
  address: {
    role: 'key',
    accepts: { kind: 'address' },
    attribute: 'address',
    description: 'IPv4 or IPv6 address.',
  },
  port: {
    role: 'key',
    accepts: { kind: 'integer', minimum: 0, maximum: MAX_PORT },
    attribute: 'port',
  },
  family: {
    role: 'key',
    accepts: { kind: 'enum', values: FAMILY_NUMBERS },
    attribute: 'family',
    description: 'Address family; default: that of the address.',
  },
  forwarding: {
    role: 'setting',
    accepts: { kind: 'enum-or-number', values: FORWARDING_NUMBERS, maximum: FORWARDING_MASK },
    attribute: 'forwarding',
    description:
      'Forwarding method. Required for a new destination; if absent, that of an existing destination stays unchanged.',
    options: [
      {
        long: 'gatewaying',
        short: 'g',
        impliedValue: 'direct-route',
        help: 'direct routing, which is the default',
      },
      { long: 'ipip', short: 'i', impliedValue: 'tunnel', help: 'through a tunnel' },
      { long: 'masquerading', short: 'm', impliedValue: 'masq', help: 'with addresses rewritten (NAT)' },
    ],
    cliDefault: 'direct-route',
  },
  weight: {
    role: 'setting',
    accepts: { kind: 'integer', minimum: 0, maximum: MAX_WEIGHT },
    attribute: 'weight',
    default: 1,
    neverOmitted: true,
    description: 'Weight; with 0 the destination gets no new connections; default: 1.',
    options: [
      {
        long: 'weight',
        short: 'w',
        valueName: 'number',
        help: 'capacity compared with other servers; 1 by default',
      },
    ],
  },
  upperThreshold: {
    role: 'setting',
    accepts: { kind: 'integer', minimum: 0, maximum: 0xffffffff },
    attribute: 'upperThreshold',
    default: 0,
    description: 'Number of connections at which the destination gets no new ones; 0 for no limit.',
    options: [
      {
        long: 'u-threshold',
        short: 'x',
        valueName: 'number',
        maximum: 0x7fffffff,
        help: 'no new connections at this number',
      },
    ],
  },
  lowerThreshold: {
    role: 'setting',
    accepts: { kind: 'integer', minimum: 0, maximum: 0xffffffff },
    attribute: 'lowerThreshold',
    default: 0,
    description: 'Number of connections below which the destination gets new ones again.',
    options: [
      {
        long: 'l-threshold',
        short: 'y',
        valueName: 'number',
        maximum: 0x7fffffff,
        help: 'new connections again below this',
      },
    ],
  },
  tunnel: {
    role: 'setting',
    accepts: { kind: 'object', fields: tunnelFields },
    default: null,
    description: 'Encapsulation with the forwarding method tunnel.',
  },
  activeConnections: {
    role: 'state',
    accepts: { kind: 'integer', minimum: 0, maximum: 0xffffffff },
    attribute: 'activeConnections',
  },
  inactiveConnections: {
    role: 'state',
    accepts: { kind: 'integer', minimum: 0, maximum: 0xffffffff },
    attribute: 'inactiveConnections',
  },
  persistentConnections: {
    role: 'state',
    accepts: { kind: 'integer', minimum: 0, maximum: 0xffffffff },
    attribute: 'persistentConnections',
  },
  unknown: {
    role: 'passthrough',
    accepts: { kind: 'attributes' },
    optional: true,
    description: 'Attributes unknown to this library version, as the kernel encoded them.',
  },
};
