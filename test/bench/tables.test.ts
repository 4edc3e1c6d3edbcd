import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarise } from '../../bench/measure.ts';
import { savingTable } from '../../bench/tables.ts';
import { bytesText, limitedTimes, milliseconds, tableText, times } from '../../bench/text.ts';
import { publicWorkloads } from '../../bench/workloads.ts';

test('a table is aligned: the first column to the left, the others to the right', () => {
  const text = tableText({
    title: 'T',
    head: ['way', 'ms'],
    rows: [
      ['a', '10'],
      ['long', '1'],
    ],
    notes: ['n'],
  });
  assert.equal(text, ['T', 'way   ms', '----  --', 'a     10', 'long   1', '  n'].join('\n'));
});

test('figures are written with their unit', () => {
  assert.equal(milliseconds(1.23456), '1.23 ms');
  assert.equal(milliseconds(1234.5), '1235 ms');
  assert.equal(bytesText(1536), '1.5 KiB');
  assert.equal(times(2.345), '2.35x');
  assert.equal(times(undefined), 'too noisy');
});

test('what is saved is said beside what was published, and withheld where it is noise', () => {
  const workload = publicWorkloads[0]!;
  const table = savingTable([
    {
      workload,
      destinations: 4000,
      figures: [
        { way: 'reopened', time: summarise([1, 30, 90]) },
        { way: 'per-service', time: summarise([20, 20, 20]) },
        { way: 'single-sync', time: summarise([2, 2, 2]) },
      ],
    },
  ]);
  assert.deepEqual(table.rows, [['1000x4', '30.0 ms', '20.0 ms', '2.00 ms', 'too noisy', '10.00x', '2.63x']]);
});

test('a ratio is shown beside its limit, and marked where its rounds scatter', () => {
  assert.equal(limitedTimes({ ratio: 1.234, steady: true }, 1.2), '1.23x > 1.2');
  assert.equal(limitedTimes({ ratio: 1.1, steady: false }, 1.2), '~1.10x <= 1.2');
  assert.equal(limitedTimes({ ratio: 1.1, steady: true }, undefined), '1.10x');
});
