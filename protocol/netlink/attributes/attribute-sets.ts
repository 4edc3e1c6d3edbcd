import { ATTRIBUTE_TYPE_MASK } from '../messages/constants.ts';
import { FieldError } from '../messages/errors.ts';
import type { ValueCodec, ValueKind, ValueTypes } from './value-kinds.ts';
import { valueCodec } from './value-kinds.ts';

/** An attribute that is not in its set, preserved so that decoding and encoding again loses nothing. */
export interface UnknownAttribute {
  /** The type as it was received, NESTED and NET_BYTEORDER flags included. */
  readonly type: number;
  /** The payload, without header and padding. */
  readonly bytes: Uint8Array;
}

/**
 * Specification of one attribute: its type number, its kind, and the nested attribute set or kind of value if any.
 *
 * - `[1, 'u32']`: a value, see {@link ValueTypes}.
 * - `[1, 'u32', 'multi']`, `[1, 'nest', 'port', 'multi']`: an attribute that may be repeated; its value
 *   is a list. If any other attribute is repeated, the last one wins.
 * - `[1, 'packed', 'u32']`: a C array of values of a fixed size.
 * - `[1, 'nest', 'port']`: a nest with attributes of the set `port`.
 * - `[1, 'indexed-array', 'port']`, `[1, 'indexed-array', 'u32']`: nested attributes, numbered from 1, each of which
 *   holds an attribute set or a value. The numbers are ignored when decoding.
 * - `[1, 'list', 'port']`, `[1, 'list', 'u32']`: the same, but every nested attribute has type 1.
 */
export type AttributeSpec =
  | readonly [type: number, kind: ValueKind]
  | readonly [type: number, kind: ValueKind, multi: 'multi']
  | readonly [type: number, kind: 'packed', value: ValueKind]
  | readonly [type: number, kind: 'nest' | 'list' | 'indexed-array', inner: string]
  | readonly [type: number, kind: 'nest', inner: string, multi: 'multi'];

/** Attribute sets by name: the specifications of their attributes, by name. */
export interface AttributeSets {
  readonly [set: string]: { readonly [attribute: string]: AttributeSpec };
}

/** The decoded form of a nested attribute set, or of a value of some kind. */
type Inner<Sets, Name> = Name extends keyof Sets
  ? AttributeValues<Sets, Name>
  : Name extends ValueKind
    ? ValueTypes[Name]
    : never;

/** The value of an attribute with this specification. */
type SpecValue<Sets, Spec> = Spec extends readonly [number, 'nest', infer Set]
  ? Inner<Sets, Set>
  : Spec extends readonly [number, 'list' | 'indexed-array' | 'packed', infer Name]
    ? readonly Inner<Sets, Name>[]
    : Spec extends readonly [number, 'nest', infer Set, 'multi']
      ? readonly Inner<Sets, Set>[]
      : Spec extends readonly [number, infer Kind extends ValueKind, 'multi']
        ? readonly ValueTypes[Kind][]
        : Spec extends readonly [number, infer Kind extends ValueKind]
          ? ValueTypes[Kind]
          : never;

/** The values of a set as an object: every attribute may be absent. */
export type AttributeValues<Sets, Name extends keyof Sets> = {
  readonly [Attribute in keyof Sets[Name]]?: SpecValue<Sets, Sets[Name][Attribute]> | undefined;
} & { readonly unknown?: readonly UnknownAttribute[] | undefined };

/** The shape of an attribute: one value, a packed array, a nested attribute set, or a list of nested attributes. */
type AttributeShape = 'value' | 'packed' | 'nest' | 'list' | 'indexed-array';

/** A validated {@link AttributeSpec}. */
export interface AttributeEntry {
  readonly name: string;
  readonly type: number;
  readonly shape: AttributeShape;
  /** Used in error messages: the kind of value, or the shape if the attribute holds nested sets. */
  readonly kind: string;
  /** Reads and writes the values; `undefined` if the attribute holds nested sets. */
  readonly codec: ValueCodec | undefined;
  /**
   * Name of the nested attribute set, or of the set of each element of a `list` or `indexed-array`; empty for values.
   */
  readonly set: string;
  readonly multi: boolean;
}

/** The attributes of one set: in encoding order, by type, and by name. */
export interface AttributeEntries {
  readonly inOrder: readonly AttributeEntry[];
  readonly byType: readonly (AttributeEntry | undefined)[];
  readonly byName: ReadonlyMap<string, AttributeEntry>;
}

/** Names that have another meaning in decoded objects. */
const RESERVED: ReadonlySet<string> = new Set(['unknown', '__proto__']);

/**
 * Validates attribute sets and indexes them for decoding and encoding.
 *
 * Throws a {@link FieldError} that names `set.attribute` for an unknown kind or set, a number
 * that is not an attribute type or is used twice, and a reserved name.
 */
export function prepareSets(sets: AttributeSets): ReadonlyMap<string, AttributeEntries> {
  const prepared = new Map<string, AttributeEntries>();
  for (const [setName, specs] of Object.entries(sets)) {
    if (valueCodec(setName) !== undefined)
      throw new FieldError(setName, setName, 'must not be the name of a kind of value');
    const inOrder: AttributeEntry[] = [];
    const byType: (AttributeEntry | undefined)[] = [];
    const byName = new Map<string, AttributeEntry>();
    for (const [name, spec] of Object.entries(specs)) {
      const path = `${setName}.${name}`;
      if (RESERVED.has(name)) throw new FieldError(path, name, 'is a reserved name');
      const entry = entryOf(sets, name, spec, path);
      if (byType[entry.type] !== undefined)
        throw new FieldError(path, entry.type, `must differ from the type of ${byType[entry.type]!.name}`);
      inOrder.push(entry);
      byType[entry.type] = entry;
      byName.set(name, entry);
    }
    prepared.set(setName, { inOrder, byType, byName });
  }
  return prepared;
}

function entryOf(sets: AttributeSets, name: string, spec: AttributeSpec, path: string): AttributeEntry {
  const [type, kind, third, fourth] = spec as readonly [number, string, string?, string?];
  if (!Number.isInteger(type) || type < 0 || type > ATTRIBUTE_TYPE_MASK)
    throw new FieldError(path, type, `must have a type from 0 to ${ATTRIBUTE_TYPE_MASK}`);
  if (kind === 'nest' || kind === 'list' || kind === 'indexed-array' || kind === 'packed') {
    const inner = third ?? '';
    const isSet = kind !== 'packed' && Object.hasOwn(sets, inner);
    const codec = isSet || kind === 'nest' ? undefined : valueCodec(inner);
    if (!isSet && codec === undefined)
      throw new FieldError(path, inner, 'must be one of the attribute sets or a kind of value');
    if (kind === 'packed' && codec!.size === undefined)
      throw new FieldError(path, inner, 'must be a kind of value with a fixed size');
    const multi = kind === 'nest' && fourth === 'multi';
    return { name, type, shape: kind, kind: isSet ? kind : inner, codec, set: isSet ? inner : '', multi };
  }
  const codec = valueCodec(kind);
  if (codec === undefined) throw new FieldError(path, kind, 'must be a known kind');
  return { name, type, shape: 'value', kind, codec, set: '', multi: third === 'multi' };
}
