import type { Transport } from '../../netlink/socket/transport.ts';
import {
  type ByteSource,
  CONNECTIONS_FILE,
  fileSource,
  textSource,
  type WithConnections,
} from './connection-reader.ts';
import { kernelSysctls, type SysctlFiles, type WithSysctls } from './sysctl-files.ts';

/** What IPVS has in /proc for a client's table; undefined where the transport has no such thing, as a capture. */
export interface KernelFiles {
  /** The sysctls of IPVS. */
  readonly sysctls?: SysctlFiles | undefined;
  /** Opens the table of connections. Throws a SystemCallError. */
  readonly openConnections?: (() => ByteSource) | undefined;
}

/** The files of the running kernel, of a network namespace, or of what a transport leads to. */
export function kernelFiles(transport: Transport | undefined, netns: string | undefined): KernelFiles {
  if (transport === undefined)
    return { sysctls: kernelSysctls(netns), openConnections: () => fileSource(CONNECTIONS_FILE, { netns }) };
  const own = transport as Partial<WithSysctls & WithConnections>;
  return {
    sysctls: own.sysctls,
    openConnections: own.connections === undefined ? undefined : () => textSource(own.connections ?? ''),
  };
}
