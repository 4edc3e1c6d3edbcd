import { attributeTooLong } from './attribute-too-long.ts';
import { ByteView } from './byte-view.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  ATTRIBUTE_TYPE_MASK,
  align,
  LITTLE_ENDIAN,
  MAX_ATTRIBUTE_LENGTH,
} from './constants.ts';
import { DecodeError, FieldError } from './errors.ts';
import type { MessageWriter } from './writer.ts';

/** A flags word together with the mask of the bits that it means (`struct ip_vs_flags`). */
export interface MaskedFlags {
  readonly flags: number;
  readonly mask: number;
}

/** An attribute that the table does not know, kept so that a round trip loses nothing. */
export interface UnknownAttribute {
  /** The type as it came, NESTED and NET_BYTEORDER flags included. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

interface ScalarValues {
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

/**
 * One attribute: its number, its kind, and for nests the name of the set inside. A `list` holds
 * nests that are all of type 1, an `array` nests numbered from 1. A scalar marked `many` may be
 * repeated; of any other repeated attribute the last one counts.
 */
export type AttributeSpec =
  | readonly [type: number, kind: ScalarKind]
  | readonly [type: number, kind: ScalarKind, many: 'many']
  | readonly [type: number, kind: 'nest' | 'list' | 'array', set: string];

/** Attribute sets by name: the one place that knows numbers, names and types. */
export interface AttributeSets {
  readonly [set: string]: { readonly [attribute: string]: AttributeSpec };
}

type SpecValue<Sets, Spec> = Spec extends readonly [number, 'nest', infer Set extends keyof Sets]
  ? AttributeValues<Sets, Set>
  : Spec extends readonly [number, 'list' | 'array', infer Set extends keyof Sets]
    ? readonly AttributeValues<Sets, Set>[]
    : Spec extends readonly [number, infer Kind extends ScalarKind, 'many']
      ? readonly ScalarValues[Kind][]
      : Spec extends readonly [number, infer Kind extends ScalarKind]
        ? ScalarValues[Kind]
        : never;

/** The values of a set as an object: every attribute may be absent. */
export type AttributeValues<Sets, Name extends keyof Sets> = {
  readonly [Attribute in keyof Sets[Name]]?: SpecValue<Sets, Sets[Name][Attribute]> | undefined;
} & { readonly unknown?: readonly UnknownAttribute[] | undefined };

interface Field {
  readonly name: string;
  readonly type: number;
  readonly kind: ScalarKind | 'nest' | 'list' | 'array';
  readonly set: string;
  readonly many: boolean;
  readonly least: number;
  /** Of a whole number. */
  readonly range: readonly [least: number, most: number] | undefined;
}

interface FieldSet {
  readonly fields: readonly Field[];
  readonly byType: readonly (Field | undefined)[];
}

type Values = { [name: string]: unknown };

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

const U16_RANGE = [0, 0xffff] as const;
const U32_RANGE = [0, 0xffffffff] as const;

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

/** Reads text that may lack its NUL; what follows the first NUL is not part of it. */
export function readString(bytes: Uint8Array, start: number, end: number): string {
  const nul = bytes.subarray(start, end).indexOf(0);
  return textDecoder.decode(bytes.subarray(start, nul === -1 ? end : start + nul));
}

/**
 * Calls `visit` with type (flags removed), raw type, and the bounds of the value for every
 * attribute that lies at `start` to `end`.
 *
 * The rule (`nla_ok`): 4 <= length <= what remains, the length excludes padding, and the last one
 * may be unpadded. Throws a {@link DecodeError} for any other length, and for one to three bytes
 * that are left over.
 */
export function walkAttributes(
  view: ByteView,
  start: number,
  end: number,
  path: string,
  visit: (type: number, rawType: number, start: number, end: number) => void,
): void {
  const { data } = view;
  let offset = start;
  while (end - offset >= ATTRIBUTE_HEADER_LENGTH) {
    const length = data.getUint16(offset, LITTLE_ENDIAN);
    const rawType = data.getUint16(offset + 2, LITTLE_ENDIAN);
    if (length < ATTRIBUTE_HEADER_LENGTH || length > end - offset) {
      throw new DecodeError(
        `an attribute length of ${length} does not fit ${end - offset} bytes`,
        offset,
        path,
      );
    }
    visit(rawType & ATTRIBUTE_TYPE_MASK, rawType, offset + ATTRIBUTE_HEADER_LENGTH, offset + length);
    offset += align(length);
  }
  if (offset < end) throw new DecodeError('the attribute header is cut off', offset, path);
}

/**
 * Encodes and decodes the attribute sets of one table.
 *
 * Values are plain objects with the table's names. Nests are accepted with and without
 * NLA_F_NESTED and written without.
 */
export class AttributeCodec<const Sets> {
  readonly #sets = new Map<string, FieldSet>();

  constructor(sets: Sets & AttributeSets) {
    for (const [setName, specs] of Object.entries<AttributeSets[string]>(sets)) {
      const fields: Field[] = [];
      const byType: (Field | undefined)[] = [];
      for (const [name, [type, kind, third]] of Object.entries(specs)) {
        const nested = kind === 'nest' || kind === 'list' || kind === 'array';
        const field: Field = {
          name,
          type,
          kind,
          set: nested ? (third ?? '') : '',
          many: third === 'many' && !nested,
          least: leastLength(kind),
          range: RANGES[kind],
        };
        fields.push(field);
        byType[type] = field;
      }
      this.#sets.set(setName, { fields, byType });
    }
  }

  /**
   * Decodes the attributes at `start` to `end` by the set `name`.
   *
   * Unknown attributes are kept under `unknown`. Throws a {@link DecodeError} with offset and path
   * for a length that does not fit or a value shorter than its kind.
   */
  decode<Name extends keyof Sets & string>(
    name: Name,
    view: ByteView,
    start = 0,
    end: number = view.bytes.length,
    path: string = name,
  ): AttributeValues<Sets, Name> {
    return this.#decodeSet(name, view, start, end, path) as AttributeValues<Sets, Name>;
  }

  /** Decodes attributes that fill `bytes`. */
  decodeBytes<Name extends keyof Sets & string>(name: Name, bytes: Uint8Array): AttributeValues<Sets, Name> {
    return this.decode(name, new ByteView(bytes));
  }

  /**
   * Appends the values as attributes, in the table's order, then the unknown ones as they came.
   *
   * Throws a {@link FieldError} that names the attribute for a value of another type or out of its
   * kind's range. What was appended before that stays in the writer: reset it to where the message
   * began.
   */
  encode<Name extends keyof Sets & string>(
    name: Name,
    writer: MessageWriter,
    values: AttributeValues<Sets, Name>,
    path: string = name,
  ): void {
    this.#encodeSet(name, writer, values as Values, path);
  }

  /**
   * The path of the attribute whose header lies at `offset`, for the OFFS of an extended ack;
   * `undefined` when no attribute of the table covers it.
   */
  pathAt(
    name: keyof Sets & string,
    view: ByteView,
    start: number,
    end: number,
    offset: number,
    path = '',
  ): string | undefined {
    let found: string | undefined;
    const { byType } = this.#set(name);
    walkAttributes(view, start, end, path, (type, _raw, from, to) => {
      if (offset < from - ATTRIBUTE_HEADER_LENGTH || offset >= to) return;
      const field = byType[type];
      const here = joinPath(path, field?.name ?? `attribute ${type}`);
      found = here;
      if (field?.kind === 'nest' && offset >= from) {
        found = this.pathAt(field.set as keyof Sets & string, view, from, to, offset, here) ?? here;
      }
    });
    return found;
  }

  /**
   * The path of an attribute of type `missing` that the nest whose header lies at `offset` lacks,
   * for MISS_TYPE and MISS_NEST of an extended ack; 0 stands for the message itself. `undefined`
   * where the table has no such nest.
   */
  pathOfMissing(
    name: keyof Sets & string,
    view: ByteView,
    start: number,
    end: number,
    offset: number,
    missing: number,
    path = '',
  ): string | undefined {
    const { byType } = this.#set(name);
    if (offset === 0) return joinPath(path, byType[missing]?.name ?? `attribute ${missing}`);
    let found: string | undefined;
    walkAttributes(view, start, end, path, (type, _raw, from, to) => {
      const header = from - ATTRIBUTE_HEADER_LENGTH;
      if (offset < header || offset >= to) return;
      const field = byType[type];
      if (field?.kind !== 'nest') return;
      const inner = offset === header ? 0 : offset;
      const set = field.set as keyof Sets & string;
      found = this.pathOfMissing(set, view, from, to, inner, missing, joinPath(path, field.name));
    });
    return found;
  }

  /** The name of attribute `type` of the set `name`. */
  attributeName(name: keyof Sets & string, type: number): string | undefined {
    return this.#set(name).byType[type]?.name;
  }

  /** The set inside the nest `type` of the set `name`. */
  nestedSet(name: keyof Sets & string, type: number): (keyof Sets & string) | undefined {
    const field = this.#set(name).byType[type];
    return field === undefined || field.set === '' ? undefined : (field.set as keyof Sets & string);
  }

  #set(name: string): FieldSet {
    const set = this.#sets.get(name);
    if (set === undefined) throw new TypeError(`no attribute set is called ${name}`);
    return set;
  }

  #decodeSet(name: string, view: ByteView, start: number, end: number, path: string): Values {
    const { byType } = this.#set(name);
    const values: Values = {};
    walkAttributes(view, start, end, path, (type, rawType, from, to) => {
      const field = byType[type];
      if (field === undefined) {
        const unknown = (values.unknown ??= []) as UnknownAttribute[];
        unknown.push({ type: rawType, bytes: view.bytes.slice(from, to) });
        return;
      }
      if (field.kind === 'padding') return;
      const fieldPath = joinPath(path, field.name);
      if (to - from < field.least) {
        throw new DecodeError(`${to - from} bytes are too few for ${field.kind}`, from, fieldPath);
      }
      const value = this.#decodeValue(field, view, from, to, fieldPath);
      if (field.many) ((values[field.name] ??= []) as unknown[]).push(value);
      else values[field.name] = value;
    });
    return values;
  }

  #decodeValue(field: Field, view: ByteView, from: number, to: number, path: string): unknown {
    const { data, bytes } = view;
    switch (field.kind) {
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
      case 'nest':
        return this.#decodeSet(field.set, view, from, to, path);
      case 'list':
      case 'array': {
        const entries: Values[] = [];
        walkAttributes(view, from, to, path, (_type, _raw, entryFrom, entryTo) => {
          entries.push(this.#decodeSet(field.set, view, entryFrom, entryTo, `${path}[${entries.length}]`));
        });
        return entries;
      }
      default:
        return true;
    }
  }

  #encodeSet(name: string, writer: MessageWriter, values: Values, path: string): void {
    if (typeof values !== 'object' || values === null)
      throw new FieldError(path, values, 'must be an object');
    for (const field of this.#set(name).fields) {
      const value = values[field.name];
      if (value === undefined || field.kind === 'padding') continue;
      if (field.many) {
        for (const entry of listOf(value, joinPath(path, field.name)))
          encodeScalar(field, writer, entry, path);
      } else if (field.set === '') encodeScalar(field, writer, value, path);
      else this.#encodeNest(field, writer, value, joinPath(path, field.name));
    }
    if (values.unknown === undefined) return;
    for (const entry of listOf(values.unknown, joinPath(path, 'unknown'))) {
      const { type, bytes } = unknownAttribute(entry, joinPath(path, 'unknown'));
      const offset = writer.beginAttribute(type);
      writer.raw(bytes);
      writer.endAttribute(offset, joinPath(path, `attribute ${type & ATTRIBUTE_TYPE_MASK}`));
    }
  }

  #encodeNest(field: Field, writer: MessageWriter, value: unknown, path: string): void {
    const offset = writer.beginAttribute(field.type);
    if (field.kind === 'nest') {
      this.#encodeSet(field.set, writer, value as Values, path);
    } else {
      const numbered = field.kind === 'array';
      for (const [index, entry] of listOf(value, path).entries()) {
        const entryPath = `${path}[${index}]`;
        const entryOffset = writer.beginAttribute(numbered ? index + 1 : 1);
        this.#encodeSet(field.set, writer, entry as Values, entryPath);
        writer.endAttribute(entryOffset, entryPath);
      }
    }
    writer.endAttribute(offset, path);
  }
}

/** Appends one attribute. `path` is that of what holds it: paths are put together only for errors. */
function encodeScalar(field: Field, writer: MessageWriter, value: unknown, path: string): void {
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

function encodeText(field: Field, writer: MessageWriter, value: unknown, path: string): void {
  if (!isText(value))
    throw new FieldError(joinPath(path, field.name), value, 'must be Unicode text without NUL');
  if (!isPlainText(value)) return encodeBytes(field, writer, textEncoder.encode(`${value}\0`), path);
  const { length } = value;
  const at = writer.attribute(field.type, checkedLength(field, length + 1, path));
  for (let index = 0; index < length; index++) writer.put8(at + index, value.charCodeAt(index));
}

function encodeBytes(field: Field, writer: MessageWriter, bytes: Uint8Array, path: string): void {
  writer.putBytes(writer.attribute(field.type, checkedLength(field, bytes.length, path)), bytes);
}

function checkedLength(field: Field, length: number, path: string): number {
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

function listOf(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new FieldError(path, value, 'must be a list');
  return value;
}

function unknownAttribute(entry: unknown, path: string): UnknownAttribute {
  if (typeof entry !== 'object' || entry === null) throw new FieldError(path, entry, 'must be attributes');
  const { type, bytes } = entry as UnknownAttribute;
  wholeNumber(U16_RANGE, type, path, 'type');
  if (!(bytes instanceof Uint8Array)) throw new FieldError(`${path}.bytes`, bytes, 'must be bytes');
  return { type, bytes };
}

function integer(field: Field, value: unknown, path: string): void {
  wholeNumber(field.range!, value, path, field.name);
}

function wholeNumber(
  [least, most]: readonly [least: number, most: number],
  value: unknown,
  path: string,
  name: string,
): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new FieldError(joinPath(path, name), value, `must be a whole number from ${least} to ${most}`);
  }
}

function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
