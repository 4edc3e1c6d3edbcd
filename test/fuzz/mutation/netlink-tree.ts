/**
 * Netlink messages as a tree that can be changed and encoded again, with correct lengths. They are parsed leniently,
 * without the project's own decoders: bytes that do not look like attributes become a value.
 */
import { joined } from './bytes.ts';

/** An attribute with its value or its nested attributes. */
export interface Attribute {
  type: number;
  value: Uint8Array | Attribute[];
  /** Number that is added to the correct length when it is encoded. */
  lengthError: number;
}

/** A message, or attributes without a message. */
export interface MessageOrAttributes {
  /** The bytes before the attributes: the header of a message and that of its family. */
  head: Uint8Array;
  attributes: Attribute[];
  /** Whether the head begins with a length. */
  readonly isMessage: boolean;
  lengthError: number;
}

const HEADER_LENGTH = 16;
/** Lengths of the headers between `nlmsghdr` and the attributes: generic netlink, links, routes, acks and others. */
const FAMILY_HEADER_LENGTHS: readonly number[] = [4, 0, 8, 12, 16, 20];
const MAX_LEVELS = 6;

/** Parses the messages of a datagram. */
export function readMessages(bytes: Uint8Array): MessageOrAttributes[] {
  const parts: MessageOrAttributes[] = [];
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (bytes.length - at >= HEADER_LENGTH) {
    const length = data.getUint32(at, true);
    if (length < HEADER_LENGTH || length > bytes.length - at) break;
    parts.push(readMessage(bytes.subarray(at, at + length)));
    at += (length + 3) & ~3;
  }
  if (at < bytes.length)
    parts.push({ head: bytes.slice(at), attributes: [], isMessage: false, lengthError: 0 });
  return parts;
}

function readMessage(bytes: Uint8Array): MessageOrAttributes {
  for (const length of FAMILY_HEADER_LENGTHS) {
    const attributes = readAttributes(bytes.subarray(HEADER_LENGTH + length));
    if (attributes !== undefined)
      return { head: bytes.slice(0, HEADER_LENGTH + length), attributes, isMessage: true, lengthError: 0 };
  }
  return { head: bytes.slice(), attributes: [], isMessage: true, lengthError: 0 };
}

/**
 * Parses a header of `headerLength` bytes and the attributes after it. If there are no valid attributes, all bytes are
 * the head.
 */
export function readHeadAndAttributes(bytes: Uint8Array, headerLength: number): MessageOrAttributes[] {
  const attributes = readAttributes(bytes.subarray(headerLength));
  const isRead = attributes !== undefined;
  return [
    {
      head: isRead ? bytes.slice(0, headerLength) : bytes.slice(),
      attributes: attributes ?? [],
      isMessage: false,
      lengthError: 0,
    },
  ];
}

/** Returns the attributes of which these bytes consist, or undefined. */
function readAttributes(bytes: Uint8Array, level = 0): Attribute[] | undefined {
  if (bytes.length < 4 || level > MAX_LEVELS) return undefined;
  const found: Attribute[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < 4) return undefined;
    const length = bytes[at]! | (bytes[at + 1]! << 8);
    if (length < 4 || length > bytes.length - at) return undefined;
    const value = bytes.subarray(at + 4, at + length);
    const inside = readAttributes(value, level + 1);
    found.push({
      type: bytes[at + 2]! | (bytes[at + 3]! << 8),
      value: inside ?? value.slice(),
      lengthError: 0,
    });
    at += (length + 3) & ~3;
  }
  return found;
}

export function write(parts: readonly MessageOrAttributes[]): Uint8Array {
  return joined(
    parts.flatMap(({ head, attributes, isMessage, lengthError }) => {
      const body = writeAttributes(attributes);
      if (!isMessage) return [head, body];
      const start = head.slice();
      const length = head.length + body.length;
      if (start.length >= 4) new DataView(start.buffer).setUint32(0, length + lengthError, true);
      return [start, body, new Uint8Array(-length & 3)];
    }),
  );
}

/** Encodes attributes, each with padding. */
export function writeAttributes(attributes: readonly Attribute[]): Uint8Array {
  return joined(
    attributes.flatMap(({ type, value, lengthError }) => {
      const inside = Array.isArray(value) ? writeAttributes(value) : value;
      const length = 4 + inside.length + lengthError;
      return [
        Uint8Array.of(length, length >> 8, type, type >> 8),
        inside,
        new Uint8Array(-inside.length & 3),
      ];
    }),
  );
}

/** Returns every list of attributes in a tree. */
export function listsOf(parts: readonly MessageOrAttributes[]): Attribute[][] {
  const lists: Attribute[][] = [];
  const add = (list: Attribute[]): void => {
    lists.push(list);
    for (const { value } of list) if (Array.isArray(value)) add(value);
  };
  for (const { attributes } of parts) add(attributes);
  return lists;
}
