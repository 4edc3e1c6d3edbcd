import type { KernelVersion } from './fake-options.ts';

/** Differences between kernel versions in netlink itself. */
export const TRAITS: Readonly<Record<KernelVersion, Traits>> = {
  '6.1': { splitOperations: false, packsDone: false, smallestHead: 512 },
  '6.12': { splitOperations: true, packsDone: true, smallestHead: 576 },
};

/** Behaviour of netlink in one kernel version. */
export interface Traits {
  /** Whether do and dump are separate operations: a missing one is EOPNOTSUPP, checked before EPERM. */
  readonly splitOperations: boolean;
  /** Whether nlctrl puts NLMSG_DONE into the datagram of the last family. */
  readonly packsDone: boolean;
  /** Minimum allocation for an skb's data, in bytes. */
  readonly smallestHead: number;
}
