import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import {
  AttributeSequence,
  ByteView,
  type FoundAttribute,
  LITTLE_ENDIAN,
} from '../../../protocol/netlink/index.ts';
import { attribute, padded, u32, u64 } from '../plain-encoder.ts';

/** Copies after which the copying is compiled, and some more. */
const UNTIL_COMPILED = 300;

/** Attributes of bytes, a plain walk over them, and where they end in words. */
function walk(bytes: Buffer): [FoundAttribute[], number] {
  const attributes: FoundAttribute[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = bytes.readUInt16LE(at);
    const words = (((length + 3) & ~3) - 4) >> 2;
    const header = LITTLE_ENDIAN ? bytes.readInt32LE(at) : bytes.readInt32BE(at);
    attributes.push({ type: bytes.readUInt16LE(at + 2), position: at >> 2, header, words, isInner: false });
    at += 4 + 4 * words;
  }
  return [attributes, at >> 2];
}

const nests = fc
  .array(
    fc.oneof(
      fc.tuple(fc.integer({ min: 0, max: 0xffff }), fc.uint8Array({ maxLength: 17 })),
      fc.tuple(
        fc.constantFrom(1, 2, 3, 0x7fff, 0x8000, 0xffff),
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
      ),
    ),
    { maxLength: 14 },
  )
  .map((parts) => padded(parts.map(([type, value]) => attribute(type, value))));
/** Runs of one size whose types count up, also over the borders of the sign and of the type. */
const countingNests = fc
  .tuple(
    fc.constantFrom(1, 0x7ffc, 0xfffc),
    fc.integer({ min: 1, max: 12 }),
    fc.uint8Array({ minLength: 96, maxLength: 96 }),
  )
  .map(([first, count, values]) =>
    padded(
      Array.from({ length: count }, (_, index) =>
        attribute((first + index) & 0xffff, values.subarray(8 * index, 8 * index + 8)),
      ),
    ),
  );

/** Holds `fits` and `copy` to the plain walk on one nest, behind `shift` words of something else. */
function agrees(
  runs: AttributeSequence,
  attributes: readonly FoundAttribute[],
  taken: (one: FoundAttribute) => number,
  bytes: Buffer,
  shift: number,
): void {
  const { words } = new ByteView(
    Buffer.concat([Buffer.alloc(4 * shift, 0xa5), bytes, Buffer.alloc(8, 0xa5)]),
  );
  const same = attributes.every(({ position, header }) => words[shift + position] === header);
  assert.equal(runs.fits(words, shift), same);
  const expected = attributes.flatMap((one) => [
    ...words.subarray(shift + one.position + 1, shift + one.position + 1 + taken(one)),
  ]);
  const into = new Int32Array(expected.length + 8).fill(0x5a5a5a5a);
  assert.equal(runs.copy(words, shift, into, 3), same);
  const untouched = [0x5a5a5a5a, 0x5a5a5a5a, 0x5a5a5a5a];
  assert.deepEqual([...into.subarray(0, 3)], untouched);
  assert.deepEqual([...into.subarray(3 + expected.length, 6 + expected.length)], untouched);
  if (same) assert.deepEqual([...into.subarray(3, 3 + expected.length)], expected);
}

test('fitting and copying are what a plain walk does, ahead of compiling and after it', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(
      fc.oneof(nests, countingNests),
      fc.nat(7),
      changes,
      fc.nat(5),
      (bytes, skipped, changed, shift) => {
        const [attributes, end] = walk(bytes);
        const taken = ({ type, words }: FoundAttribute): number => ((type & 7) === skipped ? 0 : words);
        const runs = new AttributeSequence(attributes, end, taken);
        const mutants = changed.map(([at, value]) => {
          const mutant = Buffer.from(bytes);
          if (mutant.length > 0) mutant[at % mutant.length] = value;
          return mutant;
        });
        const all = [bytes, ...mutants];
        for (const one of all) agrees(runs, attributes, taken, one, shift);
        const { words } = new ByteView(bytes);
        const into = new Int32Array(words.length);
        for (let copies = 0; copies < UNTIL_COMPILED; copies++)
          assert.equal(runs.copy(words, 0, into, 0), true);
        for (const one of all) agrees(runs, attributes, taken, one, shift);
      },
    ),
    { numRuns: 150 },
  );
});

test('every word of every header counts, ahead of compiling and after it', () => {
  const bytes = padded([
    ...Array.from({ length: 10 }, (_, index) => attribute(1 + index, u64(BigInt(index)))),
    attribute(20, u32(7)),
    attribute(21, u32(8)),
    attribute(23, u32(9)),
  ]);
  const [attributes, end] = walk(bytes);
  const runs = new AttributeSequence(attributes, end, ({ words }) => words);
  for (let copies = 0; copies < UNTIL_COMPILED; copies++) {
    const mutant = Buffer.from(bytes);
    const { position } = attributes[copies % attributes.length]!;
    mutant[4 * position + (copies % 4)]! ^= 1 << (copies % 8);
    agrees(runs, attributes, ({ words }) => words, mutant, 0);
    agrees(runs, attributes, ({ words }) => words, bytes, 2);
  }
});

test('decoding is the same where no code may be made of text', async () => {
  const program = fileURLToPath(new URL('./decoding-program.js', import.meta.url));
  const outputs = [[], ['--disallow-code-generation-from-strings']].map(async (flags) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, program]);
    assert.equal(stderr, '');
    return JSON.parse(stdout);
  });
  const [usual, forbidden] = await Promise.all(outputs);
  assert.deepEqual([usual.makesCode, forbidden.makesCode], [true, false]);
  assert.equal(usual.services.length, 700);
  assert.deepEqual(forbidden.services, usual.services);
});
