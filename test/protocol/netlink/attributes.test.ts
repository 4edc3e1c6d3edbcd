import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  AttributeCodec,
  ByteView,
  controllerCodec,
  DecodeError,
  FieldError,
  ipvsCodec,
  MessageWriter,
  readString,
} from '../../../protocol/index.ts';
import { destinationNests, mutated, record, serviceNests } from '../arbitraries.ts';
import { attribute, nest, padded, text, u8, u16, u16be, u32, u64 } from '../plain-encoder.ts';

const codec = new AttributeCodec({
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
    presence: [13, 'presence'],
    padding: [14, 'padding'],
    many: [15, 'u16', 'many'],
    nest: [16, 'nest', 'inner'],
    list: [17, 'list', 'inner'],
    array: [18, 'array', 'inner'],
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
    packedFlags: [30, 'packed', 'bitfield32'],
    numbers: [31, 'array', 'u32'],
    names: [32, 'list', 'string'],
    nests: [33, 'nest', 'inner', 'many'],
  },
  inner: { value: [1, 'u32'] },
} as const);

const inner = fc.option(record({ value: fc.integer({ min: 0, max: 0xffffffff }) }), { nil: {} });
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const word = fc.integer({ min: 0, max: 0xffffffff });
const signed = (bits: number): fc.Arbitrary<number> =>
  fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const word64 = fc.oneof(word.map(BigInt), fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }));
const signed64 = fc.oneof(
  signed(32).map(BigInt),
  fc.bigInt({ min: -0x8000000000000000n, max: 0x7fffffffffffffffn }),
);
const bitfield = fc
  .tuple(word, word)
  .map(([bits, selector]) => ({ value: (bits & selector) >>> 0, selector }));
/** What reads as text of a name, whatever its bytes. */
const names = fc.oneof(
  fc.constant('\ufeffmark'),
  fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0')),
  fc.uint8Array({ maxLength: 12, min: 1 }).map((bytes) => readString(bytes, 0, bytes.length)),
);
const all = record({
  u8: optional(fc.integer({ min: 0, max: 255 })),
  u16: optional(fc.integer({ min: 0, max: 65535 })),
  u32: optional(word),
  s32: optional(fc.integer({ min: -0x80000000, max: 0x7fffffff })),
  u64: optional(word64),
  u16be: optional(fc.integer({ min: 0, max: 65535 })),
  u32be: optional(word),
  string: optional(names),
  bytes: optional(fc.uint8Array({ maxLength: 30 })),
  bytes4: optional(fc.uint8Array({ minLength: 4, maxLength: 4 })),
  bytes16: optional(fc.uint8Array({ minLength: 16, maxLength: 16 })),
  flags: optional(record({ flags: word, mask: word })),
  presence: optional(fc.constant(true as const)),
  many: optional(fc.array(fc.integer({ min: 0, max: 65535 }), { minLength: 1, maxLength: 4 })),
  nest: optional(inner),
  list: optional(fc.array(inner, { maxLength: 4 })),
  array: optional(fc.array(inner, { maxLength: 4 })),
  s8: optional(signed(8)),
  s16: optional(signed(16)),
  s64: optional(signed64),
  u64be: optional(word64),
  s16be: optional(signed(16)),
  s32be: optional(signed(32)),
  s64be: optional(signed64),
  uint: optional(word64),
  sint: optional(signed64),
  bitfield: optional(bitfield),
  packed: optional(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 4 })),
  packedFlags: optional(fc.array(bitfield, { maxLength: 3 })),
  numbers: optional(fc.array(word, { maxLength: 4 })),
  names: optional(fc.array(names, { maxLength: 4 })),
  nests: optional(fc.array(inner, { minLength: 1, maxLength: 3 })),
  unknown: optional(
    fc.array(record({ type: fc.integer({ min: 34, max: 0xffff }), bytes: fc.uint8Array() }), {
      minLength: 1,
      maxLength: 3,
    }),
  ),
});

/** Without the keys that are undefined, prototypes put aside. */
function present(value: object): unknown {
  const normal = Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined));
  return structuredClone(normal);
}

test('any values of every kind round-trip', () => {
  fc.assert(
    fc.property(all, (values) => {
      const unknown = values.unknown?.filter(({ type }) => (type & 0x3fff) > 33);
      const kept = { ...values, unknown: unknown?.length ? unknown : undefined };
      const writer = new MessageWriter(0);
      codec.encode('all', writer, kept);
      assert.deepEqual(present(codec.decodeBytes('all', writer.copy())), present(kept));
    }),
    { numRuns: 300 },
  );
});

test('every kind has the bytes of the plain encoder', () => {
  const writer = new MessageWriter();
  codec.encode('all', writer, {
    u8: 1,
    u16: 2,
    u32: 3,
    s32: -4,
    u64: 5n,
    u16be: 6,
    u32be: 7,
    string: 'eight',
    bytes: Uint8Array.of(9),
    bytes4: Uint8Array.of(1, 2, 3, 4),
    flags: { flags: 12, mask: 13 },
    presence: true,
    many: [15, 16],
    nest: { value: 1 },
    list: [{ value: 1 }, {}],
    array: [{ value: 1 }, {}],
    s8: -1,
    s16: -2,
    s64: -3n,
    u64be: 4n,
    s16be: -5,
    s32be: -6,
    s64be: -7n,
    uint: 0xffffffffn,
    sint: 0x80000000n,
    bitfield: { value: 4, selector: 6 },
    packed: [1, 2, 3],
    packedFlags: [{ value: 0, selector: 1 }],
    numbers: [5, 6],
    names: ['a', 'caf\udce9'],
    nests: [{ value: 1 }, {}],
    unknown: [{ type: 0xc063, bytes: Uint8Array.of(1) }],
  });
  const big = (...bytes: number[]): Buffer => Buffer.from(bytes);
  const nested = (type: number): number => 0x8000 | type;
  const value = attribute(1, u32(1));
  const expected = padded([
    attribute(1, u8(1)),
    attribute(2, u16(2)),
    attribute(3, u32(3)),
    attribute(4, u32(-4)),
    attribute(5, u64(5n)),
    attribute(6, u16be(6)),
    attribute(7, Buffer.from([0, 0, 0, 7])),
    attribute(8, text('eight')),
    attribute(9, u8(9)),
    attribute(10, Buffer.from([1, 2, 3, 4])),
    attribute(12, Buffer.concat([u32(12), u32(13)])),
    attribute(13, Buffer.alloc(0)),
    attribute(15, u16(15)),
    attribute(15, u16(16)),
    nest(nested(16), value),
    nest(nested(17), nest(nested(1), value), nest(nested(1))),
    nest(nested(18), nest(nested(1), value), nest(nested(2))),
    attribute(19, big(0xff)),
    attribute(20, big(0xfe, 0xff)),
    attribute(21, big(0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
    attribute(22, big(0, 0, 0, 0, 0, 0, 0, 4)),
    attribute(23, big(0xff, 0xfb)),
    attribute(24, big(0xff, 0xff, 0xff, 0xfa)),
    attribute(25, big(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf9)),
    attribute(26, u32(0xffffffff)),
    attribute(27, u64(0x80000000n)),
    attribute(28, Buffer.concat([u32(4), u32(6)])),
    attribute(29, big(0, 1, 0, 2, 0, 3)),
    attribute(30, Buffer.concat([u32(0), u32(1)])),
    nest(nested(31), attribute(1, u32(5)), attribute(2, u32(6))),
    nest(nested(32), attribute(1, text('a')), attribute(1, Buffer.from('caf\xe9\0', 'latin1'))),
    nest(nested(33), value),
    nest(nested(33)),
    attribute(0xc063, u8(1)),
  ]);
  assert.deepEqual(Buffer.from(writer.bytes), expected);
});

test('nests are written without NLA_F_NESTED where the codec is told so', () => {
  const plain = new AttributeCodec({ set: { nest: [1, 'nest', 'set'] } } as const, { nestedFlag: false });
  const writer = new MessageWriter();
  plain.encode('set', writer, { nest: {} });
  assert.deepEqual(Buffer.from(writer.bytes), attribute(1, Buffer.alloc(0)));
});

test('a table that makes no sense is refused by the name of the attribute', () => {
  const cases: [sets: object, field: string][] = [
    [{ set: { a: [1, 'u33'] } }, 'set.a'],
    [{ set: { a: [1, 'toString'] } }, 'set.a'],
    [{ set: { a: [1, 'nest', 'other'] } }, 'set.a'],
    [{ set: { a: [1, 'nest', 'u32'] } }, 'set.a'],
    [{ set: { a: [1, 'array'] } }, 'set.a'],
    [{ set: { a: [1, 'array', '__proto__'] } }, 'set.a'],
    [{ set: { a: [1, 'packed', 'string'] } }, 'set.a'],
    [{ set: { a: [1, 'packed', 'set'] } }, 'set.a'],
    [{ set: { a: [-1, 'u8'] } }, 'set.a'],
    [{ set: { a: [0x4000, 'u8'] } }, 'set.a'],
    [{ set: { a: [1, 'u8'], b: [1, 'u8'] } }, 'set.b'],
    [{ set: { unknown: [1, 'u8'] } }, 'set.unknown'],
    [{ set: { ['__proto__']: [1, 'u8'] } }, 'set.__proto__'],
    [{ u32: {} }, 'u32'],
  ];
  for (const [sets, field] of cases)
    assert.throws(() => new AttributeCodec(sets as never), { name: 'FieldError', field });
});

test('a variable integer is read from 4 and from 8 bytes', () => {
  const read = (bytes: Buffer): unknown => codec.decodeBytes('all', bytes);
  assert.deepEqual({ ...(read(attribute(26, u64(7n))) as object) }, { uint: 7n });
  assert.deepEqual({ ...(read(attribute(27, u32(-7))) as object) }, { sint: -7n });
});

test('NLA_F_NESTED and NLA_F_NET_BYTEORDER are not part of the type', () => {
  assert.deepEqual(
    { ...codec.decodeBytes('all', padded([attribute(0x8000 | 16, attribute(1, u32(5)))])) },
    { nest: { value: 5 } },
  );
  assert.deepEqual({ ...codec.decodeBytes('all', padded([attribute(0x4002, u16(5))])) }, { u16: 5 });
});

test('of a repeated attribute the last one counts, unless the table says many', () => {
  const bytes = padded([
    attribute(3, u32(1)),
    attribute(15, u16(1)),
    attribute(3, u32(2)),
    attribute(15, u16(2)),
  ]);
  assert.deepEqual({ ...codec.decodeBytes('all', bytes) }, { u32: 2, many: [1, 2] });
});

test('strings may lack their NUL, and end at the first one', () => {
  assert.equal(codec.decodeBytes('all', attribute(8, Buffer.from('abc'))).string, 'abc');
  assert.equal(codec.decodeBytes('all', attribute(8, Buffer.from('ab\0cd\0'))).string, 'ab');
  assert.equal(codec.decodeBytes('all', attribute(8, Buffer.alloc(0))).string, '');
});

test('the last attribute may be unpadded', () => {
  assert.equal(codec.decodeBytes('all', attribute(1, u8(7))).u8, 7);
});

test('malformed attributes name offset and path', () => {
  const inside = (bytes: Uint8Array): Buffer => padded([attribute(1, u8(1)), attribute(16, bytes)]);
  const cases: [bytes: Buffer, offset: number, path: string][] = [
    [Buffer.from([3, 0, 1, 0]), 0, 'all'],
    [Buffer.from([0, 0, 1, 0]), 0, 'all'],
    [Buffer.from([5, 0, 1, 0]), 0, 'all'],
    [Buffer.from([4, 0, 99, 0, 1]), 4, 'all'],
    [padded([attribute(3, u16(1))]), 4, 'all.u32'],
    [attribute(12, u32(1)), 4, 'all.flags'],
    [inside(Buffer.from([9, 0, 1, 0, 0, 0, 0, 0])), 12, 'all.nest'],
    [inside(attribute(1, u16(1))), 16, 'all.nest.value'],
    [padded([nest(17, nest(1), nest(1, attribute(1, u16(1))))]), 16, 'all.list[1].value'],
    [padded([attribute(26, u16(1))]), 4, 'all.uint'],
    [padded([attribute(29, Buffer.alloc(3))]), 4, 'all.packed'],
    [padded([nest(31, attribute(1, u32(1)), attribute(2, u16(1)))]), 16, 'all.numbers[1]'],
    [padded([nest(33), nest(33, attribute(1, u8(1)))]), 12, 'all.nests.value'],
  ];
  for (const [bytes, offset, path] of cases) {
    assert.throws(
      () => codec.decodeBytes('all', bytes),
      (error) => {
        assert.ok(error instanceof DecodeError);
        assert.deepEqual([error.offset, error.path], [offset, path]);
        return true;
      },
    );
  }
});

test('values of another type or out of range are refused by name', () => {
  const word64 = 2n ** 64n;
  const cases: [string, unknown[]][] = [
    ['u8', [-1, 256, 1.5, Number.NaN, null, '1', 1n, true]],
    ['u16', [-1, 65536, null]],
    ['u32', [-1, 2 ** 32, Number.POSITIVE_INFINITY]],
    ['s32', [-(2 ** 31) - 1, 2 ** 31]],
    ['u64', [1, -1n, word64, null]],
    ['u16be', [65536, '80']],
    ['u32be', [2 ** 32]],
    ['string', ['a\0b', 5, null, '\ud800']],
    ['bytes', ['abc', [1], null]],
    ['bytes4', [new Uint8Array(5), new Uint8Array(0)]],
    ['bytes16', [new Uint8Array(4)]],
    ['flags', [null, 5]],
    ['presence', [false, 1]],
    ['s8', [-129, 128]],
    ['s16', [-32769, 32768]],
    ['s64', [1, -(2n ** 63n) - 1n, 2n ** 63n]],
    ['u64be', [1, -1n, word64]],
    ['s16be', [32768, '1']],
    ['s32be', [2 ** 31, 1n]],
    ['s64be', [2n ** 63n]],
    ['uint', [1, -1n, word64]],
    ['sint', [1, 2n ** 63n]],
    ['bitfield', [null, 5]],
    ['packed', [5, 'abc']],
    ['numbers', [5, {}]],
    ['nests', [{}, 5]],
    ['nonsense', [1, {}, null]],
    ['many', [5, null]],
    ['nest', [null, 5]],
    ['list', [{}, 5, null]],
    ['array', ['abc']],
    ['unknown', [{}, [null]]],
  ];
  for (const [field, values] of cases) {
    for (const value of values) {
      assert.throws(
        () => codec.encode('all', new MessageWriter(), { [field]: value }),
        (error) => error instanceof FieldError && error.field === `all.${field}`,
        `${field} ${String(value)}`,
      );
    }
  }
  for (const [value, field] of [
    [{ flags: { flags: 1, mask: -1 } }, 'all.flags.mask'],
    [{ many: [1, -1] }, 'all.many[1]'],
    [{ bitfield: { value: 1, selector: -1 } }, 'all.bitfield.selector'],
    [{ bitfield: { value: 3, selector: 2 } }, 'all.bitfield.value'],
    [{ packed: [1, 65536] }, 'all.packed[1]'],
    [{ packed: new Array(40000).fill(1) }, 'all.packed'],
    [{ numbers: [1, -1] }, 'all.numbers[1]'],
    [{ names: ['a', '\0'] }, 'all.names[1]'],
    [{ nests: [{}, { value: -1 }] }, 'all.nests[1].value'],
    [{ nest: { valeu: 1 } }, 'all.nest.valeu'],
    [{ list: [{ value: 1 }, [1]] }, 'all.list[1]'],
    [{ list: [{}, { value: -1 }] }, 'all.list[1].value'],
    [{ list: [null] }, 'all.list[0]'],
    [{ unknown: [{ type: 70000, bytes: new Uint8Array(0) }] }, 'all.unknown.type'],
    [{ unknown: [{ type: 1, bytes: 'x' }] }, 'all.unknown.bytes'],
    [{ bytes: new Uint8Array(65532) }, 'all.bytes'],
  ] as const) {
    assert.throws(() => codec.encode('all', new MessageWriter(), value as object), {
      name: 'FieldError',
      field,
    });
  }
});

test('the path of an offset goes down through nests', () => {
  const bytes = padded([
    nest(1, padded([attribute(1, u16(2)), attribute(8, u32(300))]), nest(10, attribute(3, u32(1)))),
    attribute(99, u32(1)),
  ]);
  const view = new ByteView(bytes);
  const at = (offset: number): string | undefined =>
    ipvsCodec.pathAt('command', view, 0, bytes.length, offset);
  assert.equal(at(0), 'service');
  assert.equal(at(4), 'service.family');
  assert.equal(at(12), 'service.timeout');
  assert.equal(at(16), 'service.timeout');
  assert.equal(at(24), 'service.stats.outgoingPackets');
  assert.equal(at(32), 'attribute 99');
  assert.equal(at(1000), undefined);
});

test('the path of an offset, and of what is missing, goes down through lists', () => {
  const bytes = padded([nest(17, nest(1), nest(1, attribute(1, u32(7)))), nest(31, attribute(1, u32(1)))]);
  const view = new ByteView(bytes);
  const at = (offset: number): string | undefined => codec.pathAt('all', view, 0, bytes.length, offset);
  assert.deepEqual([0, 4, 8, 12, 20, 24].map(at), [
    'list',
    'list[0]',
    'list[1]',
    'list[1].value',
    'numbers',
    'numbers[0]',
  ]);
  const missing = (offset: number): string | undefined =>
    codec.pathOfMissing('all', view, 0, bytes.length, offset, 1);
  assert.deepEqual([0, 4, 8, 12, 24].map(missing), [
    'u8',
    'list[0].value',
    'list[1].value',
    undefined,
    undefined,
  ]);
});

test('what is asked of a table that does not exist is a TypeError', () => {
  assert.throws(() => ipvsCodec.attributeName('nothing' as 'service', 1), TypeError);
  assert.equal(ipvsCodec.attributeName('service', 6), 'scheduler');
  assert.equal(ipvsCodec.attributeName('service', 60), undefined);
  assert.equal(ipvsCodec.nestedSet('service', 13), 'destination');
  assert.equal(ipvsCodec.nestedSet('service', 6), undefined);
});

const anyBytes = fc.oneof(
  mutated(serviceNests),
  mutated(destinationNests.map((inside) => attribute(2, inside))),
  mutated(serviceNests.map((inside) => attribute(1, inside))),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
);

test('any bytes end in values or a DecodeError, and nothing after the end is read', () => {
  const decode = (bytes: Buffer, set: 'command' | 'service' | 'destination', poison: number): unknown => {
    const room = Buffer.alloc(bytes.length + 16, poison);
    bytes.copy(room);
    try {
      return ipvsCodec.decode(set, new ByteView(room), 0, bytes.length);
    } catch (error) {
      if (error instanceof DecodeError) return [error.message, error.offset, error.path];
      throw error;
    }
  };
  fc.assert(
    fc.property(anyBytes, fc.constantFrom('command', 'service', 'destination'), (bytes, set) => {
      assert.deepEqual(decode(bytes, set, 0x00), decode(bytes, set, 0xff));
      try {
        controllerCodec.decodeBytes('family', bytes);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

test('any bytes that decode survive encoding and decoding again', () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      let values: ReturnType<typeof ipvsCodec.decodeBytes<'command'>>;
      try {
        values = ipvsCodec.decodeBytes('command', bytes);
      } catch (error) {
        if (error instanceof DecodeError) return;
        throw error;
      }
      const writer = new MessageWriter();
      ipvsCodec.encode('command', writer, values);
      assert.deepEqual(ipvsCodec.decodeBytes('command', writer.copy()), values);
    }),
    { numRuns: 500 },
  );
});
