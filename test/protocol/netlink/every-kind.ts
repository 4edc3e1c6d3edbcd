import { AttributeCodec } from '../../../protocol/index.ts';

/** Attribute sets with every kind of value. */
export const everyKindSets = {
  all: {
    u8: [1, 'u8'],
    u16: [2, 'u16'],
    u32: [3, 'u32'],
    s32: [4, 's32'],
    u64: [5, 'u64'],
    u16be: [6, 'u16be'],
    u32be: [7, 'u32be'],
    string: [8, 'string'],
    bytes: [9, 'bytes'],
    bytes4: [10, 'bytes4'],
    bytes16: [11, 'bytes16'],
    flags: [12, 'masked-flags'],
    flag: [13, 'flag'],
    padding: [14, 'padding'],
    multi: [15, 'u16', 'multi'],
    nest: [16, 'nest', 'inner'],
    list: [17, 'list', 'inner'],
    array: [18, 'indexed-array', 'inner'],
    s8: [19, 's8'],
    s16: [20, 's16'],
    s64: [21, 's64'],
    u64be: [22, 'u64be'],
    s16be: [23, 's16be'],
    s32be: [24, 's32be'],
    s64be: [25, 's64be'],
    uint: [26, 'uint'],
    sint: [27, 'sint'],
    bitfield: [28, 'bitfield32'],
    packed: [29, 'packed', 'u16be'],
    packedBitfields: [30, 'packed', 'bitfield32'],
    numbers: [31, 'indexed-array', 'u32'],
    names: [32, 'list', 'string'],
    nests: [33, 'nest', 'inner', 'multi'],
  },
  inner: { value: [1, 'u32'] },
} as const;

/** The codec of {@link everyKindSets}. */
export const codec: AttributeCodec<typeof everyKindSets> = new AttributeCodec(everyKindSets);
