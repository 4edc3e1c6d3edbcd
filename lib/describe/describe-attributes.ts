import type { AttributeSpec, ByteView } from '../../protocol/netlink/index.ts';
import { ATTRIBUTE_HEADER_LENGTH, walkAttributes } from '../../protocol/netlink/index.ts';
import { hexadecimal } from './hexadecimal.ts';
import type { MessageTable } from './message-table.ts';

/** A described attribute: a nest has `attributes`, any other a `value`. */
export interface DescribedAttribute {
  /** Its name in the table; `attribute 99` if the table has none for type 99. */
  readonly name: string;
  /**
   * The value, unless it is a nest: a number or text; 64-bit numbers as decimal text, bytes as hexadecimal
   * text.
   */
  readonly value?: string | number | undefined;
  /** The attributes in a nest, in their order. */
  readonly attributes?: readonly DescribedAttribute[] | undefined;
}

/**
 * Describes the attributes from `start` to `end` by an attribute set of the table, and appends them to
 * `described`. Throws a DecodeError at a malformed attribute; those before it have been appended.
 */
export function describeAttributes(
  table: MessageTable,
  set: string,
  view: ByteView,
  [start, end]: readonly [start: number, end: number],
  addressFamily: number | undefined,
  described: DescribedAttribute[],
): void {
  const specs = new Map<number, readonly [name: string, spec: AttributeSpec]>();
  for (const [name, spec] of Object.entries(table.codec.sets[set]!)) specs.set(spec[0], [name, spec]);
  const family = familyIn(table, set, view, start, end) ?? addressFamily;
  walkAttributes(view, start, end, set, (type, _rawType, from, to) => {
    const [name, spec] = specs.get(type) ?? [`attribute ${type}`, undefined];
    if (spec === undefined) {
      described.push({ name, value: hexadecimal(view.bytes.subarray(from, to)) });
      return;
    }
    const [, kind, inner] = spec;
    if (kind === 'padding') return;
    if (kind === 'nest') {
      const attributes: DescribedAttribute[] = [];
      described.push({ name, attributes });
      describeAttributes(table, inner!, view, [from, to], family, attributes);
    } else if ((kind === 'list' || kind === 'array') && Object.hasOwn(table.codec.sets, inner!)) {
      const entries: DescribedAttribute[] = [];
      described.push({ name, attributes: entries });
      walkAttributes(view, from, to, `${set}.${name}`, (_type, _raw, entryFrom, entryTo) => {
        const attributes: DescribedAttribute[] = [];
        entries.push({ name: `${entries.length + 1}`, attributes });
        describeAttributes(table, inner!, view, [entryFrom, entryTo], family, attributes);
      });
    } else {
      const values = table.codec.decode(set, view, from - ATTRIBUTE_HEADER_LENGTH, to);
      const value = (values as Readonly<Record<string, unknown>>)[name];
      for (const item of inner === 'multi' ? (value as unknown[]) : [value])
        described.push({ name, value: shownValue(table.formatValue?.(set, name, item, family) ?? item) });
    }
  });
}

/**
 * Returns the value of the attribute `family` in a nest, which tells how addresses in it are formatted; it
 * may come after them.
 */
function familyIn(
  { codec }: MessageTable,
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
 * text.
 */
export function shownValue(value: unknown): string | number {
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return hexadecimal(value);
  if (Array.isArray(value)) return value.map(shownValue).join(' ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, word]) => `${name} 0x${Number(word).toString(16)}`)
      .join(' ');
  return String(value);
}
