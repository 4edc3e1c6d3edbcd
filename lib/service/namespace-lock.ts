import { constants } from 'node:os';
import { NetlinkError } from '../../protocol/netlink/index.ts';
import { SystemCallError } from '../netlink/errors.ts';
import { UnixDatagram } from '../netlink/socket/unix-datagram.ts';

/** The name by which one process alone reconciles the table of a network namespace. */
export const LOCK_NAME = '@ipvs-netlink/reconcile';

/** Another process reconciles this table already. */
export class LockedError extends NetlinkError {
  readonly code = 'ERR_LOCKED';

  constructor(netns: string | undefined) {
    super(`another ipvs reconcile runs in ${netns ?? 'this network namespace'}`, {
      hint: `it holds the unix socket ${LOCK_NAME}, which ss -xap shows`,
    });
    this.name = 'LockedError';
  }
}

/** A lock on a network namespace, which goes with the process. */
export interface NamespaceLock {
  /** Lets others have it. */
  close(): void;
}

/**
 * Takes the lock of a network namespace, by its path. Default: that of this process. Throws a {@link
 * LockedError}.
 */
export function lockNamespace(netns: string | undefined, name: string = LOCK_NAME): NamespaceLock {
  try {
    return UnixDatagram.bind(name, netns);
  } catch (error) {
    const taken = error instanceof SystemCallError && error.errno === constants.errno.EADDRINUSE;
    throw taken ? new LockedError(netns) : error;
  }
}
