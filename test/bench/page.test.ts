import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chart } from '../../bench/report/charts.ts';
import { reportCharts } from '../../bench/report/charts.ts';
import { pageText, standaloneSvg } from '../../bench/report/page.ts';
import { Random } from '../../bench/sampling/random.ts';
import { growthTables, publishedTables, smallestTable } from '../../bench/tables/benchmark-tables.ts';
import {
  simulatedCodecFigures,
  simulatedLabResults,
  simulatedProcessFigures,
  simulatedResults,
  simulatedRun,
  simulatedTableFigures,
} from './simulated-results.ts';

const random = new Random(6);
const methods = {
  'new-sockets': 300,
  'per-service': 120,
  'single-sync': 6,
  'single-streamed': 7,
  discard: 4,
};
const tables = publishedTables.map((table) => simulatedTableFigures(table, methods, random));
const patched = simulatedLabResults(
  'single-7.x',
  simulatedRun(tables, {
    growth: growthTables.map((table) => simulatedTableFigures(table, methods, random)),
    processes: [smallestTable, ...publishedTables].map((table) =>
      simulatedProcessFigures(table, { 'c-single': 30, 'ipvs-per-service': 900, 'ipvs-single': 300 }, random),
    ),
  }),
);
const stored = { kernels: [patched], userSpace: undefined };
const withFewSamples = publishedTables.map((table) => simulatedTableFigures(table, methods, random, 3));
const results = simulatedResults(simulatedRun(withFewSamples), {
  processes: [
    simulatedProcessFigures(
      smallestTable,
      { 'empty-node': 40, 'c-recording': 2, 'ipvs-recording': 60 },
      random,
    ),
  ],
  codec: ['uniform', 'mixed'].map((name) =>
    simulatedCodecFigures(name, 'benchmark', { records: 1, 'decode-fields': 2 }, null),
  ),
});

const page = pageText(results, stored);
const charts = reportCharts(results, stored);

test('where a bar is missing, the reason stands in its place', () => {
  for (const reason of [
    'too few samples: 3 of 5',
    'not measured on both kernels',
    'not published',
    'there is no C compiler (package gcc)',
  ])
    assert.ok(page.includes(`>${reason}<`), reason);
});

test('every bar has its ratio beside it, and every chart a wide and a narrow version', () => {
  const chart = charts.find(({ name }) => name === 'speed-up-lab') as Chart & {
    readonly bars: { readonly series: readonly { readonly bars: readonly { readonly ratio: number }[] }[] };
  };
  const labels = standaloneSvg(chart).match(/>\d+x</g) ?? [];
  assert.equal(labels.length, chart.bars.series.flatMap(({ bars }) => bars).length);
  assert.equal(page.match(/class="wide-chart"/g)?.length, page.match(/class="narrow"/g)?.length);
});

test('the growth chart goes up to 64000 services without a gap', () => {
  const growth = charts.find(({ name }) => name === 'growth-uniform')!;
  assert.ok('lines' in growth);
  assert.equal(growth.lines.services.at(-1), 64_000);
  for (const { values } of growth.lines.lines) assert.ok(values.every((value) => value !== undefined));
});

test('the page adapts to the width of the screen and to its colour scheme, and loads nothing', () => {
  assert.match(page, /<meta name="viewport"/);
  assert.match(page, /@media \(prefers-color-scheme:dark\)/);
  assert.doesNotMatch(page, /<script|<link|url\(|src=/);
  const colours = page.match(/(?:fill|stroke)="#[0-9a-f]{3,6}"/gi);
  assert.equal(colours, null, 'a colour that does not follow the theme');
});
