import type { Fault } from './faults.ts';
import type { SingleDump } from './ipvs/ipvs-family.ts';
import type { Vocabulary } from './ipvs/table-encoding.ts';

/** Kernels whose behaviour is known. */
export type KernelVersion = '6.1' | '6.12';

/** What kind of kernel it is; every part can be left out. Plain data, so that it can cross threads. */
export interface FakeKernelOptions {
  /** The kernel whose behaviour it has. Default: 6.12. */
  readonly version?: KernelVersion;
  /** How GET_SERVICE_DEST is answered. Default: `none`. */
  readonly singleDump?: SingleDump;
  /**
   * Whether GET_SERVICE_DEST is validated strictly, as every command is that was added after 2022: nests need
   * NLA_F_NESTED, unknown attributes and reserved header fields are refused. Default: true.
   */
  readonly strictSingleDump?: boolean;
  /** Whether it knows counters of 64 bits, destination families, tunnel types. Default: all. */
  readonly vocabulary?: Partial<Vocabulary>;
  /** Whether ip_vs is loaded. Default: true. */
  readonly loaded?: boolean;
  /** Whether asking for the family by name loads ip_vs. Default: false. */
  readonly loadsOnDemand?: boolean;
  /** Schedulers that can be loaded. Default: all of Linux 6.12. */
  readonly schedulers?: readonly string[];
  /** Persistence engines that can be loaded. Default: `sip`. */
  readonly persistenceEngines?: readonly string[];
  /** Interfaces by name with their MTU. Default: lo, eth0 and eth1. */
  readonly interfaces?: Readonly<Record<string, number>>;
  /** Whether it speaks IPv6. Default: true. */
  readonly ipv6?: boolean;
  /** A number that the hash of the service tables is mixed with, see `FakeKernel.state`. */
  readonly hashSalt?: number;
  /** Entries of the connection table. Default: 4096. */
  readonly connectionTableSize?: number;
  /** Defaults for every socket. */
  readonly socket?: FakeSocketOptions;
}

/** How a socket is set up; the defaults are those of `NetlinkSocket`. */
export interface FakeSocketOptions {
  /** The socket's address; given by the kernel when absent. */
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
  /** What goes wrong with its datagrams. Default: nothing. */
  readonly faults?: readonly Fault[];
}
