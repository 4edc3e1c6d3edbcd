import { inNetworkNamespace } from '../../lib/netlink/socket/network-namespace.ts';
import { NetlinkSocket, type NetlinkSocketOptions } from '../../lib/netlink.ts';
import { NetlinkProtocol } from '../../protocol/netlink/index.ts';

/** The location of a table, in a form that can be passed to another process. */
export type TableAddress =
  /** A real kernel, in the network namespace at this path, or in that of the current thread. */
  | { readonly kind: 'kernel'; readonly netns: string | undefined }
  | { readonly kind: 'fake'; readonly portId: number };

/**
 * A table that is read over real netlink sockets, in a real kernel or in a fake kernel in another process.
 */
export interface ServedTable {
  readonly address: TableAddress;
  close(): Promise<void>;
}

/** Opens a socket to a table. */
export function openSocket(address: TableAddress): NetlinkSocket {
  const options: NetlinkSocketOptions =
    address.kind === 'kernel'
      ? { protocol: NetlinkProtocol.GENERIC, netns: address.netns }
      : { protocol: NetlinkProtocol.USERSOCK, peer: address.portId };
  return NetlinkSocket.open(options);
}

/**
 * Calls `use` with the thread in the network namespace of the table, and with the location of the table from
 * there.
 */
export function within<Result>(address: TableAddress, use: (here: TableAddress) => Result): Result {
  if (address.kind === 'fake' || address.netns === undefined) return use(address);
  return inNetworkNamespace(address.netns, () => use({ kind: 'kernel', netns: undefined }));
}
