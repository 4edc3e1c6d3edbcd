import { AttributeCodec, type AttributeSpec } from '../../netlink/index.ts';
import { daemonAttributes } from './daemon.ts';
import { destinationAttributes, destinationFields } from './destination.ts';
import { type Fields, fieldsOf } from './field.ts';
import { serviceAttributes, serviceFields } from './service.ts';

/**
 * Every attribute set of IPVS (`IPVS_CMD_ATTR_*`, `IPVS_SVC_ATTR_*`, `IPVS_DEST_ATTR_*`,
 * `IPVS_DAEMON_ATTR_*`, `IPVS_STATS_ATTR_*`, `IPVS_INFO_ATTR_*`).
 *
 * `command` is the top level of every message except the reply to GET_INFO, whose top level is `info`.
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
    /** Not upstream: number of changes of services and destinations, modulo 2^32. */
    generation: [3, 'u32'],
  },
  service: serviceAttributes as typeof serviceAttributes,
  destination: destinationAttributes as typeof destinationAttributes,
  daemon: daemonAttributes as typeof daemonAttributes,
  /** 32-bit counters, which wrap; only the byte counters have 64 bits. */
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
  // ipvsadm and the kernel write nests without NLA_F_NESTED.
  nestedFlag: false,
});

/** An attribute that a request can set; `name` is its name in {@link ipvsAttributes}. */
export interface SettingAttribute {
  readonly name: string;
  readonly type: number;
  readonly kind: SettingKind;
}

/** The kinds of the attributes that a request can set. */
export type SettingKind = 'u8' | 'u16' | 'u16be' | 'u32' | 's32' | 'bytes4' | 'string' | 'masked-flags';

const SETTING_KINDS: ReadonlySet<string> = new Set<SettingKind>([
  ...(['u8', 'u16', 'u16be', 'u32', 's32', 'bytes4', 'string', 'masked-flags'] as const),
]);

/** Returns the attributes of a set that hold settings: all but the attributes of the key and of read-only state. */
function settingAttributes(set: 'service' | 'destination', fields: Fields): readonly SettingAttribute[] {
  const others = new Set(fieldsOf(fields, 'key', 'state').map(({ attribute }) => attribute));
  return Object.entries<AttributeSpec>(ipvsAttributes[set]).flatMap(([name, [type, kind]]) => {
    if (others.has(name) || kind === 'nest' || kind === 'list') return [];
    if (!SETTING_KINDS.has(kind)) throw new TypeError(`${set}.${name}: no setting is written as ${kind}`);
    return [{ name, type, kind: kind as SettingKind }];
  });
}

/** The attributes of a service that a request can set, in encoding order. */
export const serviceSettingAttributes: readonly SettingAttribute[] = settingAttributes(
  'service',
  serviceFields,
);
/** The attributes of a destination that a request can set, in encoding order. */
export const destinationSettingAttributes: readonly SettingAttribute[] = settingAttributes(
  'destination',
  destinationFields,
);
