import type { ByteView } from './byte-view.ts';
import { align, HEADER_LENGTH, HOST_IS_LITTLE_ENDIAN } from './constants.ts';
import { DecodeError } from './errors.ts';

/**
 * One message inside a received buffer. A walker reuses the object: its fields are valid only until the
 * walker moves on.
 */
export class Message {
  /** The buffer that the message lies in. */
  view: ByteView;
  /** Offset of the header. */
  offset = 0;
  /** Offset of the end of the message (exclusive), without padding. */
  end = 0;
  /** The message type (`nlmsg_type`). */
  type = 0;
  /** The flags, see {@link MessageFlag}. */
  flags = 0;
  /** The sequence number; 0 in notifications. */
  sequence = 0;
  /** The port id of the sender in requests, of the receiver in replies. */
  portId = 0;

  constructor(view: ByteView) {
    this.view = view;
  }

  /** Offset of the first byte after the header. */
  get payloadOffset(): number {
    return this.offset + HEADER_LENGTH;
  }
}

/**
 * Iterates over the messages of one datagram, the bytes from `start` to `end` of `view`.
 *
 * The last message may be unpadded. Throws a {@link DecodeError} if a length is less than the
 * header's 16 bytes or exceeds the rest of the datagram; the rest is then skipped.
 */
export class MessageWalker {
  /** The current message. */
  readonly message: Message;
  #next = 0;
  #end = 0;

  constructor(view: ByteView, start = 0, end: number = view.bytes.length) {
    this.message = new Message(view);
    this.reset(view, start, end);
  }

  /** Starts over on another datagram. */
  reset(view: ByteView, start: number, end: number): void {
    this.message.view = view;
    this.#next = start;
    this.#end = end;
  }

  /** Moves to the next message; false at the end of the datagram. */
  next(): boolean {
    const offset = this.#next;
    const end = this.#end;
    if (offset >= end) return false;
    if (end - offset < HEADER_LENGTH) {
      this.#next = end;
      throw new DecodeError('the message header is truncated', offset);
    }
    const { message } = this;
    const { data } = message.view;
    const length = data.getUint32(offset, HOST_IS_LITTLE_ENDIAN);
    if (length < HEADER_LENGTH || length > end - offset) {
      this.#next = end;
      throw new DecodeError(`a message length of ${length} is not between 16 and ${end - offset}`, offset);
    }
    message.offset = offset;
    message.end = offset + length;
    message.type = data.getUint16(offset + 4, HOST_IS_LITTLE_ENDIAN);
    message.flags = data.getUint16(offset + 6, HOST_IS_LITTLE_ENDIAN);
    message.sequence = data.getUint32(offset + 8, HOST_IS_LITTLE_ENDIAN);
    message.portId = data.getUint32(offset + 12, HOST_IS_LITTLE_ENDIAN);
    this.#next = offset + align(length);
    return true;
  }
}
