import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CaptureError, CaptureWriter, isTruncated, readCapture } from '../../../lib/capture/pcap.ts';
import { record } from '../../protocol/arbitraries.ts';
import { message } from '../../protocol/plain-encoder.ts';

const packets = fc.array(
  record({
    seconds: fc.integer({ min: 0, max: 0xffffffff }),
    nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
    direction: fc.constantFrom('to-kernel' as const, 'to-user' as const),
    protocolFamily: fc.integer({ min: 0, max: 31 }),
    bytes: fc.uint8Array({ maxLength: 100 }),
  }),
  { maxLength: 5 },
);

/** A capture with one packet of four bytes, in the byte order and with the magic number given. */
function handmade(little: boolean, magic: number, change: (data: DataView) => void = () => {}): Uint8Array {
  const data = new DataView(new ArrayBuffer(24 + 16 + 20));
  const words: [number, number][] = [
    [0, magic],
    [16, 65535],
    [20, 253],
    [24, 7],
    [28, 123456],
    [32, 20],
    [36, 20],
  ];
  for (const [at, value] of words) data.setUint32(at, value, little);
  data.setUint16(40, 7);
  data.setUint16(42, 824);
  data.setUint16(54, 16);
  data.setUint32(56, 0x01020304);
  change(data);
  return new Uint8Array(data.buffer);
}

test('what is written is read back', () => {
  fc.assert(
    fc.property(packets, (written) => {
      const writer = new CaptureWriter();
      for (const packet of written) writer.write(packet);
      const expected = written.map((packet) => ({ ...packet, originalLength: packet.bytes.length }));
      assert.deepEqual(readCapture(writer.bytes()).packets, expected);
    }),
  );
});

test('both byte orders and both time resolutions are read', () => {
  for (const little of [true, false]) {
    for (const [magic, nanoseconds] of [
      [0xa1b2c3d4, 123456000],
      [0xa1b23c4d, 123456],
    ] as const) {
      assert.deepEqual(readCapture(handmade(little, magic)).packets, [
        {
          seconds: 7,
          nanoseconds,
          direction: 'to-kernel',
          protocolFamily: 16,
          bytes: Uint8Array.of(1, 2, 3, 4),
          originalLength: 4,
        },
      ]);
    }
  }
});

test('a packet that the snapshot length cut off says so', () => {
  const cut = handmade(true, 0xa1b2c3d4, (data) => data.setUint32(36, 100, true));
  const [packet] = readCapture(cut).packets;
  assert.equal(packet!.originalLength, 84);
  assert.equal(isTruncated(packet!), true);
  assert.equal(isTruncated(readCapture(handmade(true, 0xa1b2c3d4)).packets[0]!), false);
});

test('where the link header says outgoing, requests are what goes to the kernel', () => {
  for (const [flags, direction] of [
    [5, 'to-kernel'],
    [0x304, 'to-user'],
  ] as const) {
    const writer = new CaptureWriter();
    const bytes = message({ type: 33, flags });
    writer.write({ seconds: 0, nanoseconds: 0, direction: 'to-user', protocolFamily: 16, bytes });
    const file = writer.bytes();
    file[41] = 4;
    assert.equal(readCapture(file).packets[0]!.direction, direction);
  }
});

test('other files are refused with a reason', () => {
  const refused = (bytes: Uint8Array, reason: RegExp): void =>
    assert.throws(
      () => readCapture(bytes),
      (error) => error instanceof CaptureError && reason.test(error.message),
    );
  refused(new Uint8Array(0), /too short/);
  refused(new Uint8Array(60), /not a pcap/);
  refused(handmade(true, 0x0a0d0d0a), /pcapng.*editcap/);
  const changed = (change: (data: DataView) => void): Uint8Array => handmade(true, 0xa1b2c3d4, change);
  refused(
    changed((data) => data.setUint32(20, 1, true)),
    /link type is 1/,
  );
  refused(
    changed((data) => data.setUint16(42, 1)),
    /device type 1/,
  );
  refused(
    changed((data) => data.setUint16(40, 5)),
    /packet type 5/,
  );
  refused(
    changed((data) => data.setUint32(32, 15, true)),
    /no room/,
  );
  refused(
    changed((data) => data.setUint32(32, 0xffffffff, true)),
    /cut off/,
  );
});

test('a capture cut anywhere gives whole packets or a CaptureError', () => {
  const writer = new CaptureWriter();
  for (const length of [4, 0, 17])
    writer.write({
      seconds: 1,
      nanoseconds: 2,
      direction: 'to-user',
      protocolFamily: 16,
      bytes: new Uint8Array(length),
    });
  const whole = writer.bytes();
  const ends = new Set([24, 24 + 36, 24 + 36 + 32, whole.length]);
  for (let length = 0; length <= whole.length; length++) {
    const cut = whole.subarray(0, length);
    if (ends.has(length)) readCapture(cut);
    else assert.throws(() => readCapture(cut), CaptureError, `${length} bytes`);
  }
});

test('any bytes end in packets or a CaptureError', () => {
  const change = fc.tuple(fc.nat(59), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 5 }), (changes) => {
      const bytes = handmade(true, 0xa1b2c3d4);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        for (const packet of readCapture(bytes).packets) assert.ok(packet.bytes.length <= 4);
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});
