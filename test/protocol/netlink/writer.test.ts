import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldError, ipvsCodec, MessageWriter } from '../../../protocol/index.ts';
import { attribute, message, padded, u16, u32, u64 } from '../reference-encoder.ts';

test('messages and nests are written as by the reference encoder, also while the buffer grows', () => {
  const writer = new MessageWriter(0);
  const offset = writer.beginMessage({ type: 30, flags: 5, sequence: 7, portId: 9 });
  const nest = writer.beginAttribute(1);
  const inner = writer.beginAttribute(0x8002);
  writer.u8(200);
  writer.endAttribute(inner);
  writer.endAttribute(nest);
  writer.endMessage(offset);
  const inside = padded([attribute(0x8002, Buffer.from([200]))]);
  const header = { type: 30, flags: 5, sequence: 7, portId: 9 };
  assert.deepEqual(Buffer.from(writer.bytes), message(header, attribute(1, inside)));
});

test('a message of odd length is padded, so that the next one is aligned', () => {
  const writer = new MessageWriter();
  for (const byte of [1, 2]) {
    const offset = writer.beginMessage({ type: 20, flags: 0, sequence: 0 });
    writer.u8(byte);
    writer.endMessage(offset);
  }
  const expected = padded([1, 2].map((byte) => message({ type: 20 }, Buffer.from([byte]))));
  assert.deepEqual(Buffer.from(writer.bytes), expected);
});

test('padding is zero where there were other bytes before', () => {
  const writer = new MessageWriter();
  writer.raw(new Uint8Array(64).fill(255));
  writer.reset();
  const offset = writer.beginAttribute(3);
  writer.u8(1);
  writer.endAttribute(offset);
  assert.deepEqual([...writer.bytes], [5, 0, 3, 0, 1, 0, 0, 0]);
});

test('the largest attribute is 65535 bytes with its header', () => {
  const writer = new MessageWriter();
  const offset = writer.beginAttribute(3);
  writer.raw(new Uint8Array(65531));
  writer.endAttribute(offset);
  assert.equal(writer.length, 65536);
  const tooLong = writer.beginAttribute(3);
  writer.raw(new Uint8Array(65532));
  assert.throws(() => writer.endAttribute(tooLong, 'a.b'), { name: 'FieldError', field: 'a.b' });
});

test('after an encoder threw, reset removes its incomplete message', () => {
  const writer = new MessageWriter();
  const first = writer.beginMessage({ type: 20, flags: 0, sequence: 1 });
  writer.endMessage(first);
  const before = writer.copy();
  const second = writer.beginMessage({ type: 20, flags: 0, sequence: 2 });
  assert.throws(() => ipvsCodec.encode('command', writer, { timeoutTcp: 5, timeoutUdp: -1 }), FieldError);
  assert.ok(writer.length > before.length);
  writer.reset(second);
  assert.deepEqual(writer.bytes, before);
  assert.throws(() => writer.reset(before.length + 1), RangeError);
});

test('the sequence number of a message can be overwritten', () => {
  const writer = new MessageWriter();
  const offset = writer.beginMessage({ type: 20, flags: 0, sequence: 1 });
  writer.endMessage(offset);
  writer.setSequence(offset, 0xfedcba98);
  assert.deepEqual(Buffer.from(writer.bytes.subarray(8, 12)), u32(0xfedcba98));
});

test('bytes of another writer are copied, whatever their length and offset', () => {
  const from = new MessageWriter(0);
  for (let byte = 0; byte < 600; byte++) from.u8(byte);
  for (const start of [0, 1, 4, 8]) {
    for (const length of [0, 1, 3, 4, 8, 64, 255, 256, 260, 301]) {
      for (const lengthBefore of [0, 1, 4]) {
        const into = new MessageWriter(0);
        into.reserve(lengthBefore);
        into.copyFrom(from, start, start + length);
        assert.deepEqual(
          [...into.bytes],
          [...Array<number>(lengthBefore).fill(0), ...from.bytes.subarray(start, start + length)],
        );
      }
    }
  }
});

test('bytes are appended and overwritten, few or many', () => {
  for (const count of [0, 1, 16, 17, 100]) {
    const writer = new MessageWriter(0);
    writer.u8(7);
    const bytes = Uint8Array.from({ length: count }, (_, index) => index + 1);
    assert.equal(writer.append(bytes), 1);
    assert.deepEqual([...writer.bytes], [7, ...bytes]);
    writer.putBytes(1, bytes.toReversed());
    assert.deepEqual([...writer.bytes], [7, ...bytes.toReversed()]);
  }
});

test('integers are in the byte order of the host, or in network byte order if asked for', () => {
  const writer = new MessageWriter();
  writer.u16(0x0102);
  writer.u16(0x0102, false);
  writer.u32(0x03040506);
  writer.u32(0x03040506, false);
  writer.u64(0x0708090a_0b0c0d0en);
  assert.deepEqual(
    [...writer.bytes],
    [...u16(0x0102), 1, 2, ...u32(0x03040506), 3, 4, 5, 6, ...u64(0x0708090a_0b0c0d0en)],
  );
});
