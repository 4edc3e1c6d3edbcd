import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodecFigures, CodecWay } from '../../bench/codec.ts';
import { codecTables } from '../../bench/codec-tables.ts';
import { type Measurement, summarise } from '../../bench/measure.ts';

const MEGABYTE = 1_000_000;

function measured(milliseconds: number): Measurement {
  const rounds = [milliseconds, milliseconds, milliseconds];
  return { ...summarise(rounds), rounds };
}

/** Figures of a table of a million bytes with 10 services and 90 destinations. */
function figures(
  table: string,
  kind: CodecFigures['kind'],
  times: Readonly<Partial<Record<CodecWay, number>>>,
): CodecFigures {
  return {
    table,
    kind,
    source: 'test',
    services: 10,
    destinations: 90,
    figures: Object.entries(times).map(([way, time]) => ({
      way: way as CodecWay,
      time: measured(time),
      bytes: MEGABYTE,
      ...(times['c-libnl'] !== undefined && { libnl: measured(times['c-libnl']) }),
    })),
  };
}

test('tables stand beside each other with their limits, and the slowest beside the fastest', () => {
  const [overview, comparison] = codecTables([
    figures('uniform', 'kind', {
      records: 0.5,
      'decode-fields': 1,
      'decode-counters': 2,
      encode: 1,
      'c-libnl': 2,
    }),
    figures('mixed', 'kind', {
      records: 1.5,
      'decode-fields': 3,
      'decode-counters': 3,
      encode: 1.5,
      'c-libnl': 2,
    }),
    figures('layouts', 'adversarial', { 'decode-fields': 4, 'decode-counters': 4, 'c-libnl': 2 }),
  ]);
  assert.deepEqual(
    overview!.rows.map((row) => [row[0], ...row.slice(4)]),
    [
      ['uniform', '2.00', '0.50', '0.25x <= 0.5', '1.00', '0.50x <= 0.7', '2.00', '1.00x <= 1', '10.0 us'],
      ['mixed', '2.00', '1.50', '0.75x > 0.5', '3.00', '1.50x > 1.2', '3.00', '1.50x <= 1.6', '15.0 us'],
      ['layouts', '2.00', '-', '-', '4.00', '2.00x', '4.00', '2.00x', '-'],
    ],
  );
  assert.deepEqual(comparison!.rows, [
    ['kinds: records, per byte', 'uniform', 'mixed', '3.00x > 2'],
    ['kinds: every field, per byte', 'uniform', 'mixed', '3.00x > 2'],
    ['kinds: every counter, per byte', 'uniform', 'mixed', '1.50x <= 2'],
    ['kinds: encode, per object', 'uniform', 'mixed', '1.50x <= 2'],
    ['adversarial: every field, per byte', 'uniform', 'layouts', '4.00x > 3'],
    ['adversarial: every counter, per byte', 'uniform', 'layouts', '2.00x <= 3'],
  ]);
});

test('without the C program there are no ratios to libnl', () => {
  const [overview] = codecTables([figures('uniform', 'kind', { 'decode-fields': 1, encode: 1 })]);
  assert.deepEqual(overview!.rows[0]!.slice(4), ['-', '-', '-', '1.00', '-', '-', '-', '10.0 us']);
});
