import type { UnknownAttribute } from '../../netlink/index.ts';
import type { Counters } from './counters.ts';
import type {
  DaemonRole,
  Family,
  ForwardingMethod,
  Protocol,
  SchedulerFlag,
  TunnelChecksum,
  TunnelType,
} from './names.ts';

/** A service known by protocol, address and port. */
export interface AddressServiceKey {
  readonly protocol: Protocol;
  /** IPv4 or IPv6 address as text, without a zone; the family follows from it. */
  readonly address: string;
  /** 0-65535; 0 means every port and needs persistence to be useful. */
  readonly port: number;
  readonly family?: Family | undefined;
  readonly mark?: undefined;
}

/** A service known by the firewall mark that packets carry. */
export interface MarkServiceKey {
  /** 1-4294967295. */
  readonly mark: number;
  /** `ipv4` unless given. */
  readonly family?: Family | undefined;
  readonly protocol?: undefined;
  readonly address?: undefined;
  readonly port?: undefined;
}

/** What makes a service the one that it is. Two kinds, told apart by `mark`. */
export type ServiceKey = AddressServiceKey | MarkServiceKey;

/** Persistence: connections of one client stay with one destination. */
export interface Persistence {
  /** How long after its last connection a client is remembered, in seconds. */
  readonly timeout: number;
  /** IPv4 only: the clients that count as one, such as `255.255.255.0`; each one alone by default. */
  readonly netmask?: string | null | undefined;
  /** IPv6 only: the same as a prefix length, 1-128; 128 by default. */
  readonly prefixLength?: number | null | undefined;
}

/** Persistence as it is read. */
export type ReadPersistence =
  | { readonly timeout: number; readonly netmask: string; readonly prefixLength?: undefined }
  | { readonly timeout: number; readonly prefixLength: number; readonly netmask?: undefined };

/** Persistence as an update names it: null in place of a netmask or prefix length for each client alone. */
export type WholePersistence =
  | ReadPersistence
  | { readonly timeout: number; readonly netmask: null; readonly prefixLength?: undefined }
  | { readonly timeout: number; readonly prefixLength: null; readonly netmask?: undefined };

/** How a service behaves, as it is written; null stands for what is left out. */
export interface ServiceSettings {
  /** Name of the scheduler, such as `wlc`; `none` for a service without one. At most 15 bytes. */
  readonly scheduler: string;
  readonly persistence?: Persistence | null | undefined;
  /** UDP only: schedule every packet by itself. */
  readonly onePacket?: boolean | undefined;
  readonly schedulerFlags?: readonly SchedulerFlag[] | undefined;
  /** Name of the persistence engine, such as `sip`. At most 15 bytes. */
  readonly persistenceEngine?: string | null | undefined;
  /** Flag bits without a name here (from 64 up), as they came. */
  readonly otherFlags?: number | undefined;
  /** Attributes without a name here, as they came. */
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

interface ServiceReading {
  readonly family: Family;
  readonly scheduler: string;
  readonly persistence: ReadPersistence | undefined;
  readonly onePacket: boolean;
  readonly schedulerFlags: readonly SchedulerFlag[];
  readonly persistenceEngine: string | undefined;
  readonly otherFlags: number;
  readonly unknown: readonly UnknownAttribute[] | undefined;
}

/** A class, so that TypeScript, too, knows what a spread leaves out. */
declare abstract class Traffic {
  /** Traffic through the service or destination. */
  get counters(): Counters;
}

/**
 * A service as it is read, without its destinations. Key and settings are its own properties; the counters are not:
 * a spread, `structuredClone` and comparisons leave them out, and `counters.values()` gives them as plain data.
 */
export type Service = (AddressServiceKey | MarkServiceKey) & ServiceReading & Traffic;

/** A service as a whole dump gives it; what is said of {@link Service} holds. */
export type ServiceWithDestinations = Service & {
  /** In the kernel's order: the newest first. */
  readonly destinations: readonly Destination[];
};

/** What makes a destination (real server) the one that it is, within its service. */
export interface DestinationKey {
  /** IPv4 or IPv6 address as text, without a zone; the family follows from it. */
  readonly address: string;
  /** 0-65535. */
  readonly port: number;
  readonly family?: Family | undefined;
}

/** How packets are wrapped on their way to a destination with the `tunnel` forwarding method. */
export interface Tunnel {
  readonly type: TunnelType;
  /** UDP port of `gue`, 1-65535; 0 for the others. */
  readonly port: number;
  readonly checksum: TunnelChecksum;
}

/** How a destination is used, as it is written; null stands for what is left out. */
export interface DestinationSettings {
  /** How packets reach it. There is no default: a wrong one breaks all traffic to the destination. */
  readonly forwarding: ForwardingMethod;
  /** 0-2147483647; 0 gets no new connections. 1 unless given. */
  readonly weight?: number | undefined;
  /** Above so many connections no new ones come; 0 for no limit, which is the default. */
  readonly upperThreshold?: number | undefined;
  /** Below so many connections new ones come again; 0 lets the kernel choose, which is the default. */
  readonly lowerThreshold?: number | undefined;
  /** `{ type: 'ipip', port: 0, checksum: 'nocsum' }` unless given. */
  readonly tunnel?: Partial<Tunnel> | null | undefined;
  /** Attributes without a name here, as they came. */
  readonly unknown?: readonly UnknownAttribute[] | undefined;
}

/** A destination as it is written: key and settings. */
export type DestinationDefinition = DestinationKey & DestinationSettings;

/**
 * A destination as an update writes it: every setting is named, as the kernel resets what a request leaves out. A
 * destination without a tunnel has null there (or undefined, as in one that was read). Attributes without a name here
 * may be left out.
 */
export type DestinationUpdate = DestinationKey & {
  readonly forwarding: ForwardingMethod;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly tunnel: Tunnel | null | undefined;
  readonly unknown?: readonly UnknownAttribute[] | undefined;
};

/** Settings of a destination to be changed; what is left out or undefined stays, also inside of `tunnel`. */
export type DestinationChanges = Partial<DestinationSettings>;

/** A destination as a wanted state has it. One that is there already keeps its forwarding method where this names none. */
export type WantedDestination = DestinationKey & Partial<DestinationSettings>;

interface DestinationReading {
  readonly family: Family;
  readonly address: string;
  readonly port: number;
  readonly forwarding: ForwardingMethod;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  /** Absent where the kernel says nothing of tunnels, or only zeros and the method is another. */
  readonly tunnel: Tunnel | undefined;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly unknown: readonly UnknownAttribute[] | undefined;
}

/** A destination as it is read; what is said of the counters of a {@link Service} holds. */
export type Destination = DestinationReading & Traffic;

/** A service as a wanted state has it, with its destinations. */
export type ServiceWithDestinationsDefinition = ServiceDefinition & {
  readonly destinations: readonly WantedDestination[];
};

/** A connection synchronisation daemon. */
export interface Daemon {
  readonly role: DaemonRole;
  /** Name of the network interface that it multicasts on. At most 15 bytes. */
  readonly interface: string;
  /** 0-255; daemons of one group share it. 0 accepts every group. */
  readonly syncId: number;
  /** Longest synchronisation message in bytes; 0 or absent lets the kernel choose. */
  readonly syncMaxLength?: number | undefined;
  /** IPv4 or IPv6 multicast address; the kernel's default is 224.0.0.81. */
  readonly multicastGroup?: string | undefined;
  /** 1-65535; the kernel's default is 8848. */
  readonly multicastPort?: number | undefined;
  /** 1-255; the kernel's default is 1. */
  readonly multicastTtl?: number | undefined;
}

/** Timeouts of connections, in seconds; absent where the kernel lacks the protocol. */
export interface Timeouts {
  readonly tcp?: number | undefined;
  /** TCP connections after a FIN. */
  readonly tcpFin?: number | undefined;
  readonly udp?: number | undefined;
}

/** What the kernel says of its IPVS. */
export interface Info {
  /** Version of IPVS, such as `1.2.1`. */
  readonly version: string;
  /** Number of rows of the connection table. */
  readonly connectionTableSize: number;
  /**
   * How often services or destinations have changed, modulo 2^32; absent where the kernel does not
   * count. A kernel that counts also marks dumps during which the table changed.
   */
  readonly generation: number | undefined;
}
