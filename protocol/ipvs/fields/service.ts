import type { UnknownAttribute } from '../../netlink/index.ts';
import { MAX_PERSISTENCE_ENGINE_NAME, MAX_PORT, MAX_SCHEDULER_NAME, ServiceFlag } from './constants.ts';
import type { HasCounters } from './counters.ts';
import type { DesiredDestination, Destination } from './destination.ts';
import type { Fields } from './field.ts';
import {
  FAMILY_NUMBERS,
  type Family,
  PROTOCOL_NUMBERS,
  type Protocol,
  SCHEDULER_FLAG_BITS,
  type SchedulerFlag,
} from './names.ts';
import {
  type CompletePersistence,
  type Persistence,
  persistenceFields,
  type ReportedPersistence,
} from './persistence.ts';

/** The attributes of a service (`IPVS_SVC_ATTR_*`). */
export const serviceAttributes = {
  family: [1, 'u16'],
  protocol: [2, 'u16'],
  address: [3, 'bytes16'],
  port: [4, 'u16be'],
  mark: [5, 'u32'],
  scheduler: [6, 'string'],
  flags: [7, 'masked-flags'],
  timeout: [8, 'u32'],
  /** IPv4: the netmask, in network byte order; IPv6: a prefix length, in host byte order. */
  netmask: [9, 'bytes4'],
  stats: [10, 'nest', 'stats'],
  persistenceEngine: [11, 'string'],
  stats64: [12, 'nest', 'stats64'],
  /** Not upstream: the destinations, in replies to GET_SERVICE_DEST. */
  destinations: [13, 'list', 'destination'],
} as const;

/** The key of a service with protocol, address and port. */
export interface AddressServiceKey {
  /** The transport protocol of the service. */
  readonly protocol: Protocol;
  /** IPv4 or IPv6 address as text, without a zone. */
  readonly address: string;
  /** Port, 0-65535; 0 is the wildcard (any port), for persistent services. */
  readonly port: number;
  /** The family of the address. Default: the family of `address`. */
  readonly family?: Family | undefined;
  /** Always absent: a firewall mark identifies the other kind of service. */
  readonly mark?: undefined;
}

/** The key of a service with a firewall mark. */
export interface MarkServiceKey {
  /** Firewall mark, 1-4294967295. */
  readonly mark: number;
  /** The family of the packets. Default: `ipv4`. */
  readonly family?: Family | undefined;
  /** Always absent: the mark applies to any protocol. */
  readonly protocol?: undefined;
  /** Always absent: the mark applies to any address. */
  readonly address?: undefined;
  /** Always absent: the mark applies to any port. */
  readonly port?: undefined;
}

/** The key of a service: protocol, address and port, or a firewall mark. */
export type ServiceKey = AddressServiceKey | MarkServiceKey;

/** The settings of a service to be added; null is the same as absent. */
export interface ServiceSettings {
  /** Name of the scheduler, such as `wlc`; `none` for a service without one. At most 15 bytes. */
  readonly scheduler: string;
  /** Persistence: whether connections of a client go to the same destination. Default: none. */
  readonly persistence?: Persistence | null | undefined;
  /** UDP only: whether each packet is scheduled separately. Default: false. */
  readonly onePacket?: boolean | undefined;
  /** Flags of the scheduler. Default: none. */
  readonly schedulerFlags?: readonly SchedulerFlag[] | undefined;
  /** Name of the persistence engine, such as `sip`. At most 15 bytes. */
  readonly persistenceEngine?: string | null | undefined;
  /** Flag bits unknown to this library version (0x40 and above), as a mask, encoded unchanged. */
  readonly otherFlags?: number | undefined;
  /** Attributes unknown to this library version, encoded unchanged. */
  readonly unknown?: readonly UnknownAttribute[] | undefined;
}

/** A service to be added: key and settings. */
export type ServiceDefinition = ServiceKey & ServiceSettings;

/**
 * An update of a service. Every setting must be present, as the kernel resets those that a request omits.
 * Optional ones are null (or undefined, as in a service that was read) for none. Only `otherFlags` and
 * `unknown` may be absent, and then stay unchanged.
 */
export type ServiceUpdate = ServiceKey & {
  readonly scheduler: string;
  readonly persistence: CompletePersistence | null | undefined;
  readonly onePacket: boolean;
  readonly schedulerFlags: readonly SchedulerFlag[];
  readonly persistenceEngine: string | null | undefined;
  readonly otherFlags?: number | undefined;
  readonly unknown?: readonly UnknownAttribute[] | undefined;
};

/**
 * Settings of a service to be changed; absent or undefined ones stay unchanged, and null removes a setting.
 */
export type ServiceChanges = Partial<Omit<ServiceSettings, 'persistence'>> & {
  /** Persistence; its absent properties stay unchanged if the service is persistent already. */
  readonly persistence?: Partial<Persistence> | null | undefined;
};

/** A service read from the kernel, without its key. */
interface ServiceProperties {
  /** The family of the address, or of the packets that carry the mark. */
  readonly family: Family;
  /** Name of the scheduler, such as `wlc`; `none` for none. */
  readonly scheduler: string;
  /** Persistence; undefined for none. */
  readonly persistence: ReportedPersistence | undefined;
  /** Whether each packet is scheduled separately (UDP). */
  readonly onePacket: boolean;
  /** Flags of the scheduler. */
  readonly schedulerFlags: readonly SchedulerFlag[];
  /** Name of the persistence engine, such as `sip`; undefined for none. */
  readonly persistenceEngine: string | undefined;
  /** Flag bits unknown to this library version (0x40 and above), as a mask; 0 for none. */
  readonly otherFlags: number;
  /** Attributes unknown to this library version, as the kernel encoded them; undefined for none. */
  readonly unknown: readonly UnknownAttribute[] | undefined;
}

/**
 * A service read from the kernel, without its destinations. The key and settings are own properties;
 * `counters` is an inherited accessor, so spreads, `structuredClone` and comparisons omit it. `counters.values()`
 * returns plain data.
 */
export type Service = (AddressServiceKey | MarkServiceKey) & ServiceProperties & HasCounters;

/** A service read from the kernel, with its destinations; otherwise the same as {@link Service}. */
export type ServiceWithDestinations = Service & {
  /** The destinations in the kernel's order, the newest first. */
  readonly destinations: readonly Destination[];
};

/** A service of a desired state, with its destinations. */
export type ServiceWithDestinationsDefinition = ServiceDefinition & {
  readonly destinations: readonly DesiredDestination[];
};

/** Every field of a service except its destinations and counters. */
export const serviceFields: Fields<Exclude<keyof ServiceProperties | keyof MarkServiceKey, 'counters'>> = {
  protocol: {
    role: 'key',
    accepts: { kind: 'enum-or-number', values: PROTOCOL_NUMBERS, maximum: 255 },
    attribute: 'protocol',
    description: 'Transport protocol.',
  },
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
    description: 'Port; 0 for any port.',
  },
  mark: {
    role: 'key',
    accepts: { kind: 'integer', minimum: 1, maximum: 0xffffffff },
    attribute: 'mark',
    description: 'Firewall mark, in place of protocol, address and port.',
  },
  family: {
    role: 'key',
    accepts: { kind: 'enum', values: FAMILY_NUMBERS },
    attribute: 'family',
    description: 'Address family; default: that of the address, or ipv4 for a mark.',
  },
  scheduler: {
    role: 'setting',
    accepts: { kind: 'text', maximum: MAX_SCHEDULER_NAME },
    attribute: 'scheduler',
    description: 'Name of the scheduler, such as rr, wlc or sh; none for a service without one.',
    options: [
      {
        long: 'scheduler',
        short: 's',
        valueName: 'name',
        emptyIsNone: true,
        help: 'the scheduler; wlc by default',
      },
    ],
    cliDefault: 'wlc',
  },
  persistence: {
    role: 'setting',
    accepts: { kind: 'object', fields: persistenceFields },
    default: null,
    description: 'All connections of a client go to the same destination.',
  },
  onePacket: {
    role: 'setting',
    accepts: { kind: 'boolean' },
    flag: ServiceFlag.ONE_PACKET,
    default: false,
    description: 'Schedule each packet separately (UDP).',
    options: [
      { long: 'ops', short: 'o', impliedValue: true, help: 'schedule each packet separately; UDP only' },
    ],
  },
  schedulerFlags: {
    role: 'setting',
    accepts: { kind: 'flags', values: SCHEDULER_FLAG_BITS },
    default: [],
    options: [
      { long: 'sched-flags', short: 'b', valueName: 'flags', help: 'scheduler flags, separated by commas' },
    ],
  },
  persistenceEngine: {
    role: 'setting',
    accepts: { kind: 'text', maximum: MAX_PERSISTENCE_ENGINE_NAME },
    attribute: 'persistenceEngine',
    default: null,
    description: 'Name of the persistence engine, such as sip.',
    options: [
      { long: 'pe', valueName: 'name', emptyIsNone: true, help: 'the persistence engine, such as sip' },
    ],
  },
  otherFlags: {
    role: 'passthrough',
    accepts: { kind: 'integer', minimum: 0, maximum: 0xffffffff },
    default: 0,
    description: 'Flag bits unknown to this library version.',
  },
  unknown: {
    role: 'passthrough',
    accepts: { kind: 'attributes' },
    optional: true,
    description: 'Attributes unknown to this library version, as the kernel encoded them.',
  },
};
