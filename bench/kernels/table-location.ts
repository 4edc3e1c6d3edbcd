import { inNetworkNamespace } from '../../lib/netlink/socket/network-namespace.ts';
import { NetlinkSocket, type NetlinkSocketOptions } from '../../lib/netlink.ts';
import { NetlinkProtocol } from '../../protocol/netlink/index.ts';

/** Where a table is read, in a form that can be passed to another process. */
export type TableLocation =
  /** A real kernel, in the network namespace at this path, or in that of the current thread. */
  | { readonly kind: 'kernel'; readonly netns: string | undefined }
  /** A fake kernel, whose NETLINK_USERSOCK socket has this port id. */
  | { readonly kind: 'fake'; readonly portId: number };

/**
 * A table that was created for a measurement, in a real kernel or in a fake kernel in another process; it is read over
 * netlink sockets.
 */
export interface CreatedTable {
  readonly location: TableLocation;
  /** Removes the table. */
  close(): Promise<void>;
}

/** Opens a socket to a table. */
export function openSocket(location: TableLocation): NetlinkSocket {
  const options: NetlinkSocketOptions =
    location.kind === 'kernel'
      ? { protocol: NetlinkProtocol.GENERIC, netns: location.netns }
      : { protocol: NetlinkProtocol.USERSOCK, peer: location.portId };
  return NetlinkSocket.open(options);
}

/**
 * Calls `use` with the thread in the network namespace of the table, and with the location of the table as seen from
 * there.
 */
export function inNamespaceOf<Result>(location: TableLocation, use: (here: TableLocation) => Result): Result {
  if (location.kind === 'fake' || location.netns === undefined) return use(location);
  return inNetworkNamespace(location.netns, () => use({ kind: 'kernel', netns: undefined }));
}
