import { FieldError, NetlinkProtocol } from '../../../protocol/netlink/index.ts';
import { ipvsSpec } from '../../describe/ipvs-spec.ts';
import { type ConnectionOptions, connectionChecks } from '../../netlink/connection/connection-options.ts';
import { checkOptions, type OptionChecks } from '../../netlink/request/check-options.ts';
import { NetlinkSocket, socketChecks } from '../../netlink/socket/socket.ts';
import { traced } from '../../netlink/socket/traced.ts';
import type { Transport } from '../../netlink/socket/transport.ts';

/** Options of a client. */
export interface OpenOptions extends ConnectionOptions {
  /**
   * Path of the network namespace of the IPVS table, such as `/run/netns/blue`. Default: that of the calling
   * thread.
   */
  readonly netns?: string | undefined;
  /** A transport to use instead of a socket, such as a fake kernel's or a capture's. */
  readonly transport?: Transport | undefined;
}

const openChecks: OptionChecks<OpenOptions> = {
  ...connectionChecks,
  netns: socketChecks.netns,
  transport: (name, value) => {
    if (typeof (value as Partial<Transport> | null)?.receive !== 'function')
      throw new FieldError(name, value, 'must be a Transport');
  },
};

/**
 * Returns the transport in the options, or opens a socket to the kernel. Throws a SystemCallError or a
 * FieldError.
 */
export function openTransport(options: OpenOptions): Transport {
  checkOptions(options, openChecks);
  const { transport, netns } = options;
  return traced(transport ?? NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, netns }), [ipvsSpec]);
}
