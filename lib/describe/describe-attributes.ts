import type { AttributeSpec, ByteView } from '../../protocol/netlink/index.ts';
import { ATTRIBUTE_HEADER_LENGTH, walkAttributes } from '../../protocol/netlink/index.ts';
import type { FamilySpec } from './family-spec.ts';
import { hexadecimal } from './hexadecimal.ts';

/** An attribute in readable form: a nest has `attributes`, any other attribute has a `value`. */
export interface DescribedAttribute {
  /** Its name in the attribute set; `attribute 99` for a type that the set does not contain. */
  readonly name: string;
  /** The value: a number or text. 64-bit numbers are decimal text, bytes hexadecimal text. */
  readonly value?: string | number | undefined;
  /** The attributes in the nest, in order. */
  readonly attributes?: readonly DescribedAttribute[] | undefined;
}

/**
 * Describes the attributes from `start` to `end` by an attribute set of the family, and appends them to
 * `described`. `outerFamily` is the address family of the enclosing nest or message. Throws a DecodeError at a
 * malformed attribute; those before it have been appended.
 */
export function describeAttributes(
  familySpec: FamilySpec,
  set: string,
  view: ByteView,
  [start, end]: readonly [start: number, end: number],
  outerFamily: number | undefined,
  described: DescribedAttribute[],
): void {
  const specs = new Map<number, readonly [name: string, spec: AttributeSpec]>();
  for (const [name, spec] of Object.entries(familySpec.codec.sets[set]!)) specs.set(spec[0], [name, spec]);
  const addressFamily = addressFamilyIn(familySpec, set, view, start, end) ?? outerFamily;
  walkAttributes(view, start, end, set, (type, _rawType, from, to) => {
    const [name, spec] = specs.get(type) ?? [`attribute ${type}`, undefined];
    if (spec === undefined) {
      described.push({ name, value: hexadecimal(view.bytes.subarray(from, to)) });
      return;
    }
    // The third element is the name of the nested set, the kind of the entries, or `multi`.
    const [, kind, third] = spec;
    if (kind === 'padding') return;
    if (kind === 'nest') {
      const attributes: DescribedAttribute[] = [];
      described.push({ name, attributes });
      describeAttributes(familySpec, third!, view, [from, to], addressFamily, attributes);
    } else if (
      (kind === 'list' || kind === 'indexed-array') &&
      Object.hasOwn(familySpec.codec.sets, third!)
    ) {
      // Entries of an array have numbers as types, entries of a list type 1; both are named by their position.
      const entries: DescribedAttribute[] = [];
      described.push({ name, attributes: entries });
      walkAttributes(view, from, to, `${set}.${name}`, (_type, _raw, entryFrom, entryTo) => {
        const attributes: DescribedAttribute[] = [];
        entries.push({ name: `${entries.length + 1}`, attributes });
        describeAttributes(familySpec, third!, view, [entryFrom, entryTo], addressFamily, attributes);
      });
    } else {
      const values = familySpec.codec.decode(set, view, from - ATTRIBUTE_HEADER_LENGTH, to);
      const value = (values as Readonly<Record<string, unknown>>)[name];
      for (const item of third === 'multi' ? (value as unknown[]) : [value])
        described.push({
          name,
          value: jsonValue(familySpec.formatValue?.(set, name, item, addressFamily) ?? item),
        });
    }
  });
}

/**
 * Returns the value of the attribute `family` among the attributes from `start` to `end`: the family of the addresses
 * among them, which it may follow.
 */
function addressFamilyIn(
  { codec }: FamilySpec,
  set: string,
  view: ByteView,
  start: number,
  end: number,
): number | undefined {
  const spec = codec.sets[set]!.family;
  if (spec === undefined || !/^u\d+$/.test(spec[1])) return undefined;
  let family: number | undefined;
  walkAttributes(view, start, end, set, (type, _raw, from, to) => {
    if (type !== spec[0]) return;
    const values = codec.decode(set, view, from - ATTRIBUTE_HEADER_LENGTH, to);
    family = (values as { readonly family?: number }).family;
  });
  return family;
}

/**
 * Converts a decoded value to one that JSON can hold: 64-bit numbers to decimal text, bytes to hexadecimal
 * text, flags and their mask to text such as `flags 0x5 mask 0x7`.
 */
export function jsonValue(value: unknown): string | number {
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return hexadecimal(value);
  if (Array.isArray(value)) return value.map(jsonValue).join(' ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, bits]) => `${name} 0x${Number(bits).toString(16)}`)
      .join(' ');
  return String(value);
}
