import type { Fault } from './faults.ts';
import type { SingleDump } from './ipvs/ipvs-family.ts';
import type { Vocabulary } from './ipvs/table-encoding.ts';

/** Kernels whose behaviour is known. */
export type KernelVersion = '6.1' | '6.12';

/** What kind of kernel it is; every part can be left out. Plain data, so that it can cross threads. */
export interface FakeKernelOptions {
  /** 6.12 unless said otherwise. */
  readonly version?: KernelVersion;
  /** What becomes of GET_SERVICE_DEST; `none` unless said otherwise. */
  readonly singleDump?: SingleDump;
  /**
   * Whether GET_SERVICE_DEST is validated strictly, as every command is that was added after 2022: nests need
   * NLA_F_NESTED, unknown attributes and reserved header fields are refused. Default: true.
   */
  readonly strictSingleDump?: boolean;
  /** Whether it knows counters of 64 bits, destination families, tunnel types; all unless said otherwise. */
  readonly vocabulary?: Partial<Vocabulary>;
  /** Whether ip_vs is loaded; yes unless said otherwise. */
  readonly loaded?: boolean;
  /** Whether asking for the family by name loads ip_vs; no unless said otherwise. */
  readonly loadsOnDemand?: boolean;
  /** Schedulers that can be loaded. Default: all of Linux 6.12. */
  readonly schedulers?: readonly string[];
  /** Persistence engines that can be loaded. Default: `sip`. */
  readonly persistenceEngines?: readonly string[];
  /** Interfaces by name with their MTU; lo, eth0 and eth1 unless said otherwise. */
  readonly interfaces?: Readonly<Record<string, number>>;
  /** Whether it speaks IPv6; yes unless said otherwise. */
  readonly ipv6?: boolean;
  /** What the rows of the service tables are mixed with, see `FakeKernel.state`. */
  readonly hashSalt?: number;
  /** Entries of the connection table; 4096 unless said otherwise. */
  readonly connectionTableSize?: number;
  /** Defaults for every socket. */
  readonly socket?: FakeSocketOptions;
}

/** How a socket is set up; the defaults are those of our own sockets. */
export interface FakeSocketOptions {
  /** The socket's address; given by the kernel when absent. */
  readonly portId?: number;
  /** NETLINK_EXT_ACK; on unless said otherwise. */
  readonly extendedAcks?: boolean;
  /** NETLINK_CAP_ACK; on unless said otherwise. */
  readonly cappedAcks?: boolean;
  /** CAP_NET_ADMIN in the initial user namespace; held unless said otherwise. */
  readonly privileged?: boolean;
  /** SO_RCVBUF as the kernel keeps it, in bytes of its own accounting; 212992 unless said otherwise. */
  readonly receiveBuffer?: number;
  /** SO_SNDBUF as the kernel keeps it, in bytes; 212992 unless said otherwise. */
  readonly sendBuffer?: number;
  /** What goes wrong with its datagrams. Default: nothing. */
  readonly faults?: readonly Fault[];
}
