import { attributeTooLong } from '../messages/attribute-too-long.ts';
import type { ByteView } from '../messages/byte-view.ts';
import { ATTRIBUTE_HEADER_LENGTH, MAX_ATTRIBUTE_LENGTH } from '../messages/constants.ts';
import { DecodeError, FieldError } from '../messages/errors.ts';
import type { MessageWriter } from '../messages/writer.ts';
import type { AttributeEntry, UnknownAttribute } from './attribute-sets.ts';
import { joinPath, U16_RANGE, type ValueCodec, wholeNumber } from './value-kinds.ts';

/** Reads the value of an attribute that holds one value. Throws a {@link DecodeError}. */
export function readValue(
  { kind, codec }: AttributeEntry,
  view: ByteView,
  from: number,
  to: number,
  path: string,
  name: string,
): unknown {
  if (to - from < codec!.minimum)
    throw new DecodeError(`${to - from} bytes are too few for ${kind}`, from, joinPath(path, name));
  return codec!.read(view, from, to);
}

/** Reads a C array of values of a fixed size. Throws a {@link DecodeError}. */
export function readPacked(
  { name, codec }: AttributeEntry,
  view: ByteView,
  from: number,
  to: number,
  path: string,
): unknown[] {
  const size = codec!.size!;
  if ((to - from) % size !== 0)
    throw new DecodeError(`${to - from} bytes are not a multiple of ${size}`, from, joinPath(path, name));
  const values: unknown[] = [];
  for (let at = from; at < to; at += size) values.push(codec!.read(view, at, at + size));
  return values;
}

/** Appends one attribute that holds one value. Throws a {@link FieldError}. */
export function writeValue(
  codec: ValueCodec,
  writer: MessageWriter,
  type: number,
  value: unknown,
  path: string,
  name: string,
): void {
  const length = codec.checkedLength(value, path, name);
  checkLength(length, path, name);
  codec.put(writer, writer.attribute(type, length), value);
}

/** Appends one attribute that holds a C array. Throws a {@link FieldError}. */
export function writePacked(
  { type, name, codec }: AttributeEntry,
  writer: MessageWriter,
  values: readonly unknown[],
  path: string,
): void {
  const size = codec!.size!;
  for (const [index, value] of values.entries()) codec!.checkedLength(value, path, `${name}[${index}]`);
  checkLength(values.length * size, path, name);
  const at = writer.attribute(type, values.length * size);
  for (const [index, value] of values.entries()) codec!.put(writer, at + index * size, value);
}

function checkLength(length: number, path: string, name: string): void {
  const total = ATTRIBUTE_HEADER_LENGTH + length;
  if (total > MAX_ATTRIBUTE_LENGTH) throw attributeTooLong(joinPath(path, name), total);
}

/** Returns the value as an object of attributes. Throws a {@link FieldError} if it is not an object. */
export function objectOf(value: unknown, path: string): { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FieldError(path, value, 'must be an object');
  return value as { readonly [name: string]: unknown };
}

/** Returns the value as a list. Throws a {@link FieldError} if it is not an array. */
export function listOf(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new FieldError(path, value, 'must be a list');
  return value;
}

/** Returns the value as an {@link UnknownAttribute}. Throws a {@link FieldError} if it is not one. */
export function unknownAttribute(entry: unknown, path: string): UnknownAttribute {
  const { type, bytes } = objectOf(entry, path);
  wholeNumber(U16_RANGE, type, path, 'type');
  if (!(bytes instanceof Uint8Array)) throw new FieldError(`${path}.bytes`, bytes, 'must be bytes');
  return { type, bytes };
}
