import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BenchResults } from '../../bench/figures.ts';
import type { ProgramName } from '../../bench/processes/programs.ts';
import type { ReadMethodName } from '../../bench/reading/read-methods.ts';
import { labTables, localTables } from '../../bench/report/details.ts';
import { summaryText } from '../../bench/report/summary.ts';
import {
  digitsText,
  intervalText,
  millisecondsText,
  shortIntervalText,
  tableText,
} from '../../bench/report/text.ts';
import { Random } from '../../bench/sampling/random.ts';
import {
  benchmarkTableNamed,
  growthTables,
  publishedTables,
  smallestTable,
  tableOfEachKind,
} from '../../bench/tables/benchmark-tables.ts';
import {
  simulatedCodecFigures,
  simulatedLabResults,
  simulatedProcessFigures,
  simulatedResults,
  simulatedRun,
  simulatedTableFigures,
} from './simulated-results.ts';

const random = new Random(1);
const mainTables = [...publishedTables, ...tableOfEachKind.filter(({ kind }) => kind !== 'uniform')];
const times: Readonly<Partial<Record<ReadMethodName, number>>> = {
  'new-sockets': 345.6,
  'per-service': 123.4,
  'single-sync': 5.678,
  discard: 4.321,
};
const processTimes: Readonly<Partial<Record<ProgramName, number>>> = {
  'empty-node': 1040,
  ipvsadm: 8146,
  'c-single': 342,
  'ipvs-per-service': 10_240,
  'ipvs-single': 2346,
};
const processTables = [smallestTable, ...mainTables];

const patched = simulatedLabResults(
  'single-7.x',
  simulatedRun(
    mainTables.map((table) => simulatedTableFigures(table, times, random)),
    {
      growth: growthTables.map((table) => simulatedTableFigures(table, times, random)),
      processes: processTables.map((table) => simulatedProcessFigures(table, processTimes, random)),
    },
  ),
);
const stock = simulatedLabResults(
  'stock-7.x',
  simulatedRun([], {
    processes: processTables.map((table) => simulatedProcessFigures(table, processTimes, random)),
  }),
);
const stored = { kernels: [patched, stock], userSpace: undefined };
const none = { kernels: [], userSpace: undefined };

function results(rounds = 10): BenchResults {
  const methods = {
    records: 0.7,
    'decode-fields': 1.4,
    'decode-counters': 2,
    'npm-netlink': 20,
    'c-walk': 0.4,
    encode: 2,
  };
  return simulatedResults(
    simulatedRun(mainTables.map((table) => simulatedTableFigures(table, times, random, rounds))),
    {
      processes: ['1x1', '1000x4', '16000x1', 'mixed'].map((name) =>
        simulatedProcessFigures(
          benchmarkTableNamed(name),
          { 'empty-node': 41, 'c-recording': 2.1, 'ipvs-recording': 61 },
          random,
          rounds,
        ),
      ),
      codec: ['uniform', 'proxy', 'edge', 'mixed'].map((name, index) =>
        simulatedCodecFigures(name, 'benchmark', { ...methods, records: 0.7 + index / 10 }),
      ),
    },
  );
}

/** Complete results and their summary, made only once because the intervals of the ratios take long to compute. */
const measured = results();
const summary = summaryText(measured, stored);

function checkSize(text: string, lines = Number.POSITIVE_INFINITY): void {
  for (const line of text.split('\n')) assert.ok(line.length <= 100, `${line.length} columns: ${line}`);
  assert.ok(text.split('\n').length <= lines, `${text.split('\n').length} lines:\n${text}`);
}

test('the summary has at most 100 columns and 40 lines, with a stored lab run and without', () => {
  checkSize(summary, 40);
  checkSize(summaryText(measured, none), 40);
});

test('the summary has the speed-up of the single dump on every table published in 2020, here and in the lab', () => {
  const lines = summary.split('\n');
  for (const { name } of publishedTables) {
    const line = lines.find((candidate) => candidate.startsWith(name))!;
    assert.equal(line.match(/\d+x \d+-\d+/g)?.length, 4, line);
  }
});

test('the summary has every kind of table, and says where the command is slower and what was left out', () => {
  for (const name of ['uniform', 'proxy', 'edge', 'mixed'])
    assert.match(summary, new RegExp(`^${name}( +[\\d.]+x [\\d.]+-[\\d.]+){5}$`, 'm'));
  assert.match(summary, /ipvs is SLOWER than C on a recording: by \d+ ms on 1x1/);
  assert.match(summary, /left out: tables of growing size, adversarial tables/);
});

test('where there is no ratio, the summary says that there are too few samples', () => {
  const text = summaryText(results(4), none);
  const line = text.split('\n').find((candidate) => candidate.startsWith('1000x4'))!;
  assert.deepEqual(line.split(/ +/), ['1000x4', '-', '-', '-']);
  assert.match(text.replaceAll('\n', ' ').replaceAll(/ +/g, ' '), /-: not measured, or fewer than 5 samples/);
});

test('every table of the full report has at most 100 columns', () => {
  for (const table of [...localTables(measured), ...labTables(stored)]) checkSize(tableText(table));
});

test('figures are written with their unit and about three digits', () => {
  assert.equal(millisecondsText(1.23456), '1.23 ms');
  assert.equal(millisecondsText(1234.5), '1235 ms');
  assert.deepEqual([0.314, 1.256, 8.44, 23.9].map(digitsText), ['0.31', '1.26', '8.4', '24']);
  const estimate = { ratio: 24.1, low: 20.8, high: 27.3 };
  assert.equal(intervalText(estimate), '24x, 21 to 27');
  assert.equal(shortIntervalText(estimate), '24x 21-27');
  assert.equal(shortIntervalText(undefined), '-');
});
