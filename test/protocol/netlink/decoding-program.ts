import { writeSync } from 'node:fs';
import { ByteView, decodeServiceWithDestinations } from '../../../protocol/index.ts';
import { attribute, nest, padded, text, u16, u16be, u32, u64 } from '../plain-encoder.ts';

// A program for tests: decodes many services of one layout and tells what it found, and whether code may
// be made of text.

const counters = (from: number): Buffer =>
  nest(12, ...Array.from({ length: 10 }, (_, index) => attribute(1 + index, u64(BigInt(from + index)))));

const services = Array.from({ length: 700 }, (_, number) => {
  const destination = [
    attribute(1, Buffer.alloc(16, number & 255)),
    attribute(2, u16be(number)),
    attribute(4, u32(number)),
    attribute(11, u16(2)),
    counters(2 * number),
  ];
  const bytes = padded([
    attribute(1, u16(2)),
    attribute(5, u32(number + 1)),
    attribute(6, text('wlc')),
    counters(number),
    nest(13, nest(1, ...destination), nest(1, ...destination)),
  ]);
  return decodeServiceWithDestinations(new ByteView(bytes), 0, bytes.length);
});

let makesCode = true;
try {
  new Function('return 1');
} catch {
  makesCode = false;
}
for (let output = Buffer.from(JSON.stringify({ makesCode, services })); output.length > 0; )
  output = output.subarray(writeSync(1, output));
