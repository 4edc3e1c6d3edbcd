import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ByteView, DecodeError, MessageWalker } from '../../../protocol/index.ts';
import { message, u32 } from '../reference-encoder.ts';

function walk(bytes: Uint8Array, start?: number, end?: number): { type: number; payload: number[] }[] {
  const walker = new MessageWalker(new ByteView(bytes), start, end);
  const found = [];
  while (walker.next()) {
    const { type, payloadOffset, end: to, view } = walker.message;
    found.push({ type, payload: [...view.bytes.subarray(payloadOffset, to)] });
  }
  return found;
}

test('every field of a header is read', () => {
  const bytes = message({ type: 0x1234, flags: 0x305, sequence: 0xfffffffe, portId: 0x80000001 });
  const walker = new MessageWalker(new ByteView(bytes));
  assert.equal(walker.next(), true);
  const { type, flags, sequence, portId, offset, end } = walker.message;
  assert.deepEqual(
    { type, flags, sequence, portId, offset, end },
    { type: 0x1234, flags: 0x305, sequence: 0xfffffffe, portId: 0x80000001, offset: 0, end: 16 },
  );
  assert.equal(walker.next(), false);
});

test('a message of odd length is followed by its padding, except at the end', () => {
  const odd = message({ type: 20 }, Buffer.from([1, 2, 3]));
  const bytes = Buffer.concat([odd, Buffer.alloc(1), message({ type: 21 }, Buffer.from([4]))]);
  assert.deepEqual(walk(bytes), [
    { type: 20, payload: [1, 2, 3] },
    { type: 21, payload: [4] },
  ]);
});

test('the walker stays within its bounds', () => {
  const one = message({ type: 20 });
  const bytes = Buffer.concat([one, message({ type: 21 }), one]);
  assert.deepEqual(walk(bytes, 16, 32), [{ type: 21, payload: [] }]);
  assert.throws(() => walk(bytes, 16, 31), DecodeError);
});

test('a length that does not fit is an error with its offset, after which the walker stops', () => {
  for (const length of [0, 15, 17, 0x7fffffff, 0x80000000, 0xffffffff]) {
    const bytes = Buffer.concat([message({ type: 20 }), u32(length), Buffer.alloc(12)]);
    const walker = new MessageWalker(new ByteView(bytes));
    assert.equal(walker.next(), true);
    assert.throws(
      () => walker.next(),
      (error) => error instanceof DecodeError && error.offset === 16,
      `length ${length}`,
    );
    assert.equal(walker.next(), false);
  }
});

test('a truncated header is an error, after which the walker stops', () => {
  const walker = new MessageWalker(new ByteView(new Uint8Array(15)));
  assert.throws(() => walker.next(), DecodeError);
  assert.equal(walker.next(), false);
});

test('any bytes give messages that lie one after the other, or throw a DecodeError', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(0, 16, 17, 20, 32), fc.nat(255)), { maxLength: 96 }),
      (bytes) => {
        const walker = new MessageWalker(new ByteView(Uint8Array.from(bytes)));
        let last = 0;
        try {
          while (walker.next()) {
            const { offset, end } = walker.message;
            assert.ok(offset >= last && end >= offset + 16 && end <= bytes.length);
            last = end;
          }
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
        }
      },
    ),
    { numRuns: 500 },
  );
});
