import type { ByteView, Message, MessageHeader, MessageWriter } from '../netlink/index.ts';
import { DecodeError } from '../netlink/index.ts';

/** Length of the generic netlink header (`struct genlmsghdr`), in bytes. */
export const GENERIC_HEADER_LENGTH = 4;

/** The generic netlink header, between the netlink header and the attributes (`struct genlmsghdr`). */
export interface GenericHeader {
  /** The command, 0-255. */
  readonly command: number;
  /** The version of the family's interface, 0-255. */
  readonly version: number;
}

/** Opens a generic netlink message; close it with `endMessage`. */
export function beginGenericMessage(
  writer: MessageWriter,
  header: MessageHeader,
  generic: GenericHeader,
): number {
  const offset = writer.beginMessage(header);
  writeGenericHeader(writer, generic);
  return offset;
}

/** Appends a generic netlink header; its reserved field is zero. */
export function writeGenericHeader(writer: MessageWriter, { command, version }: GenericHeader): void {
  writer.u8(command);
  writer.u8(version);
  writer.u16(0);
}

/** Returns the command of a generic netlink message; throws a {@link DecodeError} if it is truncated. */
export function genericCommand(message: Message): number {
  return message.view.bytes[genericHeaderAt(message)]!;
}

/** Returns the header of a generic netlink message; throws a {@link DecodeError} if it is truncated. */
export function genericHeader(message: Message): GenericHeader {
  const { bytes }: ByteView = message.view;
  const offset = genericHeaderAt(message);
  return { command: bytes[offset]!, version: bytes[offset + 1]! };
}

/**
 * Returns the offset of the attributes of a generic netlink message; throws a {@link DecodeError} if it is
 * truncated.
 */
export function genericPayload(message: Message): number {
  return genericHeaderAt(message) + GENERIC_HEADER_LENGTH;
}

function genericHeaderAt(message: Message): number {
  if (message.end - message.payloadOffset < GENERIC_HEADER_LENGTH) {
    throw new DecodeError('the generic netlink header is truncated', message.payloadOffset);
  }
  return message.payloadOffset;
}
