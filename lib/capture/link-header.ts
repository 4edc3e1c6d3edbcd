import { HEADER_LENGTH, LITTLE_ENDIAN, MessageFlag } from '../../protocol/netlink/index.ts';
import { type CapturedPacket, CaptureError } from './capture.ts';
import type { Frame } from './frames.ts';

/** Link types (`LINKTYPE_*`) that can hold netlink messages. */
export const LinkType = {
  /** Linux "cooked" capture, as `tcpdump -i any` makes it: packets of nlmon lie among others. */
  LINUX_SLL: 113,
  NETLINK: 253,
  LINUX_SLL2: 276,
} as const;

/** What other link types are called, for errors. */
const LINK_TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'BSD loopback'],
  [1, 'Ethernet'],
  [101, 'raw IP'],
  [105, 'Wi-Fi'],
  [LinkType.LINUX_SLL, 'Linux cooked capture'],
  [127, 'Wi-Fi with radiotap'],
  [189, 'USB'],
  [220, 'USB'],
  [LinkType.LINUX_SLL2, 'Linux cooked capture v2'],
]);

/** The type of nlmon's devices. */
const ARPHRD_NETLINK = 824;
/** What a capture on nlmon itself has for both directions: its device sends what it shows. */
const PACKET_OUTGOING = 4;
const PACKET_TO_USER = 6;
const PACKET_TO_KERNEL = 7;
/** Length of the header of link types 113 and 253, which is the same; bytes. */
export const LINK_HEADER_LENGTH = 16;
const SLL2_HEADER_LENGTH = 20;

/** Where a link type's header, all of it big-endian, says what; offsets in bytes. */
interface HeaderLayout {
  readonly length: number;
  /** Direction of the packet (`PACKET_*`). */
  kind(data: DataView): number;
  readonly deviceType: number;
  readonly protocolFamily: number;
}

const COOKED: HeaderLayout = {
  length: LINK_HEADER_LENGTH,
  kind: (data) => data.getUint16(0),
  deviceType: 2,
  protocolFamily: 14,
};
const LAYOUTS: ReadonlyMap<number, HeaderLayout> = new Map([
  [LinkType.NETLINK, COOKED],
  [LinkType.LINUX_SLL, COOKED],
  [
    LinkType.LINUX_SLL2,
    { length: SLL2_HEADER_LENGTH, kind: (data) => data.getUint8(10), deviceType: 8, protocolFamily: 0 },
  ],
]);

/** Number and name of a link type, such as `1 (Ethernet)`. */
export function linkTypeText(linkType: number): string {
  const name = LINK_TYPE_NAMES.get(linkType);
  return name === undefined ? `${linkType}` : `${linkType} (${name})`;
}

/**
 * The netlink datagram in a frame; `undefined` for a frame of another kind of interface.
 *
 * Throws a {@link CaptureError} where the header of link type 253 is none of netlink's.
 */
export function netlinkPacket(frame: Frame): CapturedPacket | undefined {
  const { linkType, bytes, offset, seconds, nanoseconds } = frame;
  const layout = LAYOUTS.get(linkType);
  if (layout === undefined) return undefined;
  const own = linkType === LinkType.NETLINK;
  if (bytes.length < layout.length) {
    if (!own) return undefined;
    throw new CaptureError(`a packet of ${bytes.length} bytes is too short for its link header`, offset);
  }
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const deviceType = data.getUint16(layout.deviceType);
  if (deviceType !== ARPHRD_NETLINK) {
    if (!own) return undefined;
    throw new CaptureError(`the link header names device type ${deviceType}, not ${ARPHRD_NETLINK}`, offset);
  }
  const datagram = bytes.subarray(layout.length);
  return {
    seconds,
    nanoseconds,
    direction: directionOf(layout.kind(data), datagram, offset),
    protocolFamily: data.getUint16(layout.protocolFamily),
    bytes: datagram,
    originalLength: Math.max(frame.originalLength - layout.length, datagram.length),
  };
}

/**
 * Where the link header only says outgoing, requests are what goes to the kernel: NLM_F_REQUEST is set on
 * them and never on what the kernel sends.
 */
function directionOf(kind: number, datagram: Uint8Array, offset: number): CapturedPacket['direction'] {
  if (kind === PACKET_TO_KERNEL) return 'to-kernel';
  if (kind === PACKET_TO_USER) return 'to-user';
  if (kind !== PACKET_OUTGOING)
    throw new CaptureError(`the link header has packet type ${kind}, not 4, 6 or 7`, offset);
  if (datagram.length < HEADER_LENGTH) return 'to-user';
  const data = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  return (data.getUint16(6, LITTLE_ENDIAN) & MessageFlag.REQUEST) === 0 ? 'to-user' : 'to-kernel';
}

/** The 16 bytes ahead of a datagram in a capture of link type 253. */
export function writeLinkHeader(
  data: DataView,
  at: number,
  { direction, protocolFamily }: Pick<CapturedPacket, 'direction' | 'protocolFamily'>,
): void {
  data.setUint16(at, direction === 'to-kernel' ? PACKET_TO_KERNEL : PACKET_TO_USER);
  data.setUint16(at + 2, ARPHRD_NETLINK);
  data.setUint16(at + 14, protocolFamily);
}
