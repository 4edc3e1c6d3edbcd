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
 * Calls `visit` with every message of a packet; the message object is reused. Returns the
 * {@link DecodeError} that ended the walk early, if one did.
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

/** The type of a datagram's first message; 0 where it has no whole header. */
export function firstType({ bytes }: CapturedPacket): number {
  if (bytes.length < HEADER_LENGTH) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint16(4, LITTLE_ENDIAN);
}

/** What the headers of a datagram's messages say. */
export interface Outline {
  /** How many bytes the whole messages have. */
  readonly length: number;
  /** Whether something follows them. */
  readonly damaged: boolean;
  /** Whether one of them is the last answer to its request (DONE, or NLMSG_ERROR). */
  readonly ended: boolean;
}

/** Reads the headers of a datagram's messages and nothing else, as there are tens of thousands. */
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
  return { length, damaged: at < end, ended };
}
