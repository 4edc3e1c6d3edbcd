import { AttributeCodec } from '../../netlink/index.ts';

/**
 * Every attribute set of IPVS (`IPVS_CMD_ATTR_*`, `IPVS_SVC_ATTR_*`, `IPVS_DEST_ATTR_*`,
 * `IPVS_DAEMON_ATTR_*`, `IPVS_STATS_ATTR_*`, `IPVS_INFO_ATTR_*`).
 *
 * `command` is the top level of every message but GET_INFO's reply, whose top level is `info`.
 */
export const ipvsAttributes = {
  command: {
    service: [1, 'nest', 'service'],
    destination: [2, 'nest', 'destination'],
    daemon: [3, 'nest', 'daemon'],
    timeoutTcp: [4, 'u32'],
    timeoutTcpFin: [5, 'u32'],
    timeoutUdp: [6, 'u32'],
  },
  info: {
    version: [1, 'u32'],
    connectionTableSize: [2, 'u32'],
    /** Not upstream: how often services or destinations have changed; wraps. */
    generation: [3, 'u32'],
  },
  service: {
    family: [1, 'u16'],
    protocol: [2, 'u16'],
    address: [3, 'bytes16'],
    port: [4, 'u16be'],
    mark: [5, 'u32'],
    scheduler: [6, 'string'],
    flags: [7, 'masked-flags'],
    timeout: [8, 'u32'],
    /** IPv4: the mask, big-endian as in memory; IPv6: a prefix length, host-endian. */
    netmask: [9, 'bytes4'],
    stats: [10, 'nest', 'stats'],
    persistenceEngine: [11, 'string'],
    stats64: [12, 'nest', 'stats64'],
    /** Not upstream: the destinations inside a single dump. */
    destinations: [13, 'list', 'destination'],
  },
  destination: {
    address: [1, 'bytes16'],
    /** Sent behind the address, as kernel and ipvsadm do, though its number is 11. */
    family: [11, 'u16'],
    port: [2, 'u16be'],
    forwarding: [3, 'u32'],
    weight: [4, 's32'],
    upperThreshold: [5, 'u32'],
    lowerThreshold: [6, 'u32'],
    activeConnections: [7, 'u32'],
    inactiveConnections: [8, 'u32'],
    persistentConnections: [9, 'u32'],
    stats: [10, 'nest', 'stats'],
    stats64: [12, 'nest', 'stats64'],
    tunnelType: [13, 'u8'],
    tunnelPort: [14, 'u16be'],
    tunnelFlags: [15, 'u16'],
  },
  daemon: {
    state: [1, 'u32'],
    interface: [2, 'string'],
    syncId: [3, 'u32'],
    syncMaxLength: [4, 'u16'],
    multicastGroup: [5, 'bytes4'],
    multicastGroup6: [6, 'bytes16'],
    /** Host-endian, unlike every other port. */
    multicastPort: [7, 'u16'],
    multicastTtl: [8, 'u8'],
  },
  /** Counters of 32 bits, which wrap; only the bytes have 64. */
  stats: {
    connections: [1, 'u32'],
    incomingPackets: [2, 'u32'],
    outgoingPackets: [3, 'u32'],
    incomingBytes: [4, 'u64'],
    outgoingBytes: [5, 'u64'],
    connectionRate: [6, 'u32'],
    incomingPacketRate: [7, 'u32'],
    outgoingPacketRate: [8, 'u32'],
    incomingByteRate: [9, 'u32'],
    outgoingByteRate: [10, 'u32'],
    padding: [11, 'padding'],
  },
  stats64: {
    connections: [1, 'u64'],
    incomingPackets: [2, 'u64'],
    outgoingPackets: [3, 'u64'],
    incomingBytes: [4, 'u64'],
    outgoingBytes: [5, 'u64'],
    connectionRate: [6, 'u64'],
    incomingPacketRate: [7, 'u64'],
    outgoingPacketRate: [8, 'u64'],
    incomingByteRate: [9, 'u64'],
    outgoingByteRate: [10, 'u64'],
    padding: [11, 'padding'],
  },
} as const;

/** Encodes and decodes the raw attribute sets of IPVS. */
export const ipvsCodec: AttributeCodec<typeof ipvsAttributes> = new AttributeCodec(ipvsAttributes, {
  // As ipvsadm and the kernel write them.
  nestedFlag: false,
});
