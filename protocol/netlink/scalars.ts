import { attributeTooLong } from './attribute-too-long.ts';
import type { ByteView } from './byte-view.ts';
import { ATTRIBUTE_HEADER_LENGTH, LITTLE_ENDIAN, MAX_ATTRIBUTE_LENGTH } from './constants.ts';
import { FieldError } from './errors.ts';
import type { MessageWriter } from './writer.ts';

/** A flags word together with the mask of the bits that it means (`struct ip_vs_flags`). */
export interface MaskedFlags {
  readonly flags: number;
  readonly mask: number;
}

/** The values of attributes without a nest, by kind. */
export interface ScalarValues {
  u8: number;
  u16: number;
  u32: number;
  s32: number;
  u64: bigint;
  u16be: number;
  u32be: number;
  /** Text in UTF-8; written with a NUL at its end, read with or without one. */
  string: string;
  bytes: Uint8Array;
  bytes4: Uint8Array;
  bytes16: Uint8Array;
  'masked-flags': MaskedFlags;
  /** Present or absent, without a value. */
  presence: true;
  /** Alignment; skipped when reading, never written. */
  padding: never;
}

/** How the value of an attribute without a nest is written. */
export type ScalarKind = keyof ScalarValues;

/** What writing a value needs to know of its attribute. */
export interface ScalarField {
  readonly name: string;
  readonly type: number;
  readonly kind: string;
  readonly least: number;
  /** Of a whole number. */
  readonly range: readonly [least: number, most: number] | undefined;
}

const LEAST_LENGTHS: Readonly<Record<string, number>> = {
  u8: 1,
  u16: 2,
  u16be: 2,
  u32: 4,
  s32: 4,
  u32be: 4,
  u64: 8,
  bytes4: 4,
  bytes16: 16,
  'masked-flags': 8,
};

/** The least and the most of 16 bits without a sign. */
export const U16_RANGE: readonly [number, number] = [0, 0xffff];
const U32_RANGE: readonly [number, number] = [0, 0xffffffff];

const RANGES: Readonly<Record<string, readonly [least: number, most: number]>> = {
  u8: [0, 0xff],
  u16: U16_RANGE,
  u16be: U16_RANGE,
  u32: U32_RANGE,
  u32be: U32_RANGE,
  s32: [-0x80000000, 0x7fffffff],
};

const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
const textEncoder = new TextEncoder();

/** The least length of an attribute's value for its kind, in bytes; shorter ones are malformed. */
export function leastLength(kind: string): number {
  return LEAST_LENGTHS[kind] ?? 0;
}

/** The least and the most of a kind that is a whole number; none of others. */
export function rangeOf(kind: string): ScalarField['range'] {
  return RANGES[kind];
}

/** Reads text that may lack its NUL; what follows the first NUL is not part of it. */
export function readString(bytes: Uint8Array, start: number, end: number): string {
  const nul = bytes.subarray(start, end).indexOf(0);
  return textDecoder.decode(bytes.subarray(start, nul === -1 ? end : start + nul));
}

/** The value that lies at `from` to `to`, no shorter than its kind. */
export function readScalar(kind: ScalarKind, { data, bytes }: ByteView, from: number, to: number): unknown {
  switch (kind) {
    case 'u8':
      return data.getUint8(from);
    case 'u16':
      return data.getUint16(from, LITTLE_ENDIAN);
    case 'u16be':
      return data.getUint16(from);
    case 'u32':
      return data.getUint32(from, LITTLE_ENDIAN);
    case 's32':
      return data.getInt32(from, LITTLE_ENDIAN);
    case 'u32be':
      return data.getUint32(from);
    case 'u64':
      return data.getBigUint64(from, LITTLE_ENDIAN);
    case 'string':
      return readString(bytes, from, to);
    case 'bytes':
      return bytes.slice(from, to);
    case 'bytes4':
      return bytes.slice(from, from + 4);
    case 'bytes16':
      return bytes.slice(from, from + 16);
    case 'masked-flags':
      return { flags: data.getUint32(from, LITTLE_ENDIAN), mask: data.getUint32(from + 4, LITTLE_ENDIAN) };
    default:
      return true;
  }
}

/** Appends one attribute. `path` is that of what holds it: paths are put together only for errors. */
export function encodeScalar(field: ScalarField, writer: MessageWriter, value: unknown, path: string): void {
  const { kind, type } = field;
  switch (kind) {
    case 'u8':
      integer(field, value, path);
      return writer.put8(writer.attribute(type, 1), value as number);
    case 'u16':
    case 'u16be':
      integer(field, value, path);
      return writer.put16(writer.attribute(type, 2), value as number, kind === 'u16' && LITTLE_ENDIAN);
    case 'u32':
    case 's32':
    case 'u32be':
      integer(field, value, path);
      return writer.put32(writer.attribute(type, 4), value as number, kind !== 'u32be' && LITTLE_ENDIAN);
    case 'u64':
      if (typeof value !== 'bigint' || value < 0n || value > 0xffff_ffff_ffff_ffffn) {
        throw new FieldError(joinPath(path, field.name), value, 'must be a bigint from 0 to 2^64 - 1');
      }
      return writer.put64(writer.attribute(type, 8), value);
    case 'string':
      return encodeText(field, writer, value, path);
    case 'bytes':
    case 'bytes4':
    case 'bytes16': {
      const { least } = field;
      if (!(value instanceof Uint8Array) || (least !== 0 && value.length !== least)) {
        const problem = least === 0 ? 'must be bytes' : `must be ${least} bytes`;
        throw new FieldError(joinPath(path, field.name), value, problem);
      }
      return encodeBytes(field, writer, value, path);
    }
    case 'masked-flags': {
      if (typeof value !== 'object' || value === null)
        throw new FieldError(joinPath(path, field.name), value, 'must be an object');
      const { flags, mask } = value as MaskedFlags;
      wholeNumber(U32_RANGE, flags, path, `${field.name}.flags`);
      wholeNumber(U32_RANGE, mask, path, `${field.name}.mask`);
      const at = writer.attribute(type, 8);
      writer.put32(at, flags);
      return writer.put32(at + 4, mask);
    }
    case 'presence':
      if (value !== true) throw new FieldError(joinPath(path, field.name), value, 'must be true or absent');
      writer.attribute(type, 0);
      return;
  }
}

function encodeText(field: ScalarField, writer: MessageWriter, value: unknown, path: string): void {
  if (!isText(value))
    throw new FieldError(joinPath(path, field.name), value, 'must be Unicode text without NUL');
  if (!isPlainText(value)) return encodeBytes(field, writer, textEncoder.encode(`${value}\0`), path);
  const { length } = value;
  const at = writer.attribute(field.type, checkedLength(field, length + 1, path));
  for (let index = 0; index < length; index++) writer.put8(at + index, value.charCodeAt(index));
}

function encodeBytes(field: ScalarField, writer: MessageWriter, bytes: Uint8Array, path: string): void {
  writer.putBytes(writer.attribute(field.type, checkedLength(field, bytes.length, path)), bytes);
}

function checkedLength(field: ScalarField, length: number, path: string): number {
  const whole = ATTRIBUTE_HEADER_LENGTH + length;
  if (whole > MAX_ATTRIBUTE_LENGTH) throw attributeTooLong(joinPath(path, field.name), whole);
  return length;
}

/** Text of ASCII alone, without NUL: nearly every name is. */
function isPlainText(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code === 0 || code > 0x7f) return false;
  }
  return true;
}

/** True for a string that UTF-8 and a NUL at its end can carry: no NUL inside, no lone surrogate. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && (isPlainText(value) || !/[\0\p{Surrogate}]/u.test(value));
}

function integer(field: ScalarField, value: unknown, path: string): void {
  wholeNumber(field.range!, value, path, field.name);
}

/** Throws a {@link FieldError} for what is no whole number in the range. */
export function wholeNumber(
  [least, most]: readonly [least: number, most: number],
  value: unknown,
  path: string,
  name: string,
): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new FieldError(joinPath(path, name), value, `must be a whole number from ${least} to ${most}`);
  }
}

export function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
