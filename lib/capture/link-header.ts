import { HEADER_LENGTH, HOST_IS_LITTLE_ENDIAN, MessageFlag } from '../../protocol/netlink/index.ts';
import { type CapturedPacket, CaptureError } from './capture.ts';
import type { Frame } from './frames.ts';

/** Link types (`LINKTYPE_*`) that can hold netlink messages. */
export const LinkType = {
  /**
   * Linux "cooked" capture, as written by `tcpdump -i any`: packets of nlmon among packets of other devices.
   */
  LINUX_SLL: 113,
  NETLINK: 253,
  LINUX_SLL2: 276,
} as const;

/** Names of link types, for error messages. */
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

/** Device type of nlmon devices. */
const ARPHRD_NETLINK = 824;
/** On nlmon every packet is PACKET_OUTGOING: the netlink tap hands copies to the device as transmissions. */
const PACKET_OUTGOING = 4;
const PACKET_TO_USER = 6;
const PACKET_TO_KERNEL = 7;
/** Length of the link header of link types 113 and 253, in bytes. */
export const LINK_HEADER_LENGTH = 16;
const SLL2_HEADER_LENGTH = 20;

/** Offsets of the fields in the link header of a link type, in bytes. All fields are big-endian. */
interface HeaderLayout {
  readonly length: number;
  /** Reads the packet type (`PACKET_*`), which tells the direction. */
  packetType(data: DataView): number;
  readonly deviceType: number;
  readonly netlinkProtocol: number;
}

const COOKED: HeaderLayout = {
  length: LINK_HEADER_LENGTH,
  packetType: (data) => data.getUint16(0),
  deviceType: 2,
  netlinkProtocol: 14,
};
const LAYOUTS: ReadonlyMap<number, HeaderLayout> = new Map([
  [LinkType.NETLINK, COOKED],
  [LinkType.LINUX_SLL, COOKED],
  [
    LinkType.LINUX_SLL2,
    {
      length: SLL2_HEADER_LENGTH,
      packetType: (data) => data.getUint8(10),
      deviceType: 8,
      netlinkProtocol: 0,
    },
  ],
]);

/** Returns the number and name of a link type, such as `1 (Ethernet)`. */
export function linkTypeText(linkType: number): string {
  const name = LINK_TYPE_NAMES.get(linkType);
  return name === undefined ? `${linkType}` : `${linkType} (${name})`;
}

/**
 * Returns the netlink datagram in a frame; `undefined` for a frame of another kind of device.
 *
 * Throws a {@link CaptureError} if the header of link type 253 is too short or names another device type.
 */
export function netlinkPacket(frame: Frame): CapturedPacket | undefined {
  const { linkType, bytes, offset, seconds, nanoseconds } = frame;
  const layout = LAYOUTS.get(linkType);
  if (layout === undefined) return undefined;
  const isNetlinkLink = linkType === LinkType.NETLINK;
  if (bytes.length < layout.length) {
    if (!isNetlinkLink) return undefined;
    throw new CaptureError(`a packet of ${bytes.length} bytes is too short for its link header`, offset);
  }
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const deviceType = data.getUint16(layout.deviceType);
  if (deviceType !== ARPHRD_NETLINK) {
    if (!isNetlinkLink) return undefined;
    throw new CaptureError(`the link header names device type ${deviceType}, not ${ARPHRD_NETLINK}`, offset);
  }
  const datagram = bytes.subarray(layout.length);
  return {
    seconds,
    nanoseconds,
    direction: directionOf(layout.packetType(data), datagram, offset),
    netlinkProtocol: data.getUint16(layout.netlinkProtocol),
    bytes: datagram,
    originalLength: Math.max(frame.originalLength - layout.length, datagram.length),
  };
}

/**
 * Returns the direction of a datagram. If its packet type is PACKET_OUTGOING, NLM_F_REQUEST decides: it is
 * set on requests to the kernel and never on messages from it.
 */
function directionOf(packetType: number, datagram: Uint8Array, offset: number): CapturedPacket['direction'] {
  if (packetType === PACKET_TO_KERNEL) return 'to-kernel';
  if (packetType === PACKET_TO_USER) return 'to-user';
  if (packetType !== PACKET_OUTGOING)
    throw new CaptureError(`the link header has packet type ${packetType}, not 4, 6 or 7`, offset);
  if (datagram.length < HEADER_LENGTH) return 'to-user';
  const data = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  return (data.getUint16(6, HOST_IS_LITTLE_ENDIAN) & MessageFlag.REQUEST) === 0 ? 'to-user' : 'to-kernel';
}

/** Writes the link header of link type 253: 16 bytes at `at`. */
export function writeLinkHeader(
  data: DataView,
  at: number,
  { direction, netlinkProtocol }: Pick<CapturedPacket, 'direction' | 'netlinkProtocol'>,
): void {
  data.setUint16(at, direction === 'to-kernel' ? PACKET_TO_KERNEL : PACKET_TO_USER);
  data.setUint16(at + 2, ARPHRD_NETLINK);
  data.setUint16(at + 14, netlinkProtocol);
}
