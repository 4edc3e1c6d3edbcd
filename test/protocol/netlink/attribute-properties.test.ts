import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  ByteView,
  controllerCodec,
  DecodeError,
  ipvsCodec,
  MessageWriter,
  readString,
} from '../../../protocol/index.ts';
import { destinationPayloads, mutated, record, servicePayloads } from '../arbitraries.ts';
import { attribute } from '../reference-encoder.ts';
import { codec } from './every-kind.ts';

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
/** Names as decoding returns them, including those with bytes that are not UTF-8. */
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
  flag: optional(fc.constant(true as const)),
  multi: optional(fc.array(fc.integer({ min: 0, max: 65535 }), { minLength: 1, maxLength: 4 })),
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
  packedBitfields: optional(fc.array(bitfield, { maxLength: 3 })),
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

/** Returns the object without properties that are undefined, with ordinary prototypes. */
function withoutUndefined(value: object): unknown {
  const normal = Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined));
  return structuredClone(normal);
}

test('any values of every kind round-trip', () => {
  fc.assert(
    fc.property(all, (values) => {
      const unknown = values.unknown?.filter(({ type }) => (type & 0x3fff) > 33);
      const valid = { ...values, unknown: unknown?.length ? unknown : undefined };
      const writer = new MessageWriter(0);
      codec.encode('all', writer, valid);
      assert.deepEqual(withoutUndefined(codec.decodeBytes('all', writer.copy())), withoutUndefined(valid));
    }),
    { numRuns: 300 },
  );
});

const anyBytes = fc.oneof(
  mutated(servicePayloads),
  mutated(destinationPayloads.map((inside) => attribute(2, inside))),
  mutated(servicePayloads.map((inside) => attribute(1, inside))),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
);

test('any bytes decode to values or throw a DecodeError, and nothing after the end is read', () => {
  const decode = (bytes: Buffer, set: 'command' | 'service' | 'destination', poison: number): unknown => {
    const buffer = Buffer.alloc(bytes.length + 16, poison);
    bytes.copy(buffer);
    try {
      return ipvsCodec.decode(set, new ByteView(buffer), 0, bytes.length);
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

test('the values decoded from any bytes are the same after encoding and decoding again', () => {
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
