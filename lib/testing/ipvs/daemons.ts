import { AddressFamily, DaemonState } from '../../../protocol/ipvs/fields/constants.ts';

/** What a request says of a sync daemon; 0 and absence stand for the kernel's defaults. */
export interface DaemonSettings {
  /** 1 master, 2 backup (`IP_VS_STATE_*`). */
  readonly state: number;
  /** Name of the interface that the daemon sends or listens on. */
  readonly interface: string;
  /** Id of the group of machines that share connections, 0-255. */
  readonly syncId: number;
  /** The largest sync message, in bytes. */
  readonly syncMaxLength: number;
  /** 4 bytes for IPv4, 16 for IPv6. */
  readonly group?: Uint8Array | undefined;
  /** UDP port of the sync messages. */
  readonly port: number;
  /** Time to live of the sync messages, 1-255. */
  readonly ttl: number;
}

/** A sync daemon that runs, with every default filled in. */
export interface StartedDaemon extends DaemonSettings {
  readonly group: Uint8Array;
  /** The family of the group. */
  readonly family: number;
}

const DEFAULT_GROUP = Uint8Array.of(224, 0, 0, 81);
const DEFAULT_PORT = 8848;
const ETHERNET_MTU = 1500;
const MAX_PACKET = 65535;

/** Fills in the defaults and bounds of `start_sync_thread`, given the interface's MTU in bytes. */
export function startedDaemon(settings: DaemonSettings, interfaceMtu: number): StartedDaemon {
  const group = settings.group ?? DEFAULT_GROUP;
  const family = group.length === 16 ? AddressFamily.INET6 : AddressFamily.INET;
  const headers = (family === AddressFamily.INET6 ? 40 : 20) + 8;
  const backup = settings.state === DaemonState.BACKUP;
  const mtu = backup ? clamp(interfaceMtu, ETHERNET_MTU, MAX_PACKET) : ETHERNET_MTU;
  const least = backup ? 1024 : 1;
  return {
    ...settings,
    group,
    family,
    port: settings.port || DEFAULT_PORT,
    ttl: settings.ttl || 1,
    syncMaxLength:
      settings.syncMaxLength === 0
        ? mtu - headers
        : clamp(settings.syncMaxLength, least, MAX_PACKET - headers),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
