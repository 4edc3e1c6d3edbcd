import type { Fault } from './faults.ts';
import type { SingleDump } from './ipvs/ipvs-family.ts';
import type { Features } from './ipvs/table-encoding.ts';

/** The kernel versions that can be emulated. */
export type KernelVersion = '6.1' | '6.12';

/** Options of a fake kernel: plain data, which can be posted to other threads. */
export interface FakeKernelOptions {
  /** The kernel version to emulate. Default: 6.12. */
  readonly version?: KernelVersion;
  /**
   * The kernel's single dump: the command GET_SERVICE_DEST, which dumps all services with their destinations and which
   * no released kernel has. Default: `none`.
   */
  readonly singleDump?: SingleDump;
  /**
   * Whether GET_SERVICE_DEST is validated strictly, as every command added after 2022 is: nests need
   * NLA_F_NESTED, and unknown attributes and reserved header fields are rejected. Default: true.
   */
  readonly strictSingleDump?: boolean;
  /** The features that the kernel supports. Default: all. */
  readonly features?: Partial<Features>;
  /** Whether ip_vs is loaded. Default: true. */
  readonly loaded?: boolean;
  /** Whether a request for the family by name loads ip_vs. Default: false. */
  readonly loadsOnDemand?: boolean;
  /** Available schedulers. Default: all of Linux 6.12. */
  readonly schedulers?: readonly string[];
  /** Available persistence engines. Default: `sip`. */
  readonly persistenceEngines?: readonly string[];
  /** Interfaces by name with their MTU. Default: lo, eth0 and eth1. */
  readonly interfaces?: Readonly<Record<string, number>>;
  /** Whether the kernel supports IPv6. Default: true. */
  readonly ipv6?: boolean;
  /** Number that is mixed into the hash of services, which decides the order in which they are dumped. Default: 0. */
  readonly hashSalt?: number;
  /** Number of hash buckets of the connection table. Default: 4096. */
  readonly connectionTableSize?: number;
  /** Default options of every socket. */
  readonly socket?: FakeSocketOptions;
}

/** Options of a fake socket, with the same defaults as `NetlinkSocket`. */
export interface FakeSocketOptions {
  /** The socket's port id. Default: assigned by the kernel. */
  readonly portId?: number;
  /** Whether acks are extended (NETLINK_EXT_ACK). Default: true. */
  readonly extendedAcks?: boolean;
  /** Whether acks are capped (NETLINK_CAP_ACK). Default: true. */
  readonly cappedAcks?: boolean;
  /** Whether it has CAP_NET_ADMIN in the initial user namespace. Default: true. */
  readonly privileged?: boolean;
  /** The receive buffer (SO_RCVBUF doubled), in bytes of the kernel's accounting. Default: 212992. */
  readonly receiveBuffer?: number;
  /** The send buffer (SO_SNDBUF doubled), in bytes. Default: 212992. */
  readonly sendBuffer?: number;
  /** Faults to inject into its replies. Default: none. */
  readonly faults?: readonly Fault[];
}
