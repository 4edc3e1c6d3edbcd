import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { CaptureError } from '../../../lib/capture/capture.ts';
import { readCapture } from '../../../lib/capture/pcap.ts';
import { frame, pcapng, request } from './capture-bytes.ts';
import { type PcapngOptions, pcapngSection } from './pcapng-section.ts';

describe('pcapng', () => {
  const expected = {
    seconds: 1_000_000_000,
    nanoseconds: 250_000_000,
    direction: 'to-kernel',
    netlinkProtocol: 16,
    bytes: new Uint8Array(request),
    originalLength: request.length,
  };

  it('merged by Wireshark with Ethernet packets is read like the nlmon capture in it', () => {
    const fixture = (name: string): Uint8Array =>
      readFileSync(new URL(`../../../../fixtures/${name}`, import.meta.url));
    const { packets, problem } = readCapture(fixture('wireshark/with-ethernet.pcapng'));
    assert.equal(problem, undefined);
    assert.deepEqual(packets, readCapture(fixture('stock-6.12/ipvs-netlink-read.pcap')).packets);
  });

  it('is read in both byte orders, with any resolution and offset of times, from any type of block', () => {
    for (const littleEndian of [true, false]) {
      const variants: PcapngOptions[] = [
        {},
        { resolution: 6 },
        { resolution: 9 },
        { resolution: 0x82 },
        { resolution: 0x94, offset: 900_000_000n },
        { blockType: 2 },
      ];
      for (const variant of variants)
        assert.deepEqual(readCapture(pcapng({ ...variant, littleEndian })).packets, [expected]);
      const simple = readCapture(pcapng({ blockType: 3, littleEndian, snapshotLength: 0 })).packets;
      assert.deepEqual(simple, [{ ...expected, seconds: 0, nanoseconds: 0 }]);
    }
  });

  it('of several sections, each with a byte order and interfaces of its own, is read whole', () => {
    const ethernet = pcapng({ linkType: 1, littleEndian: false });
    const { packets } = readCapture(
      new Uint8Array(Buffer.concat([pcapng(), ethernet, pcapng({ littleEndian: false })])),
    );
    assert.deepEqual(packets, [expected, expected]);
  });

  it('says which packets the snapshot length truncated', () => {
    const bytes = frame(request).subarray(0, 20);
    const packet = { seconds: 0, nanoseconds: 0, bytes, originalLength: 36 };
    for (const options of [{}, { blockType: 3, snapshotLength: 20 }] as const) {
      const [read] = readCapture(pcapngSection([packet], options)).packets;
      assert.deepEqual([read!.bytes.length, read!.originalLength], [4, 20]);
    }
  });

  it('is not read from a section whose header has no version', () => {
    const section = Buffer.alloc(16);
    for (const [index, word] of [0x0a0d0d0a, 16, 0x1a2b3c4d, 16].entries())
      section.writeUInt32LE(word, 4 * index);
    const { packets, problem } = readCapture(Buffer.concat([pcapng(), section]));
    assert.equal(packets.length, 1);
    assert.match(problem!.message, /the header of a section is truncated/);
  });

  it('is read up to the first block that is truncated or malformed', () => {
    const first = pcapng();
    const whole = Buffer.concat([first, pcapng({ littleEndian: false })]);
    for (let length = first.length + 1; length < whole.length; length++) {
      const { packets, problem } = readCapture(whole.subarray(0, length));
      assert.equal(packets.length, 1);
      // A file that ends between two blocks is not recognised as truncated.
      if (problem !== undefined) assert.match(problem.message, /truncated|no byte-order magic/);
    }
    assert.ok(readCapture(whole.subarray(0, first.length + 20)).problem instanceof CaptureError);
    const corruptions: [at: number, value: number, problem: RegExp][] = [
      [first.length + 4 + 3, 29, /cannot have 29 bytes/],
      [first.length + 27, 0, /ends with the length/],
      [first.length + 13, 2, /version 2/],
      [first.length + 8, 0, /no byte-order magic/],
    ];
    for (const [at, value, expectedProblem] of corruptions) {
      const damaged = Buffer.from(whole);
      damaged[at] = value;
      const { packets, problem } = readCapture(damaged);
      assert.equal(packets.length, 1);
      assert.match(problem!.message, expectedProblem);
    }
  });
});
