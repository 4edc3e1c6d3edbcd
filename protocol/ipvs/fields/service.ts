import type { UnknownAttribute } from '../../netlink/index.ts';
import { MAX_PERSISTENCE_ENGINE_NAME, MAX_PORT, MAX_SCHEDULER_NAME, ServiceFlag } from './constants.ts';
import type { Traffic } from './counters.ts';
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
  type Persistence,
  persistenceFields,
  type ReadPersistence,
  type WholePersistence,
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
  /** IPv4: the mask, big-endian as in memory; IPv6: a prefix length, host-endian. */
  netmask: [9, 'bytes4'],
  stats: [10, 'nest', 'stats'],
  persistenceEngine: [11, 'string'],
  stats64: [12, 'nest', 'stats64'],
  /** Not upstream: the destinations inside a single dump. */
  destinations: [13, 'list', 'destination'],
} as const;

/** A service known by protocol, address and port. */
export interface AddressServiceKey {
  /** The transport protocol of the service. */
  readonly protocol: Protocol;
  /** IPv4 or IPv6 address as text, without a zone; the family follows from it. */
  readonly address: string;
  /** Port, 0-65535; 0 means every port and needs persistence to be useful. */
  readonly port: number;
  /** The family of the address. Default: it follows from `address`. */
  readonly family?: Family | undefined;
  /** Never there: a firewall mark makes the other kind of service. */
  readonly mark?: undefined;
}

/** A service known by the firewall mark that packets carry. */
export interface MarkServiceKey {
  /** Firewall mark, 1-4294967295. */
  readonly mark: number;
  /** The family of the packets. Default: `ipv4`. */
  readonly family?: Family | undefined;
  /** Never there: a mark stands for any protocol. */
  readonly protocol?: undefined;
  /** Never there: a mark stands for any address. */
  readonly address?: undefined;
  /** Never there: a mark stands for any port. */
  readonly port?: undefined;
}

/** The key of a service. There are two kinds, told apart by `mark`. */
export type ServiceKey = AddressServiceKey | MarkServiceKey;

/** How a service behaves, as it is written; null stands for what is left out. */
export interface ServiceSettings {
  /** Name of the scheduler, such as `wlc`; `none` for a service without one. At most 15 bytes. */
  readonly scheduler: string;
  /** Whether connections of a client stay with one destination. Default: no. */
  readonly persistence?: Persistence | null | undefined;
  /** UDP only: schedule every packet by itself. */
  readonly onePacket?: boolean | undefined;
  /** Flags of the scheduler. Default: none. */
  readonly schedulerFlags?: readonly SchedulerFlag[] | undefined;
  /** Name of the persistence engine, such as `sip`. At most 15 bytes. */
  readonly persistenceEngine?: string | null | undefined;
  /** Flag bits without a name here (from 64 up), unchanged. */
  readonly otherFlags?: number | undefined;
  /** Attributes without a name here, unchanged. */
  readonly unknown?: readonly UnknownAttribute[] | undefined;
}

/** A service as it is written: key and settings. */
export type ServiceDefinition = ServiceKey & ServiceSettings;

/**
 * A service as an update writes it: every setting is named, as the kernel resets what a request leaves out. What a
 * service need not have is null (or undefined, as in one that was read). Only flags and attributes without a name here
 * may be left out, and then stay.
 */
export type ServiceUpdate = ServiceKey & {
  readonly scheduler: string;
  readonly persistence: WholePersistence | null | undefined;
  readonly onePacket: boolean;
  readonly schedulerFlags: readonly SchedulerFlag[];
  readonly persistenceEngine: string | null | undefined;
  readonly otherFlags?: number | undefined;
  readonly unknown?: readonly UnknownAttribute[] | undefined;
};

/** Settings of a service to be changed; what is left out or undefined stays, and null takes away. */
export type ServiceChanges = Partial<Omit<ServiceSettings, 'persistence'>> & {
  /** What it leaves out stays, too, where the service is persistent. */
  readonly persistence?: Partial<Persistence> | null | undefined;
};

/** A service as it is read, without what identifies it. */
interface ServiceReading {
  /** The family of the address, or of the packets that carry the mark. */
  readonly family: Family;
  /** Name of the scheduler, such as `wlc`; `none` for none. */
  readonly scheduler: string;
  /** Persistence; undefined for none. */
  readonly persistence: ReadPersistence | undefined;
  /** Whether every packet is scheduled by itself (UDP). */
  readonly onePacket: boolean;
  /** Flags of the scheduler. */
  readonly schedulerFlags: readonly SchedulerFlag[];
  /** Name of the persistence engine, such as `sip`; undefined for none. */
  readonly persistenceEngine: string | undefined;
  /** Flag bits without a name here (from 64 up); 0 for none. */
  readonly otherFlags: number;
  /** Attributes without a name here, in the kernel's bytes; undefined for none. */
  readonly unknown: readonly UnknownAttribute[] | undefined;
}

/**
 * A service as it is read, without its destinations. Key and settings are its own properties; the counters are not:
 * a spread, `structuredClone` and comparisons leave them out, and `counters.values()` gives them as plain data.
 */
export type Service = (AddressServiceKey | MarkServiceKey) & ServiceReading & Traffic;

/** A service as a whole dump gives it, with its destinations; otherwise as {@link Service}. */
export type ServiceWithDestinations = Service & {
  /** In the kernel's order: the newest first. */
  readonly destinations: readonly Destination[];
};

/** A service as a desired state has it, with its destinations. */
export type ServiceWithDestinationsDefinition = ServiceDefinition & {
  readonly destinations: readonly DesiredDestination[];
};

/** Every field of a service but its destinations and counters. */
export const serviceFields: Fields<Exclude<keyof ServiceReading | keyof MarkServiceKey, 'counters'>> = {
  protocol: {
    role: 'identity',
    value: { kind: 'name-or-number', names: PROTOCOL_NUMBERS, maximum: 255 },
    attribute: 'protocol',
    description: 'Transport protocol.',
  },
  address: {
    role: 'identity',
    value: { kind: 'address' },
    attribute: 'address',
    description: 'IPv4 or IPv6 address.',
  },
  port: {
    role: 'identity',
    value: { kind: 'integer', minimum: 0, maximum: MAX_PORT },
    attribute: 'port',
    description: '0 for every port.',
  },
  mark: {
    role: 'identity',
    value: { kind: 'integer', minimum: 1, maximum: 0xffffffff },
    attribute: 'mark',
    description: 'Firewall mark, in place of protocol, address and port.',
  },
  family: {
    role: 'identity',
    value: { kind: 'name', names: FAMILY_NUMBERS },
    attribute: 'family',
    description: 'Address family; where there is an address it follows from that.',
  },
  scheduler: {
    role: 'setting',
    value: { kind: 'text', maximum: MAX_SCHEDULER_NAME },
    attribute: 'scheduler',
    description: 'Such as rr, wlc, sh; none for a service without one.',
    options: [
      {
        long: 'scheduler',
        short: 's',
        value: 'name',
        emptyIsNone: true,
        help: 'the scheduler; wlc by default',
      },
    ],
    commandDefault: 'wlc',
  },
  persistence: {
    role: 'setting',
    value: { kind: 'object', fields: persistenceFields },
    default: null,
    description: 'Connections of one client stay with one destination.',
  },
  onePacket: {
    role: 'setting',
    value: { kind: 'boolean' },
    flag: ServiceFlag.ONE_PACKET,
    default: false,
    description: 'Schedule every packet by itself (UDP).',
    options: [{ long: 'ops', short: 'o', sets: true, help: 'schedule every packet by itself; UDP only' }],
  },
  schedulerFlags: {
    role: 'setting',
    value: { kind: 'names', names: SCHEDULER_FLAG_BITS },
    default: [],
    options: [{ long: 'sched-flags', short: 'b', value: 'flags', help: 'flags, with commas' }],
  },
  persistenceEngine: {
    role: 'setting',
    value: { kind: 'text', maximum: MAX_PERSISTENCE_ENGINE_NAME },
    attribute: 'persistenceEngine',
    default: null,
    description: 'Such as sip.',
    options: [{ long: 'pe', value: 'name', emptyIsNone: true, help: 'the persistence engine, such as sip' }],
  },
  otherFlags: {
    role: 'passthrough',
    value: { kind: 'integer', minimum: 0, maximum: 0xffffffff },
    default: 0,
    description: 'Flag bits without a name here.',
  },
  unknown: {
    role: 'passthrough',
    value: { kind: 'attributes' },
    optional: true,
    description: 'Attributes without a name here, as the kernel gave them.',
  },
};
