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
  },
  inner: { value: [1, 'u32'] },
} as const);

const inner = fc.option(record({ value: fc.integer({ min: 0, max: 0xffffffff }) }), { nil: {} });
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const word = fc.integer({ min: 0, max: 0xffffffff });
const all = record({
  u8: optional(fc.integer({ min: 0, max: 255 })),
  u16: optional(fc.integer({ min: 0, max: 65535 })),
  u32: optional(word),
  s32: optional(fc.integer({ min: -0x80000000, max: 0x7fffffff })),
  u64: optional(fc.bigInt({ min: 0n, max: 0xffffffffffffffffn })),
  u16be: optional(fc.integer({ min: 0, max: 65535 })),
  u32be: optional(word),
  string: optional(
    fc
      .oneof(fc.constant('\ufeffmark'), fc.string({ unit: 'grapheme' }))
      .filter((value) => !value.includes('\0')),
  ),
  bytes: optional(fc.uint8Array({ maxLength: 30 })),
  bytes4: optional(fc.uint8Array({ minLength: 4, maxLength: 4 })),
  bytes16: optional(fc.uint8Array({ minLength: 16, maxLength: 16 })),
  flags: optional(record({ flags: word, mask: word })),
  presence: optional(fc.constant(true as const)),
  many: optional(fc.array(fc.integer({ min: 0, max: 65535 }), { minLength: 1, maxLength: 4 })),
  nest: optional(inner),
  list: optional(fc.array(inner, { maxLength: 4 })),
  array: optional(fc.array(inner, { maxLength: 4 })),
  unknown: optional(
    fc.array(record({ type: fc.integer({ min: 19, max: 0xffff }), bytes: fc.uint8Array() }), {
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
      const unknown = values.unknown?.filter(({ type }) => (type & 0x3fff) > 18);
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
    unknown: [{ type: 0xc063, bytes: Uint8Array.of(1) }],
  });
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
    nest(16, value),
    nest(17, nest(1, value), nest(1)),
    nest(18, nest(1, value), nest(2)),
    attribute(0xc063, u8(1)),
  ]);
  assert.deepEqual(Buffer.from(writer.bytes), expected);
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
    [{ many: [1, -1] }, 'all.many'],
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

test('any bytes end in values or a DecodeError, and nothing behind the end is read', () => {
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
