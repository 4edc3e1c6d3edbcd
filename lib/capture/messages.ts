import {
  align,
  ByteView,
  DecodeError,
  HEADER_LENGTH,
  HOST_IS_LITTLE_ENDIAN,
  type Message,
  MessageType,
  MessageWalker,
} from '../../protocol/netlink/index.ts';
import type { CapturedPacket } from './capture.ts';

/**
 * Calls `visit` with every message of a packet; the message object is reused. Returns the {@link DecodeError}
 * of a malformed message, which ends the walk; `undefined` if there was none.
 */
export function visitMessages(
  packet: CapturedPacket,
  visit: (message: Message) => void,
): DecodeError | undefined {
  const walker = new MessageWalker(new ByteView(packet.bytes));
  try {
    while (walker.next()) visit(walker.message);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  return undefined;
}

/** Position of the 16-bit message type in the second 32-bit word of a message header. */
const TYPE_SHIFT = HOST_IS_LITTLE_ENDIAN ? 0 : 16;

/** Returns the type of a packet's first message; 0 if the packet is shorter than a message header. */
export function firstType({ bytes }: CapturedPacket): number {
  if (bytes.length < HEADER_LENGTH) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint16(4, HOST_IS_LITTLE_ENDIAN);
}

/** What the message headers of a packet tell about it. */
export interface HeaderSummary {
  /** Length of the complete messages, in bytes. */
  readonly length: number;
  /** Whether a truncated or malformed message follows them. */
  readonly damaged: boolean;
  /** Whether one of them is an NLMSG_DONE or NLMSG_ERROR, after which no reply to the request follows. */
  readonly ended: boolean;
}

/** Reads only the message headers of a packet, as a capture may have tens of thousands of packets. */
export function summarizeHeaders(packet: CapturedPacket): HeaderSummary {
  const { words, bytes } = new ByteView(packet.bytes);
  const end = bytes.length;
  let at = 0;
  let length = 0;
  let ended = false;
  while (end - at >= HEADER_LENGTH) {
    const size = words[at >> 2]! >>> 0;
    if (size < HEADER_LENGTH || size > end - at) break;
    const type = (words[(at >> 2) + 1]! >>> TYPE_SHIFT) & 0xffff;
    if (type === MessageType.DONE || type === MessageType.ERROR) ended = true;
    length = at + size;
    at = align(length);
  }
  return { length, damaged: at < end, ended };
}
