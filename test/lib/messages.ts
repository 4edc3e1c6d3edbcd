import type { ExtendedAck } from '../../protocol/netlink/index.ts';
import { encodeAck, encodeDone, MessageFlag, MessageWriter } from '../../protocol/netlink/index.ts';

/** The port id of the socket under test. */
export const PORT_ID = 4242;
/** A message type that belongs to a family. */
const REPLY_TYPE = 30;

/** Header fields and body that may differ from those of an ordinary reply. */
export interface MessageParts {
  readonly type?: number;
  readonly flags?: number;
  readonly portId?: number;
  readonly body?: Uint8Array;
}

/** One reply message without padding at its end; its body is `parts.body`, or else `text`. */
export function reply(sequence: number, text = '', parts: MessageParts = {}): Uint8Array {
  const writer = new MessageWriter();
  const offset = writer.beginMessage({
    type: parts.type ?? REPLY_TYPE,
    flags: parts.flags ?? 0,
    sequence,
    portId: parts.portId ?? PORT_ID,
  });
  writer.raw(parts.body ?? new TextEncoder().encode(text));
  const length = writer.length;
  writer.endMessage(offset);
  return writer.bytes.slice(0, length);
}

/** An NLMSG_ERROR. */
export function ack(
  sequence: number,
  errno = 0,
  options: { extended?: ExtendedAck; request?: Uint8Array; capped?: boolean; portId?: number } = {},
): Uint8Array {
  const writer = new MessageWriter();
  encodeAck(writer, {
    sequence,
    portId: options.portId ?? PORT_ID,
    errno,
    extended: options.extended,
    request: options.request ?? new Uint8Array(16).fill(16, 0, 1),
    capped: options.capped ?? true,
  });
  return writer.copy();
}

/** An NLMSG_DONE. */
export function done(sequence: number, errno = 0, flags = 0): Uint8Array {
  const writer = new MessageWriter();
  encodeDone(writer, { sequence, portId: PORT_ID, errno, flags });
  return writer.copy();
}

/** One message of a dump: a reply with NLM_F_MULTI. */
export function multiMessage(sequence: number, text: string, flags = 0): Uint8Array {
  return reply(sequence, text, { flags: MessageFlag.MULTI | flags });
}

/** Messages in one datagram, each padded to 4 bytes except the last. */
export function datagram(...messages: Uint8Array[]): Uint8Array {
  const writer = new MessageWriter();
  for (const message of messages) {
    writer.reserve(-writer.length & 3);
    writer.raw(message);
  }
  return writer.copy();
}
