import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { CaptureError, isTruncated } from '../../../lib/capture/capture.ts';
import { CaptureWriter, readCapture } from '../../../lib/capture/pcap.ts';
import { record } from '../../protocol/arbitraries.ts';
import { message } from '../../protocol/reference-encoder.ts';
import { assertRefused, frame, pcap, pcapng, request } from './capture-bytes.ts';
import { pcapngSection } from './pcapng-section.ts';

const packets = fc.array(
  record({
    seconds: fc.integer({ min: 0, max: 0xffffffff }),
    nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
    direction: fc.constantFrom('to-kernel' as const, 'to-user' as const),
    netlinkProtocol: fc.integer({ min: 0, max: 31 }),
    bytes: fc.uint8Array({ maxLength: 100 }).map((bytes) => message({ type: 16 }, bytes)),
  }),
  { maxLength: 5 },
);

describe('pcap', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(packets, (written) => {
        const writer = new CaptureWriter();
        for (const packet of written) writer.write(packet);
        const expected = written.map((packet) => ({
          ...packet,
          bytes: new Uint8Array(packet.bytes),
          originalLength: packet.bytes.length,
        }));
        const read = readCapture(writer.bytes());
        assert.deepEqual(read.packets, expected);
        assert.equal(read.problem, undefined);
      }),
    );
  });

  it('is read in both byte orders and both time resolutions', () => {
    for (const littleEndian of [true, false]) {
      for (const [magic, nanoseconds] of [
        [0xa1b2c3d4, 123456000],
        [0xa1b23c4d, 123456],
      ] as const) {
        assert.deepEqual(readCapture(pcap(littleEndian, magic)).packets, [
          {
            seconds: 7,
            nanoseconds,
            direction: 'to-kernel',
            netlinkProtocol: 16,
            bytes: Uint8Array.of(1, 2, 3, 4),
            originalLength: 4,
          },
        ]);
      }
    }
  });

  it('says which packets the snapshot length truncated', () => {
    const truncated = pcap(true, 0xa1b2c3d4, (data) => data.setUint32(36, 100, true));
    const [packet] = readCapture(truncated).packets;
    assert.equal(packet!.originalLength, 84);
    assert.equal(isTruncated(packet!), true);
    assert.equal(isTruncated(readCapture(pcap(true, 0xa1b2c3d4)).packets[0]!), false);
  });

  it('has messages to the kernel where NLM_F_REQUEST is set, if every packet is PACKET_OUTGOING', () => {
    for (const [flags, direction] of [
      [5, 'to-kernel'],
      [0x304, 'to-user'],
    ] as const) {
      const writer = new CaptureWriter();
      const bytes = message({ type: 33, flags });
      writer.write({ seconds: 0, nanoseconds: 0, direction: 'to-user', netlinkProtocol: 16, bytes });
      const file = writer.bytes();
      file[41] = 4;
      assert.equal(readCapture(file).packets[0]!.direction, direction);
    }
  });

  it('is read up to the first packet that is truncated or malformed', () => {
    const writer = new CaptureWriter();
    for (const length of [4, 0, 17])
      writer.write({
        seconds: 1,
        nanoseconds: 2,
        direction: 'to-user',
        netlinkProtocol: 16,
        bytes: new Uint8Array(length),
      });
    const whole = writer.bytes();
    const ends = [24, 24 + 36, 24 + 36 + 32, whole.length];
    for (let length = 24; length <= whole.length; length++) {
      const { packets, problem } = readCapture(whole.subarray(0, length));
      assert.equal(packets.length, ends.filter((end) => end <= length).length - 1, `${length} bytes`);
      assert.equal(problem === undefined, ends.includes(length), `${length} bytes`);
      if (problem !== undefined) assert.match(problem.message, /truncated.*at byte/);
    }
    for (let length = 0; length < 24; length++)
      assertRefused(whole.subarray(0, length), /empty|too short|truncated/);
    const corruptions: [at: number, value: number, problem: RegExp][] = [
      [24 + 36 + 16 + 3, 1, /device type/],
      [24 + 36 + 16 + 1, 5, /packet type 5/],
      [24 + 36 + 8, 15, /too short/],
      [24 + 36 + 11, 255, /truncated/],
    ];
    for (const [at, value, expected] of corruptions) {
      const damaged = whole.slice();
      damaged[at] = value;
      const { packets, problem } = readCapture(damaged);
      assert.equal(packets.length, 1);
      assert.match(problem!.message, expected);
    }
  });
});

describe('a capture of another kind', () => {
  it('is refused with a reason', () => {
    assertRefused(new Uint8Array(0), /empty/);
    assertRefused(new Uint8Array(3), /too short/);
    assertRefused(new Uint8Array(60), /neither a pcap nor a pcapng/);
    assertRefused(gzipSync(pcap(true, 0xa1b2c3d4)), /gunzip/);
    assertRefused(pcapng().subarray(0, 11), /truncated/);
    const ethernet = pcap(true, 0xa1b2c3d4, (data) => data.setUint32(20, 1, true));
    assertRefused(ethernet, /link type 1 \(Ethernet\), not 253 \(netlink\); record on an nlmon device/);
    assertRefused(pcapng({ linkType: 189 }), /link type 189 \(USB\)/);
    assertRefused(pcapng({ linkType: 147 }), /link type 147,/);
  });

  it('that was made with tcpdump -i any is read where it holds packets of nlmon', () => {
    const sll2 = (deviceType: number): Buffer => {
      const header = Buffer.alloc(20);
      header.writeUInt16BE(16, 0);
      header.writeUInt16BE(deviceType, 8);
      header[10] = 7;
      return Buffer.concat([header, request]);
    };
    for (const [linkType, nlmon, other] of [
      [113, frame(request), frame(request, 4, 1)],
      [276, sll2(824), sll2(1)],
    ] as const) {
      const packet = (bytes: Uint8Array) => ({
        seconds: 0,
        nanoseconds: 0,
        bytes,
        originalLength: bytes.length,
      });
      const mixed = pcapngSection([packet(other), packet(nlmon), packet(nlmon.subarray(0, 10))], {
        linkType,
      });
      const { packets } = readCapture(mixed);
      assert.deepEqual(
        packets.map(({ direction, netlinkProtocol, bytes }) => [
          direction,
          netlinkProtocol,
          Buffer.from(bytes),
        ]),
        [['to-kernel', 16, request]],
      );
      assertRefused(pcapngSection([packet(other)], { linkType }), /holds no packet of an nlmon device/);
    }
  });

  it('whose messages are in the byte order of another machine is refused with a message that says so', () => {
    const swapped = Buffer.from(request);
    swapped.subarray(0, 4).swap32();
    for (const littleEndian of [true, false])
      assertRefused(
        pcapng({ littleEndian }, frame(swapped)),
        /recorded on a big-endian machine, and this one is little/,
      );
    // The byte order of the file says nothing about the messages: tcpdump rewrites a file in its own byte order.
    assert.equal(readCapture(pcapng({ littleEndian: false })).packets.length, 1);
  });
});

describe('a capture with changed bytes', () => {
  const change = fc.tuple(fc.nat(200), fc.nat(255));
  const files: readonly Uint8Array[] = [
    pcap(true, 0xa1b2c3d4),
    pcap(false, 0xa1b23c4d),
    Buffer.concat([pcapng({ resolution: 9, offset: 5n }), pcapng({ littleEndian: false, blockType: 3 })]),
    pcapng({ blockType: 2, linkType: 276 }),
  ];

  it('gives packets or a CaptureError', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 5 }), fc.constantFrom(...files), (changes, file) => {
        const bytes = new Uint8Array(file);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          for (const packet of readCapture(bytes).packets)
            assert.ok(packet.bytes.length <= bytes.length && Number.isFinite(packet.seconds));
        } catch (error) {
          if (!(error instanceof CaptureError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
