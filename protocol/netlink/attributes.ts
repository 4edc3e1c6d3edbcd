import { ByteView } from './byte-view.ts';
import { ATTRIBUTE_HEADER_LENGTH, ATTRIBUTE_TYPE_MASK, align, LITTLE_ENDIAN } from './constants.ts';
import { DecodeError, FieldError } from './errors.ts';
import {
  encodeScalar,
  joinPath,
  leastLength,
  rangeOf,
  readScalar,
  type ScalarField,
  type ScalarKind,
  type ScalarValues,
  U16_RANGE,
  wholeNumber,
} from './scalars.ts';
import type { MessageWriter } from './writer.ts';

/** An attribute that the table does not know, kept so that a round trip loses nothing. */
export interface UnknownAttribute {
  /** The type as it came, NESTED and NET_BYTEORDER flags included. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

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

interface Field extends ScalarField {
  readonly kind: ScalarKind | 'nest' | 'list' | 'array';
  readonly set: string;
  readonly many: boolean;
}

interface FieldSet {
  readonly fields: readonly Field[];
  readonly byType: readonly (Field | undefined)[];
}

type Values = { [name: string]: unknown };

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
          range: rangeOf(kind),
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
    switch (field.kind) {
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
        return readScalar(field.kind, view, from, to);
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
