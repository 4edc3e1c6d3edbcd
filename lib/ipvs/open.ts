import { NetlinkProtocol } from '../../protocol/netlink/index.ts';
import { NetlinkSocket } from '../netlink/socket/socket.ts';
import type { Transport } from '../netlink/socket/transport.ts';

/** How a client is opened. */
export interface OpenOptions {
  /** Path of the network namespace whose IPVS table is meant, such as `/run/netns/blue`. */
  readonly netns?: string | undefined;
  /** What carries the messages instead of a socket to the kernel: a fake kernel, a capture. */
  readonly transport?: Transport | undefined;
  /** How often a dump is tried while the kernel says that it was interrupted: 3 times unless given. */
  readonly attempts?: number | undefined;
}

/** The transport of a client: the one given, or a socket to the kernel. Throws a SystemCallError. */
export function openTransport(options: OpenOptions): Transport {
  return options.transport ?? NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, netns: options.netns });
}
