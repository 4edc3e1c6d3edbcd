import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  type Ack,
  ByteView,
  DecodeError,
  decodeAck,
  encodeAck,
  encodeDone,
  MessageFlag,
  MessageWalker,
  MessageWriter,
} from '../../../protocol/index.ts';
import { attribute, message, padded, text, u32 } from '../reference-encoder.ts';

const ERROR = 2;
const DONE = 3;
const { ACK_TLVS, CAPPED } = MessageFlag;

function decode(bytes: Uint8Array): Ack {
  const walker = new MessageWalker(new ByteView(bytes));
  assert.ok(walker.next());
  return decodeAck(walker.message);
}

const request: Buffer = message({ type: 30, sequence: 5 }, Buffer.from([1, 2, 3]));
const extended: Buffer = padded([attribute(1, text('no such thing')), attribute(2, u32(20))]);
const expected = { message: 'no such thing', offset: 20 };

test('an ack and an error without attributes', () => {
  assert.deepEqual(decode(message({ type: ERROR }, u32(0), request)), { errno: 0, extended: {} });
  assert.deepEqual(decode(message({ type: ERROR }, u32(-2), request)), { errno: 2, extended: {} });
});

test('the attributes of a capped ack start after the echoed header', () => {
  const bytes = message(
    { type: ERROR, flags: CAPPED | ACK_TLVS },
    u32(-22),
    request.subarray(0, 16),
    extended,
  );
  assert.deepEqual(decode(bytes), { errno: 22, extended: expected });
});

test('the attributes of an uncapped ack start after the echoed message and its padding', () => {
  const bytes = message({ type: ERROR, flags: ACK_TLVS }, u32(-22), padded([request]), extended);
  assert.deepEqual(decode(bytes), { errno: 22, extended: expected });
});

test('without ACK_TLVS nothing is read after the errno', () => {
  const bytes = message({ type: ERROR, flags: CAPPED }, u32(-22), request.subarray(0, 16), extended);
  assert.deepEqual(decode(bytes), { errno: 22, extended: {} });
});

test('the missing attribute, the cookie and the policy are read', () => {
  const missing = padded([
    attribute(3, Buffer.from([1, 2])),
    attribute(5, u32(6)),
    attribute(6, u32(20)),
    attribute(4, Buffer.from([9])),
  ]);
  const bytes = message(
    { type: ERROR, flags: CAPPED | ACK_TLVS },
    u32(-22),
    request.subarray(0, 16),
    missing,
  );
  assert.deepEqual(decode(bytes), {
    errno: 22,
    extended: { cookie: Uint8Array.of(1, 2), missingType: 6, missingNest: 20, policy: Uint8Array.of(9) },
  });
});

test('DONE carries an errno, attributes after it, or nothing at all', () => {
  assert.deepEqual(decode(message({ type: DONE })), { errno: 0, extended: {} });
  assert.deepEqual(decode(message({ type: DONE }, Buffer.from([1, 2]))), { errno: 0, extended: {} });
  assert.deepEqual(decode(message({ type: DONE }, u32(-4))), { errno: 4, extended: {} });
  assert.deepEqual(decode(message({ type: DONE, flags: ACK_TLVS }, u32(-4), extended)), {
    errno: 4,
    extended: expected,
  });
});

test('an NLMSG_ERROR without an errno is a DecodeError', () => {
  assert.throws(() => decode(message({ type: ERROR }, Buffer.from([1, 2, 3]))), DecodeError);
});

test('a wrong length of the echoed message does not hide the errno', () => {
  for (const length of [0, 15, 1000, 0x7fffffff, 0x80000000, 0xfffffffd, 0xffffffff]) {
    const echoed = Buffer.concat([u32(length), request.subarray(4)]);
    const bytes = message({ type: ERROR, flags: ACK_TLVS }, u32(-1), padded([echoed]), extended);
    assert.deepEqual(decode(bytes), { errno: 1, extended: {} }, `length ${length}`);
  }
});

test('any bytes after the errno do not change it', () => {
  const flags = fc.constantFrom(0, CAPPED, ACK_TLVS, CAPPED | ACK_TLVS);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), flags, fc.constantFrom(ERROR, DONE), (rest, flag, type) => {
      assert.equal(decode(message({ type, flags: flag }, u32(-13), rest)).errno, 13);
    }),
    { numRuns: 500 },
  );
});

test('an encoded ack decodes to the same values; one of success is always capped', () => {
  const attributes = { message: 'why', offset: 24, missingType: 3 };
  for (const capped of [true, false]) {
    for (const errno of [0, 22]) {
      const writer = new MessageWriter();
      encodeAck(writer, { sequence: 5, portId: 6, errno, extended: attributes, request, capped });
      const bytes = writer.copy();
      assert.deepEqual(decode(bytes), { errno, extended: attributes });
      const isCapped = (new DataView(bytes.buffer).getUint16(6, true) & CAPPED) !== 0;
      assert.equal(isCapped, capped || errno === 0);
    }
  }
});

test('an encoded DONE decodes to its errno and has MULTI set', () => {
  const writer = new MessageWriter();
  encodeDone(writer, { sequence: 5, portId: 6, flags: MessageFlag.DUMP_INTR, errno: 16 });
  assert.equal(decode(writer.copy()).errno, 16);
  assert.equal(writer.bytes[6], MessageFlag.MULTI | MessageFlag.DUMP_INTR);
});
