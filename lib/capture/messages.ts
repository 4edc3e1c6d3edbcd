import { ByteView, DecodeError, type Message, MessageWalker } from '../../protocol/netlink/index.ts';
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
