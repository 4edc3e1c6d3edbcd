import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readStoredRun, storedFolder } from '../../bench/lab/stored-run.ts';
import { readmeCharts, withBenchmark } from '../../bench/report/readme-section.ts';
import { Random } from '../../bench/sampling/random.ts';
import { publishedTables } from '../../bench/tables/benchmark-tables.ts';
import { projectFolder } from '../kernel/lab/project.ts';
import { simulatedLabResults, simulatedRun, simulatedTableFigures } from './simulated-results.ts';

const stored = readStoredRun();
const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8');

test("the readme's section about the benchmark is made from the stored run: npm run bench:readme", () => {
  const readme = read('README.md');
  assert.equal(withBenchmark(readme, stored), readme);
});

test("the readme's charts are made from the stored run, and there are no others: npm run bench:readme", () => {
  const charts = readmeCharts(stored);
  assert.equal(
    charts.size > 0,
    stored.kernels.some(({ name }) => name.startsWith('single-')),
  );
  for (const [path, svg] of charts) assert.equal(read(path), svg, path);
  assert.deepEqual(
    (existsSync(storedFolder) ? readdirSync(storedFolder) : [])
      .filter((name) => name.endsWith('.svg'))
      .map((name) => `bench/results/${name}`)
      .sort(),
    [...charts.keys()].sort(),
  );
});

test('another stored run gives another section and other charts, the same run the same ones', () => {
  const tables = (seed: number) =>
    publishedTables.map((table) =>
      simulatedTableFigures(table, { 'per-service': 20, 'single-sync': 2, discard: 1 }, new Random(seed)),
    );
  const run = (seed: number) => ({
    kernels: [simulatedLabResults('single-7.x', simulatedRun(tables(seed), { growth: tables(seed) }))],
    userSpace: undefined,
  });
  const readme = read('README.md');
  const made = (seed: number) => ({
    text: withBenchmark(readme, run(seed)),
    charts: readmeCharts(run(seed)),
  });
  const [one, same, other] = [made(1), made(1), made(2)];
  assert.deepEqual(same, one);
  assert.notEqual(other.text, one.text);
  for (const [path, svg] of one.charts) assert.notEqual(other.charts.get(path), svg);
  assert.throws(() => withBenchmark('# no section', run(1)), /no section/);
});
