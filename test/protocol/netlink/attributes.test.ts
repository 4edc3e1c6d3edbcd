import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AttributeCodec,
  ByteView,
  DecodeError,
  FieldError,
  ipvsCodec,
  MessageWriter,
} from '../../../protocol/index.ts';
import { attribute, nest, padded, text, u8, u16, u16be, u32, u64 } from '../reference-encoder.ts';
import { codec } from './every-kind.ts';

test('every kind of value is encoded as by the reference encoder', () => {
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
    flag: true,
    multi: [15, 16],
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
    packedBitfields: [{ value: 0, selector: 1 }],
    numbers: [5, 6],
    names: ['a', 'caf\udce9'],
    nests: [{ value: 1 }, {}],
    unknown: [{ type: 0xc063, bytes: Uint8Array.of(1) }],
  });
  const raw = (...bytes: number[]): Buffer => Buffer.from(bytes);
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
    attribute(19, raw(0xff)),
    attribute(20, raw(0xfe, 0xff)),
    attribute(21, raw(0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
    attribute(22, raw(0, 0, 0, 0, 0, 0, 0, 4)),
    attribute(23, raw(0xff, 0xfb)),
    attribute(24, raw(0xff, 0xff, 0xff, 0xfa)),
    attribute(25, raw(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf9)),
    attribute(26, u32(0xffffffff)),
    attribute(27, u64(0x80000000n)),
    attribute(28, Buffer.concat([u32(4), u32(6)])),
    attribute(29, raw(0, 1, 0, 2, 0, 3)),
    attribute(30, Buffer.concat([u32(0), u32(1)])),
    nest(nested(31), attribute(1, u32(5)), attribute(2, u32(6))),
    nest(nested(32), attribute(1, text('a')), attribute(1, Buffer.from('caf\xe9\0', 'latin1'))),
    nest(nested(33), value),
    nest(nested(33)),
    attribute(0xc063, u8(1)),
  ]);
  assert.deepEqual(Buffer.from(writer.bytes), expected);
});

test('nests are written without NLA_F_NESTED if `nestedFlag` is false', () => {
  const withoutFlag = new AttributeCodec({ set: { nest: [1, 'nest', 'set'] } } as const, {
    nestedFlag: false,
  });
  const writer = new MessageWriter();
  withoutFlag.encode('set', writer, { nest: {} });
  assert.deepEqual(Buffer.from(writer.bytes), attribute(1, Buffer.alloc(0)));
});

test('an invalid attribute set is refused with the name of the attribute', () => {
  const cases: [sets: object, field: string][] = [
    [{ set: { a: [1, 'u33'] } }, 'set.a'],
    [{ set: { a: [1, 'toString'] } }, 'set.a'],
    [{ set: { a: [1, 'nest', 'other'] } }, 'set.a'],
    [{ set: { a: [1, 'nest', 'u32'] } }, 'set.a'],
    [{ set: { a: [1, 'indexed-array'] } }, 'set.a'],
    [{ set: { a: [1, 'indexed-array', '__proto__'] } }, 'set.a'],
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

test('a variable-width integer is read from 4 and from 8 bytes', () => {
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

test('of a repeated attribute the last one counts, unless the set declares it as multi', () => {
  const bytes = padded([
    attribute(3, u32(1)),
    attribute(15, u16(1)),
    attribute(3, u32(2)),
    attribute(15, u16(2)),
  ]);
  assert.deepEqual({ ...codec.decodeBytes('all', bytes) }, { u32: 2, multi: [1, 2] });
});

test('strings may lack their NUL, and end at the first one', () => {
  assert.equal(codec.decodeBytes('all', attribute(8, Buffer.from('abc'))).string, 'abc');
  assert.equal(codec.decodeBytes('all', attribute(8, Buffer.from('ab\0cd\0'))).string, 'ab');
  assert.equal(codec.decodeBytes('all', attribute(8, Buffer.alloc(0))).string, '');
});

test('the last attribute may be unpadded', () => {
  assert.equal(codec.decodeBytes('all', attribute(1, u8(7))).u8, 7);
});

test('errors about malformed attributes have offset and path', () => {
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

test('values of another type or out of range are refused with the name of the attribute', () => {
  const beyondU64 = 2n ** 64n;
  const cases: [string, unknown[]][] = [
    ['u8', [-1, 256, 1.5, Number.NaN, null, '1', 1n, true]],
    ['u16', [-1, 65536, null]],
    ['u32', [-1, 2 ** 32, Number.POSITIVE_INFINITY]],
    ['s32', [-(2 ** 31) - 1, 2 ** 31]],
    ['u64', [1, -1n, beyondU64, null]],
    ['u16be', [65536, '80']],
    ['u32be', [2 ** 32]],
    ['string', ['a\0b', 5, null, '\ud800']],
    ['bytes', ['abc', [1], null]],
    ['bytes4', [new Uint8Array(5), new Uint8Array(0)]],
    ['bytes16', [new Uint8Array(4)]],
    ['flags', [null, 5]],
    ['flag', [false, 1]],
    ['s8', [-129, 128]],
    ['s16', [-32769, 32768]],
    ['s64', [1, -(2n ** 63n) - 1n, 2n ** 63n]],
    ['u64be', [1, -1n, beyondU64]],
    ['s16be', [32768, '1']],
    ['s32be', [2 ** 31, 1n]],
    ['s64be', [2n ** 63n]],
    ['uint', [1, -1n, beyondU64]],
    ['sint', [1, 2n ** 63n]],
    ['bitfield', [null, 5]],
    ['packed', [5, 'abc']],
    ['numbers', [5, {}]],
    ['nests', [{}, 5]],
    ['nonsense', [1, {}, null]],
    ['multi', [5, null]],
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
    [{ multi: [1, -1] }, 'all.multi[1]'],
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

test('the path of an offset includes nests', () => {
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

test('the path of an offset, and of a missing attribute, includes lists', () => {
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

test('the name of a set that does not exist is a TypeError', () => {
  assert.throws(() => ipvsCodec.attributeName('nothing' as 'service', 1), TypeError);
  assert.equal(ipvsCodec.attributeName('service', 6), 'scheduler');
  assert.equal(ipvsCodec.attributeName('service', 60), undefined);
  assert.equal(ipvsCodec.nestedSet('service', 13), 'destination');
  assert.equal(ipvsCodec.nestedSet('service', 6), undefined);
});
