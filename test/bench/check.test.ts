import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedInUserSpace, checkedOnKernel, problems } from '../../bench/check.ts';
import {
  adversarialLimit,
  decodingLimits,
  dumpLimits,
  processLimits,
  slowestToFastestDecodingLimit,
  slowestToFastestEncodingLimit,
} from '../../bench/limits.ts';
import { codecTables } from '../../bench/report/decoding-tables.ts';
import { Random } from '../../bench/sampling/random.ts';
import { benchmarkTableNamed } from '../../bench/tables/benchmark-tables.ts';
import {
  simulatedCodecFigures,
  simulatedProcessFigures,
  simulatedResults,
  simulatedRun,
  simulatedTableFigures,
} from './simulated-results.ts';

test('only an interval that lies entirely above its limit is a problem', () => {
  const estimate = { ratio: 2, low: 1.9, high: 2.2 };
  const limited = (limit: number) => [{ description: 'x', estimate, limit }];
  assert.deepEqual(problems(limited(3)), []);
  assert.deepEqual(problems(limited(1.95)), []);
  assert.deepEqual(problems(limited(1.8)), ['x: 2.0x, 1.90 to 2.2, limit 1.8']);
});

test('a ratio that could not be measured is a problem, and so is an empty list of ratios', () => {
  assert.equal(problems([{ description: 'x', estimate: undefined, limit: 1 }]).length, 1);
  assert.equal(problems([]).length, 1);
});

test('every limit of decoding and of whole processes is compared with a measured ratio', () => {
  const methods = { records: 0.5, 'decode-fields': 1, 'decode-counters': 1.5, encode: 1 };
  const names = Object.keys(decodingLimits);
  const { userSpace } = simulatedResults(simulatedRun([]), {
    codec: [
      ...names.map((name) => simulatedCodecFigures(name, 'benchmark', methods)),
      simulatedCodecFigures('layouts', 'adversarial', { ...methods, records: 2 }),
    ],
    processes: Object.keys(processLimits).map((name) =>
      simulatedProcessFigures(
        benchmarkTableNamed(name),
        { 'empty-node': 40, 'ipvs-recording': 4000 },
        new Random(1),
      ),
    ),
  });
  const checked = checkedInUserSpace(userSpace);
  const limits = names.flatMap((name) => Object.values(decodingLimits[name as 'uniform']));
  assert.deepEqual(
    checked.map(({ limit }) => limit),
    [
      ...limits,
      ...new Array(3).fill(slowestToFastestDecodingLimit),
      slowestToFastestEncodingLimit,
      ...new Array(3).fill(adversarialLimit),
      ...Object.values(processLimits),
    ],
  );
  assert.ok(checked.every(({ estimate }) => estimate !== undefined));
  const wrong = problems(checked);
  assert.equal(wrong.filter((text) => text.startsWith('process')).length, Object.keys(processLimits).length);
  assert.equal(wrong.filter((text) => text.startsWith('adversarial: records')).length, 1);
});

test('dumps of a real kernel are compared with their limits, those of a fake kernel are not', () => {
  const tables = Object.keys(dumpLimits).map((name) =>
    simulatedTableFigures(
      benchmarkTableNamed(name),
      { 'single-sync': 9, 'single-async': 9, 'single-records': 9, discard: 1 },
      new Random(2),
    ),
  );
  assert.deepEqual(checkedOnKernel(simulatedRun(tables)), []);
  const checked = checkedOnKernel(simulatedRun(tables, { kind: 'kernel' }));
  assert.equal(
    problems(checked).length,
    Object.values(dumpLimits).flatMap((methods) => Object.keys(methods)).length,
  );
});

test('the report compares decoding and encoding with the limits, and the slowest table with the fastest', () => {
  const [, overview, comparison] = codecTables([
    simulatedCodecFigures('uniform', 'benchmark', {
      records: 0.5,
      'decode-fields': 1,
      'decode-counters': 2,
      encode: 1,
    }),
    simulatedCodecFigures('mixed', 'benchmark', {
      records: 1.5,
      'decode-fields': 3.5,
      'decode-counters': 3,
      encode: 1.5,
    }),
    simulatedCodecFigures('layouts', 'adversarial', { 'decode-fields': 4, 'decode-counters': 4 }),
  ]);
  const { uniform, mixed } = decodingLimits;
  const [row, other, adversarial] = overview!.rows;
  assert.equal(row![1], `0.25x 0.24-0.26 <=${uniform.records}`);
  assert.equal(other![1], `0.75x 0.72-0.78 !<=${mixed.records}`);
  assert.equal(other![3], `1.75x 1.68-1.82 !<=${mixed['decode-fields']}`);
  assert.deepEqual([adversarial![1], adversarial![3]], ['-', '2.0x 1.92-2.1']);
  assert.deepEqual(
    comparison!.rows.map((cells) => cells.slice(0, 3)),
    [
      ['kinds: records', 'uniform', 'mixed'],
      ['kinds: every field', 'uniform', 'mixed'],
      ['kinds: every counter', 'uniform', 'mixed'],
      ['kinds: encoding', 'uniform', 'mixed'],
      ['adversarial: every field', 'uniform', 'layouts'],
      ['adversarial: every counter', 'uniform', 'layouts'],
    ],
  );
});

test('without the C program there are no ratios to libnl, and the reason is given', () => {
  const tables = codecTables([
    simulatedCodecFigures('uniform', 'benchmark', { 'decode-fields': 1, encode: 1 }, null),
  ]);
  assert.deepEqual(tables[1]!.rows[0]!.slice(1, 4), ['-', '-', '-']);
  assert.ok(tables.at(-1)!.notes!.some((note) => note.includes('there is no C compiler')));
});
