import { readFileSync } from 'node:fs';
import { FieldError, NetlinkProtocol } from '../../../protocol/netlink/index.ts';
import { ipvsTable } from '../../describe/ipvs-table.ts';
import { type ConnectionOptions, connectionChecks } from '../../netlink/connection/connection-options.ts';
import { checkOptions, type OptionChecks } from '../../netlink/request/check-options.ts';
import { inNetworkNamespace } from '../../netlink/socket/network-namespace.ts';
import { NetlinkSocket, socketChecks } from '../../netlink/socket/socket.ts';
import { traced } from '../../netlink/socket/traced.ts';
import type { Transport } from '../../netlink/socket/transport.ts';

/** How a client is opened. */
export interface OpenOptions extends ConnectionOptions {
  /** Path of the network namespace whose IPVS table is meant, such as `/run/netns/blue`. */
  readonly netns?: string | undefined;
  /** The transport to use instead of a socket: a fake kernel, a capture. */
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

/** The transport of a client: the one given, or a socket to the kernel. Throws a SystemCallError or a FieldError. */
export function openTransport(options: OpenOptions): Transport {
  checkOptions(options, openChecks);
  const { transport, netns } = options;
  return traced(transport ?? NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, netns }), [ipvsTable]);
}

/** Reads sysctls of IPVS in the namespace of a client; undefined for a fake kernel or a capture. */
export function settingReader({ transport, netns }: OpenOptions): (name: string) => number | undefined {
  return (name) => {
    if (transport !== undefined) return undefined;
    const read = (): number => Number(readFileSync(`/proc/sys/net/ipv4/vs/${name}`, 'utf8'));
    try {
      return netns === undefined ? read() : inNetworkNamespace(netns, read);
    } catch {
      return undefined;
    }
  };
}
