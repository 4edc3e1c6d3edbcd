import { AttributeCodec, MessageWriter } from '../../../protocol/index.ts';

const sets = {
  all: {
    u8: [1, 'u8'],
    u16be: [2, 'u16be'],
    s32: [3, 's32'],
    u64: [4, 'u64'],
    s64be: [5, 's64be'],
    uint: [6, 'uint'],
    sint: [7, 'sint'],
    text: [8, 'string'],
    bytes: [9, 'bytes'],
    bytes4: [10, 'bytes4'],
    bytes16: [11, 'bytes16'],
    flags: [12, 'masked-flags'],
    bits: [13, 'bitfield32'],
    flag: [14, 'flag'],
    padding: [15, 'padding'],
    names: [16, 'string', 'multi'],
    packed: [17, 'packed', 'u16be'],
    inner: [18, 'nest', 'all'],
    inners: [19, 'nest', 'all', 'multi'],
    array: [20, 'indexed-array', 'all'],
    numbers: [21, 'indexed-array', 's16'],
    list: [22, 'list', 'all'],
    texts: [23, 'list', 'string'],
  },
} as const;

/** A codec of a set with attributes of every kind, each kind of value at least once. */
export const everyTypeCodec: AttributeCodec<typeof sets> = new AttributeCodec(sets);

/** Returns encoded attributes of that set. */
export function everyTypeEncoded(): Uint8Array {
  const writer = new MessageWriter();
  const some = { u8: 1, text: 'a', names: ['b', ''] };
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
  everyTypeCodec.encode('all', writer, {
    ...{ u8: 255, u16be: 2, s32: -3, u64: 4n, s64be: -5n, uint: 6n, sint: -7n, text: 'text', bytes },
    ...{ bytes4: bytes.subarray(0, 4), bytes16: bytes, flags: { flags: 1, mask: 2 }, flag: true },
    ...{ bits: { value: 1, selector: 3 }, names: ['x', 'y'], packed: [1, 2, 3], inner: some },
    ...{ inners: [some, some], array: [some, {}], numbers: [1, -2], list: [some], texts: ['one', 'two'] },
  });
  return writer.copy();
}
