import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortNumber } from '../../../../lib/cli/top/short-number.ts';

test('numbers take five characters at most', () => {
  for (const [value, text] of [
    [0, '0'],
    [99_999, '99999'],
    [100_000, '100k'],
    [999_499, '999k'],
    [999_500, '1.00M'],
    [1_234_567, '1.23M'],
    [9_995_000, '10.0M'],
    [12_345_678, '12.3M'],
    [99_949_999, '99.9M'],
    [99_950_000, '100M'],
    [4_294_967_295, '4.29G'],
    [2 ** 64, '18.4E'],
  ] as const) {
    assert.equal(shortNumber(value), text);
    assert.ok(text.length <= 5);
  }
});
