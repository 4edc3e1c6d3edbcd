/**
 * Netlink bytes as a tree that can be changed and written again, with lengths that fit. It is read leniently and
 * without the project's own decoders: what does not look like attributes is a value.
 */
import { joined } from './bytes.ts';

/** An attribute with its value, or those inside it. */
export interface Attribute {
  type: number;
  value: Uint8Array | Attribute[];
  /** What is added to the length that it is written with. */
  lengthOff: number;
}

/** A message, or attributes without one. */
export interface Part {
  /** A message's header and what comes between that and the attributes. */
  head: Uint8Array;
  attributes: Attribute[];
  /** Whether the head begins with a length. */
  readonly isMessage: boolean;
  lengthOff: number;
}

const HEADER_LENGTH = 16;
/** Where the attributes of a message begin after its header: generic netlink, links, routes, acks and others. */
const BODIES: readonly number[] = [4, 0, 8, 12, 16, 20];
const MAX_LEVELS = 6;

/** The messages of a datagram. */
export function readMessages(bytes: Uint8Array): Part[] {
  const parts: Part[] = [];
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (bytes.length - at >= HEADER_LENGTH) {
    const length = data.getUint32(at, true);
    if (length < HEADER_LENGTH || length > bytes.length - at) break;
    parts.push(readMessage(bytes.subarray(at, at + length)));
    at += (length + 3) & ~3;
  }
  if (at < bytes.length)
    parts.push({ head: bytes.slice(at), attributes: [], isMessage: false, lengthOff: 0 });
  return parts;
}

function readMessage(bytes: Uint8Array): Part {
  for (const body of BODIES) {
    const attributes = readAttributes(bytes.subarray(HEADER_LENGTH + body));
    if (attributes !== undefined)
      return { head: bytes.slice(0, HEADER_LENGTH + body), attributes, isMessage: true, lengthOff: 0 };
  }
  return { head: bytes.slice(), attributes: [], isMessage: true, lengthOff: 0 };
}

/** `head` bytes, then attributes; whatever follows them belongs to the head where they cannot be read. */
export function readHeadedAttributes(bytes: Uint8Array, head: number): Part[] {
  const attributes = readAttributes(bytes.subarray(head));
  const isRead = attributes !== undefined;
  return [
    {
      head: isRead ? bytes.slice(0, head) : bytes.slice(),
      attributes: attributes ?? [],
      isMessage: false,
      lengthOff: 0,
    },
  ];
}

/** The attributes that fill these bytes, or undefined. */
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
      lengthOff: 0,
    });
    at += (length + 3) & ~3;
  }
  return found;
}

export function write(parts: readonly Part[]): Uint8Array {
  return joined(
    parts.flatMap(({ head, attributes, isMessage, lengthOff }) => {
      const body = writeAttributes(attributes);
      if (!isMessage) return [head, body];
      const start = head.slice();
      const length = head.length + body.length;
      if (start.length >= 4) new DataView(start.buffer).setUint32(0, length + lengthOff, true);
      return [start, body, new Uint8Array(-length & 3)];
    }),
  );
}

/** The bytes of attributes, each padded. */
export function writeAttributes(attributes: readonly Attribute[]): Uint8Array {
  return joined(
    attributes.flatMap(({ type, value, lengthOff }) => {
      const inside = Array.isArray(value) ? writeAttributes(value) : value;
      const length = 4 + inside.length + lengthOff;
      return [
        Uint8Array.of(length, length >> 8, type, type >> 8),
        inside,
        new Uint8Array(-inside.length & 3),
      ];
    }),
  );
}

/** Every list of attributes in a tree. */
export function listsOf(parts: readonly Part[]): Attribute[][] {
  const lists: Attribute[][] = [];
  const add = (list: Attribute[]): void => {
    lists.push(list);
    for (const { value } of list) if (Array.isArray(value)) add(value);
  };
  for (const { attributes } of parts) add(attributes);
  return lists;
}
