import type { ByteView } from './byte-view.ts';
import { align, HEADER_LENGTH, LITTLE_ENDIAN } from './constants.ts';
import { DecodeError } from './errors.ts';

/**
 * One message inside a received buffer. Walkers reuse the object: its fields hold only until the
 * next step.
 */
export class Message {
  /** The buffer that the message lies in. */
  view: ByteView;
  /** Offset of the header. */
  offset = 0;
  /** Offset after the last byte that the header's length counts. */
  end = 0;
  /** The message type (`nlmsg_type`). */
  type = 0;
  /** The flags, see {@link MessageFlag}. */
  flags = 0;
  /** The sequence number; 0 of a notification. */
  sequence = 0;
  /** The port id of the sender in requests, of the receiver in replies. */
  portId = 0;

  constructor(view: ByteView) {
    this.view = view;
  }

  /** Offset of the first byte after the header. */
  get payload(): number {
    return this.offset + HEADER_LENGTH;
  }
}

/**
 * Walks the messages of one datagram that lies at `start` to `end` of `view`.
 *
 * The last message may be unpadded. Throws a {@link DecodeError} where a length is below the
 * header's 16 bytes or reaches past the datagram's end; what follows is then skipped.
 */
export class MessageWalker {
  /** The message that the walker stands at. */
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

  /** Steps to the next message; false when the datagram is at its end. */
  next(): boolean {
    const offset = this.#next;
    const end = this.#end;
    if (offset >= end) return false;
    if (end - offset < HEADER_LENGTH) {
      this.#next = end;
      throw new DecodeError('the message header is cut off', offset);
    }
    const { message } = this;
    const { data } = message.view;
    const length = data.getUint32(offset, LITTLE_ENDIAN);
    if (length < HEADER_LENGTH || length > end - offset) {
      this.#next = end;
      throw new DecodeError(`a message length of ${length} does not fit ${end - offset} bytes`, offset);
    }
    message.offset = offset;
    message.end = offset + length;
    message.type = data.getUint16(offset + 4, LITTLE_ENDIAN);
    message.flags = data.getUint16(offset + 6, LITTLE_ENDIAN);
    message.sequence = data.getUint32(offset + 8, LITTLE_ENDIAN);
    message.portId = data.getUint32(offset + 12, LITTLE_ENDIAN);
    this.#next = offset + align(length);
    return true;
  }
}
