import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstRows } from '../../../../lib/cli/top/snapshots/first-rows.ts';

describe('the first rows', () => {
  const numbers = Array.from({ length: 500 }, (_, index) => (index * 7919) % 263);
  const indices = numbers.map((_, index) => index);
  const compare = (index: number, other: number): number =>
    numbers[other]! - numbers[index]! || index - other;

  it('are those that sorting all would give', () => {
    const sorted = indices.toSorted(compare);
    for (const limit of [0, 1, 2, 3, 10, 99, 499, 500, 501, Number.POSITIVE_INFINITY])
      assert.deepEqual(firstRows(indices, limit, compare), sorted.slice(0, limit), `${limit}`);
  });

  it('take little more than one comparison for each row', () => {
    let comparisons = 0;
    const many = Array.from({ length: 60_000 }, (_, index) => index);
    const values = many.map((index) => (index * 48_271) % 65_537);
    firstRows(many, 40, (index, other) => {
      comparisons++;
      return values[other]! - values[index]! || index - other;
    });
    assert.ok(comparisons < 1.2 * many.length, `${comparisons}`);
  });
});
