import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readString, textBytes } from '../../../protocol/index.ts';

const read = (bytes: Uint8Array): string => readString(bytes, 0, bytes.length);
/** Bytes with UTF-8 sequences of every length, valid and invalid. */
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ min: 1, maxLength: 4 }),
      fc.string({ unit: 'binary', maxLength: 3 }).map((text) => new TextEncoder().encode(text)),
      fc.constantFrom(
        [0xc3],
        [0xe0, 0x80],
        [0xed, 0xa0, 0x80],
        [0xf0, 0x9f, 0x98],
        [0xf4, 0x90],
        [0xef, 0xbb, 0xbf],
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])).filter((byte) => byte !== 0));

test('any bytes are the same after reading and writing, and different ones are different strings', () => {
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      assert.deepEqual(textBytes(read(one)), one);
      assert.equal(read(one) === read(other), Buffer.from(one).equals(other));
    }),
    { numRuns: 2000 },
  );
});

test('valid UTF-8 decodes to its text, a byte order mark included', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const string = text.replaceAll('\0', '');
      assert.equal(read(new TextEncoder().encode(string)), string);
    }),
  );
  assert.equal(read(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), '\ufeffa');
});

test('each byte that is not valid UTF-8 becomes the surrogate U+DC00 + byte', () => {
  const cases: [bytes: number[], text: string][] = [
    [[0x63, 0x61, 0x66, 0xe9], 'caf\udce9'],
    [[0x80, 0xff], '\udc80\udcff'],
    [[0xc0, 0xaf], '\udcc0\udcaf'],
    [[0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
    [[0xf0, 0x9f, 0x98], '\udcf0\udc9f\udc98'],
    [[0xf5, 0x80, 0x80, 0x80], '\udcf5\udc80\udc80\udc80'],
    [[0xc3, 0xa9, 0xc3], 'é\udcc3'],
  ];
  for (const [encoded, text] of cases) assert.equal(read(Uint8Array.from(encoded)), text);
});

test('text that would be read back as another text is refused', () => {
  // Reading never returns the surrogates of the last three: the bytes of é, an ASCII byte, half of a pair.
  for (const value of [5, null, 'a\0', '\udcc3\udca9', '\udc41', '\ud83d']) {
    assert.equal(textBytes(value), undefined);
  }
  assert.deepEqual(textBytes('é\udcc3'), Uint8Array.of(0xc3, 0xa9, 0xc3));
  assert.deepEqual(textBytes(''), new Uint8Array(0));
});
