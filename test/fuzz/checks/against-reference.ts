import assert from 'node:assert/strict';
import { ByteView, DecodeError } from '../../../protocol/index.ts';
import { outcomeOf } from './outcomes.ts';

/** Modules that decode services as well as destinations, for the `coveredModules` of a target. */
export const recordModules: readonly string[] = [
  'protocol/ipvs/decode/',
  'protocol/ipvs/fields/counters.js',
  'protocol/ipvs/records/aligned.js',
  'protocol/ipvs/records/decode-',
  'protocol/ipvs/records/interned-names.js',
  'protocol/ipvs/records/record-',
];

/**
 * Checks that a decoder returns the same as the reference decoder of `test/protocol`, at any offset and whatever the
 * surrounding bytes, or that both throw.
 */
export function assertSame(
  input: Uint8Array,
  ours: (view: ByteView, start: number, end: number) => unknown,
  reference: (bytes: Buffer) => unknown,
): void {
  const expected = outcomeOf([RangeError], () => reference(Buffer.from(input)));
  for (const start of [0, 3]) {
    const around = Buffer.alloc(start + input.length + 24, 0xff);
    around.set(input, start);
    const found = outcomeOf([DecodeError], () => ours(new ByteView(around), start, start + input.length));
    if ('value' in expected && 'value' in found) assert.deepEqual(found.value, expected.value);
    else
      assert.equal(
        'error' in found,
        'error' in expected,
        `${JSON.stringify(found)} ${JSON.stringify(expected)}`,
      );
  }
}
