import type { KernelVersion } from './fake-options.ts';

/** What differs between the versions in how netlink itself behaves. */
export const TRAITS: Readonly<Record<KernelVersion, Traits>> = {
  '6.1': { splitOperations: false, packsDone: false, smallestHead: 512 },
  '6.12': { splitOperations: true, packsDone: true, smallestHead: 576 },
};

/** How one version behaves. */
export interface Traits {
  /** Do and dump are operations of their own: a missing one is EOPNOTSUPP ahead of EPERM. */
  readonly splitOperations: boolean;
  /** nlctrl says NLMSG_DONE in the datagram of the last family. */
  readonly packsDone: boolean;
  /** The least memory of a socket buffer's data, in bytes. */
  readonly smallestHead: number;
}
