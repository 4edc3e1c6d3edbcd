import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstRows } from '../../../../lib/cli/top/samples/first-rows.ts';

describe('the first rows', () => {
  const numbers = Array.from({ length: 500 }, (_, index) => (index * 7919) % 263);
  const rows = numbers.map((_, index) => index);
  const compare = (row: number, other: number): number => numbers[other]! - numbers[row]! || row - other;

  it('are those that sorting all would give', () => {
    const sorted = rows.toSorted(compare);
    for (const limit of [0, 1, 2, 3, 10, 99, 499, 500, 501, Number.POSITIVE_INFINITY])
      assert.deepEqual(firstRows(rows, limit, compare), sorted.slice(0, limit), `${limit}`);
  });

  it('cost little more than a comparison of each row', () => {
    let comparisons = 0;
    const many = Array.from({ length: 60_000 }, (_, index) => index);
    const values = many.map((index) => (index * 48_271) % 65_537);
    firstRows(many, 40, (row, other) => {
      comparisons++;
      return values[other]! - values[row]! || row - other;
    });
    assert.ok(comparisons < 1.2 * many.length, `${comparisons}`);
  });
});
