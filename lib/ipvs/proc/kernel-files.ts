import type { Transport } from '../../netlink/socket/transport.ts';
import {
  type ByteSource,
  CONNECTIONS_FILE,
  fileSource,
  textSource,
  type WithConnections,
} from './connection-reader.ts';
import { kernelSysctls, type SysctlFiles, type WithSysctls } from './sysctl-files.ts';

/** The files of IPVS in /proc; undefined for a transport that has none, such as a capture. */
export interface KernelFiles {
  /** The sysctls of IPVS. */
  readonly sysctls?: SysctlFiles | undefined;
  /** Opens the connection table, /proc/net/ip_vs_conn. Throws a SystemCallError. */
  readonly openConnectionsFile?: (() => ByteSource) | undefined;
}

/** Returns the files of a transport, or without one those of the running kernel in a network namespace. */
export function kernelFiles(transport: Transport | undefined, netns: string | undefined): KernelFiles {
  if (transport === undefined)
    return {
      sysctls: kernelSysctls(netns),
      openConnectionsFile: () => fileSource(CONNECTIONS_FILE, { netns }),
    };
  const files = transport as Partial<WithSysctls & WithConnections>;
  return {
    sysctls: files.sysctls,
    openConnectionsFile:
      files.connections === undefined ? undefined : () => textSource(files.connections ?? ''),
  };
}
