/**
 * A second, simple encoder of netlink messages, with which the project's own is compared: it shares no code with it.
 * Little-endian machines only, like the fixtures.
 */

export function u8(value: number): Buffer {
  return Buffer.from([value]);
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function u16be(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

export function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

/** Returns the parts one after another, each padded with zeros to a multiple of 4. */
export function padded(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => [part, Buffer.alloc((4 - (part.length % 4)) % 4)]));
}

/** Encodes an attribute without its padding. Several parts are the attributes of a nest. */
export function attribute(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = parts.length === 1 ? parts[0]! : padded(parts);
  return Buffer.concat([u16(4 + value.length), u16(type), value]);
}

/** Encodes a nest with these attributes; unlike {@link attribute}, it pads also a single one. */
export function nest(type: number, ...attributes: readonly Uint8Array[]): Buffer {
  return attribute(type, padded(attributes));
}

export interface HeaderFields {
  readonly type: number;
  readonly flags?: number;
  readonly sequence?: number;
  readonly portId?: number;
}

/** Encodes a message. Its length includes the payload as it is given, without further padding. */
export function message(header: HeaderFields, ...payload: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(payload);
  return Buffer.concat([
    u32(16 + body.length),
    u16(header.type),
    u16(header.flags ?? 0),
    u32(header.sequence ?? 0),
    u32(header.portId ?? 0),
    body,
  ]);
}

/** Encodes a generic netlink message with these attributes. */
export function genericMessage(
  header: HeaderFields,
  command: number,
  ...attributes: readonly Uint8Array[]
): Buffer {
  return message(header, Buffer.from([command, 1, 0, 0]), padded(attributes));
}
