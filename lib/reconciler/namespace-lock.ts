import { constants } from 'node:os';
import { IpvsNetlinkError } from '../../protocol/netlink/index.ts';
import { SystemCallError } from '../netlink/errors.ts';
import { UnixDatagram } from '../netlink/socket/unix-datagram.ts';

/** The abstract unix socket that `ipvs reconcile` binds, so that only one process of it runs in a network namespace. */
export const LOCK_NAME = '@ipvs-netlink/reconcile';

/** Another process of `ipvs reconcile` already runs in the network namespace. */
export class LockedError extends IpvsNetlinkError {
  readonly code = 'ERR_LOCKED';

  constructor(netns: string | undefined) {
    // The names of such sockets belong to a network namespace.
    const show = netns === undefined ? 'ss -xap' : `nsenter --net=${netns} ss -xap`;
    super(`another ipvs reconcile runs in ${netns ?? 'this network namespace'}`, {
      hint: `it holds the unix socket ${LOCK_NAME}, which ${show} shows`,
    });
    this.name = 'LockedError';
  }
}

/** A lock on a network namespace; it is released when the process ends. */
export interface NamespaceLock {
  /** Releases the lock. */
  close(): void;
}

/**
 * Takes the lock of the network namespace with the path `netns`; default: the namespace of this process. Throws a
 * {@link LockedError} if another process holds it.
 */
export function lockNamespace(netns: string | undefined, name: string = LOCK_NAME): NamespaceLock {
  try {
    return UnixDatagram.bind(name, netns);
  } catch (error) {
    const taken = error instanceof SystemCallError && error.errno === constants.errno.EADDRINUSE;
    throw taken ? new LockedError(netns) : error;
  }
}
