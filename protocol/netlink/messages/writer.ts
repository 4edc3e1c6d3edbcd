import { attributeTooLong } from './attribute-too-long.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  align,
  HEADER_LENGTH,
  HOST_IS_LITTLE_ENDIAN,
  MAX_ATTRIBUTE_LENGTH,
} from './constants.ts';

/** Maximum number of bytes for which a loop is faster than a call of `fill` or `set`. */
const SHORT = 16;
/** Maximum number of bytes for which copying aligned 32-bit words one by one is faster than `subarray` and `set`. */
const SHORT_COPY = 256;

/** The fields of a message header (`struct nlmsghdr`) except the length. */
export interface MessageHeader {
  /** The message type (`nlmsg_type`). */
  readonly type: number;
  /** The flags, see {@link MessageFlag}. */
  readonly flags: number;
  /** The sequence number, from 0 to 2^32 - 1. */
  readonly sequence: number;
  /** 0 in messages to the kernel, which knows the port id of the sender. */
  readonly portId?: number;
}

/**
 * A growing buffer of messages and attributes. Lengths are filled in when a message or a nest is
 * closed; padding is always zero.
 *
 * An encoder that throws leaves a partial message behind. To write several messages into one writer,
 * remember `length` before each of them and call `reset` with it if an encoder throws.
 */
export class MessageWriter {
  #bytes: Uint8Array;
  #data: DataView;
  #length = 0;

  constructor(capacity = 4096) {
    this.#bytes = new Uint8Array(capacity);
    this.#data = new DataView(this.#bytes.buffer);
  }

  /** Number of bytes written. */
  get length(): number {
    return this.#length;
  }

  /** The bytes written, not copied: valid until the next write or reset. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Returns a copy of the bytes written. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Truncates to `length` bytes; throws a RangeError if fewer were written. */
  reset(length = 0): void {
    if (length > this.#length) throw new RangeError(`only ${this.#length} bytes were written`);
    this.#length = length;
  }

  /** Opens a message and returns its offset for {@link endMessage}. */
  beginMessage(header: MessageHeader): number {
    const offset = this.reserve(HEADER_LENGTH);
    const data = this.#data;
    data.setUint16(offset + 4, header.type, HOST_IS_LITTLE_ENDIAN);
    data.setUint16(offset + 6, header.flags, HOST_IS_LITTLE_ENDIAN);
    data.setUint32(offset + 8, header.sequence, HOST_IS_LITTLE_ENDIAN);
    data.setUint32(offset + 12, header.portId ?? 0, HOST_IS_LITTLE_ENDIAN);
    return offset;
  }

  /** Closes the message at `offset`: fills in its length and pads, so that another may follow. */
  endMessage(offset: number): void {
    this.#data.setUint32(offset, this.#length - offset, HOST_IS_LITTLE_ENDIAN);
    this.reserve(align(this.#length) - this.#length);
  }

  /** Overwrites the flags of the message at `offset`. */
  setFlags(offset: number, flags: number): void {
    this.#data.setUint16(offset + 6, flags, HOST_IS_LITTLE_ENDIAN);
  }

  /** Overwrites the sequence number of the message at `offset`. */
  setSequence(offset: number, sequence: number): void {
    this.#data.setUint32(offset + 8, sequence, HOST_IS_LITTLE_ENDIAN);
  }

  /** Opens an attribute whose value follows and returns its offset for {@link endAttribute}. */
  beginAttribute(type: number): number {
    const offset = this.reserve(ATTRIBUTE_HEADER_LENGTH);
    this.#data.setUint16(offset + 2, type, HOST_IS_LITTLE_ENDIAN);
    return offset;
  }

  /** Closes the attribute at `offset`; throws a {@link FieldError} above 65535 bytes. */
  endAttribute(offset: number, path = 'attribute'): void {
    const length = this.#length - offset;
    if (length > MAX_ATTRIBUTE_LENGTH) throw attributeTooLong(path, length);
    this.#data.setUint16(offset, length, HOST_IS_LITTLE_ENDIAN);
    this.reserve(align(this.#length) - this.#length);
  }

  /**
   * Appends an attribute with a value of `length` zero bytes, and padding. Returns the offset of the value,
   * for the `put` methods. `length` must be at most 65531, which is not checked.
   */
  attribute(type: number, length: number): number {
    const offset = this.reserve(align(ATTRIBUTE_HEADER_LENGTH + length));
    const data = this.#data;
    data.setUint16(offset, ATTRIBUTE_HEADER_LENGTH + length, HOST_IS_LITTLE_ENDIAN);
    data.setUint16(offset + 2, type, HOST_IS_LITTLE_ENDIAN);
    return offset + ATTRIBUTE_HEADER_LENGTH;
  }

  /** Overwrites one byte. */
  put8(at: number, value: number): void {
    this.#data.setUint8(at, value);
  }

  /** Overwrites 2 bytes. */
  put16(at: number, value: number, littleEndian: boolean = HOST_IS_LITTLE_ENDIAN): void {
    this.#data.setUint16(at, value, littleEndian);
  }

  /** Overwrites 4 bytes; a negative value as its two's complement. */
  put32(at: number, value: number, littleEndian: boolean = HOST_IS_LITTLE_ENDIAN): void {
    this.#data.setUint32(at, value, littleEndian);
  }

  /** Overwrites 8 bytes; a negative value as its two's complement. */
  put64(at: number, value: bigint, littleEndian: boolean = HOST_IS_LITTLE_ENDIAN): void {
    this.#data.setBigUint64(at, value, littleEndian);
  }

  /** Overwrites the bytes from `at` on with these. */
  putBytes(at: number, bytes: Uint8Array): void {
    const { length } = bytes;
    const target = this.#bytes;
    if (length <= SHORT) for (let index = 0; index < length; index++) target[at + index] = bytes[index]!;
    else target.set(bytes, at);
  }

  /** Appends `count` zero bytes and returns their offset. */
  reserve(count: number): number {
    const offset = this.#length;
    const length = offset + count;
    if (length > this.#bytes.length) this.#grow(length);
    const bytes = this.#bytes;
    // Usually a header or padding.
    if (count <= SHORT) for (let at = offset; at < length; at++) bytes[at] = 0;
    else bytes.fill(0, offset, length);
    this.#length = length;
    return offset;
  }

  /** Appends an integer of 8 bits. */
  u8(value: number): void {
    const offset = this.reserve(1);
    this.#data.setUint8(offset, value);
  }

  /** Appends an integer of 16 bits, in the host's byte order unless `littleEndian` says otherwise. */
  u16(value: number, littleEndian: boolean = HOST_IS_LITTLE_ENDIAN): void {
    const offset = this.reserve(2);
    this.#data.setUint16(offset, value, littleEndian);
  }

  /** Appends an integer of 32 bits, in the host's byte order unless `littleEndian` says otherwise. */
  u32(value: number, littleEndian: boolean = HOST_IS_LITTLE_ENDIAN): void {
    const offset = this.reserve(4);
    this.#data.setUint32(offset, value, littleEndian);
  }

  /** Appends an integer of 64 bits in the host's byte order. */
  u64(value: bigint): void {
    const offset = this.reserve(8);
    this.#data.setBigUint64(offset, value, HOST_IS_LITTLE_ENDIAN);
  }

  /** Appends bytes. */
  raw(bytes: Uint8Array): void {
    this.append(bytes);
  }

  /** Appends bytes and returns their offset. */
  append(bytes: Uint8Array): number {
    const offset = this.#length;
    const length = offset + bytes.length;
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(bytes, offset);
    this.#length = length;
    return offset;
  }

  /** Appends the bytes from `start` to `end` of another writer. */
  copyFrom(other: MessageWriter, start: number, end: number): void {
    const offset = this.#length;
    const length = offset + end - start;
    if (length > this.#bytes.length) this.#grow(length);
    this.#length = length;
    if (((start | end | offset) & 3) !== 0 || end - start > SHORT_COPY) {
      this.#bytes.set(other.#bytes.subarray(start, end), offset);
      return;
    }
    const from = other.#data;
    const to = this.#data;
    for (let at = start, into = offset; at < end; at += 4, into += 4) {
      to.setUint32(into, from.getUint32(at, true), true);
    }
  }

  #grow(minimum: number): void {
    const bytes = new Uint8Array(Math.max(minimum, this.#bytes.length * 2));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
    this.#data = new DataView(bytes.buffer);
  }
}
