import { AddressFamily, DaemonState } from '../../../protocol/ipvs/fields/constants.ts';

/** The settings of a sync daemon in a request; 0 and undefined stand for the kernel's defaults. */
export interface DaemonSettings {
  /** 1 master, 2 backup (`IP_VS_STATE_*`). */
  readonly state: number;
  /** Name of the network interface. */
  readonly interface: string;
  /** Sync id, 0-255: a backup accepts only the messages of a master with the same id. */
  readonly syncId: number;
  /** Maximum length of a sync message, in bytes. */
  readonly syncMaxLength: number;
  /** Multicast address: 4 bytes for IPv4, 16 for IPv6. */
  readonly group?: Uint8Array | undefined;
  /** UDP port of the sync messages. */
  readonly port: number;
  /** Time to live of the sync messages, 1-255. */
  readonly ttl: number;
}

/** A running sync daemon, with every default applied. */
export interface StartedDaemon extends DaemonSettings {
  readonly group: Uint8Array;
  /** The address family of the group (`AF_*`). */
  readonly family: number;
}

const DEFAULT_GROUP = Uint8Array.of(224, 0, 0, 81);
const DEFAULT_PORT = 8848;
const ETHERNET_MTU = 1500;
const MAX_PACKET = 65535;

/** Applies the defaults and limits of `start_sync_thread`. `interfaceMtu` is the interface's MTU in bytes. */
export function startedDaemon(settings: DaemonSettings, interfaceMtu: number): StartedDaemon {
  const group = settings.group ?? DEFAULT_GROUP;
  const family = group.length === 16 ? AddressFamily.INET6 : AddressFamily.INET;
  const headers = (family === AddressFamily.INET6 ? 40 : 20) + 8;
  const backup = settings.state === DaemonState.BACKUP;
  const mtu = backup ? clamp(interfaceMtu, ETHERNET_MTU, MAX_PACKET) : ETHERNET_MTU;
  const minimum = backup ? 1024 : 1;
  return {
    ...settings,
    group,
    family,
    port: settings.port || DEFAULT_PORT,
    ttl: settings.ttl || 1,
    syncMaxLength:
      settings.syncMaxLength === 0
        ? mtu - headers
        : clamp(settings.syncMaxLength, minimum, MAX_PACKET - headers),
  };
}

function clamp(value: number, minimum: number, maximum: number): number {
  return Math.min(Math.max(value, minimum), maximum);
}
