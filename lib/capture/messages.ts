import {
  align,
  ByteView,
  DecodeError,
  HEADER_LENGTH,
  LITTLE_ENDIAN,
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

const TYPE_SHIFT = LITTLE_ENDIAN ? 0 : 16;

/** Returns the type of a datagram's first message; 0 if the datagram is shorter than a header. */
export function firstType({ bytes }: CapturedPacket): number {
  if (bytes.length < HEADER_LENGTH) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint16(4, LITTLE_ENDIAN);
}

/** The part of a datagram that can be told from its message headers alone. */
export interface Outline {
  /** Length of the complete messages, in bytes. */
  readonly length: number;
  /** Whether a truncated or malformed message follows them. */
  readonly truncated: boolean;
  /** Whether one of them ends its request (NLMSG_DONE or NLMSG_ERROR). */
  readonly ended: boolean;
}

/** Reads only the headers of a datagram's messages: a capture may have tens of thousands. */
export function outline(packet: CapturedPacket): Outline {
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
  return { length, truncated: at < end, ended };
}
