import { inNetworkNamespace } from '../../lib/netlink/socket/network-namespace.ts';
import { NetlinkSocket, type NetlinkSocketOptions } from '../../lib/netlink.ts';
import { NetlinkProtocol } from '../../protocol/netlink/index.ts';

/** Where the table is that is read, in a form that can be handed to another process. */
export type TableAddress =
  /** A kernel's, in the namespace at this path, or in the one that the thread is in. */
  | { readonly kind: 'kernel'; readonly netns: string | undefined }
  | { readonly kind: 'fake'; readonly portId: number };

/** A table to read over real netlink sockets: a kernel's, or a fake kernel's in a process of its own. */
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

/** Runs `use` with the thread where the table is, and with the table's address from there. */
export function within<Result>(address: TableAddress, use: (here: TableAddress) => Result): Result {
  if (address.kind === 'fake' || address.netns === undefined) return use(address);
  return inNetworkNamespace(address.netns, () => use({ kind: 'kernel', netns: undefined }));
}
