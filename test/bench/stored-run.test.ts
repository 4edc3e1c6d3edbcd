import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  isReusable,
  newestPatched,
  readStoredRun,
  stockOf,
  storeKernelResults,
  storeUserSpaceResults,
} from '../../bench/lab/stored-run.ts';
import { Random } from '../../bench/sampling/random.ts';
import { runSteps } from '../../bench/sampling/time-budget.ts';
import { benchmarkTableNamed } from '../../bench/tables/benchmark-tables.ts';
import { runChosen } from '../../bench/this-machine.ts';
import {
  simulatedCodecFigures,
  simulatedLabResults,
  simulatedResults,
  simulatedRun,
  simulatedTableFigures,
} from './simulated-results.ts';

const random = new Random(4);
const table = simulatedTableFigures(
  benchmarkTableNamed('1000x4'),
  { 'per-service': 10, 'single-sync': 1 },
  random,
);

test('results that were stored are read back, kernel by kernel, the newest patched kernel first', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-stored-'));
  try {
    assert.deepEqual(readStoredRun(folder), { kernels: [], userSpace: undefined });
    assert.deepEqual(readStoredRun(join(folder, 'missing')), { kernels: [], userSpace: undefined });
    const names = ['stock-6.12', 'single-6.12', 'stock-7.x', 'single-7.x'];
    const kernels = names.map((name) => simulatedLabResults(name, simulatedRun([table])));
    for (const kernel of kernels) storeKernelResults(kernel, folder);
    const { userSpace, date, machine, thoroughness } = simulatedResults(simulatedRun([]), {
      codec: [simulatedCodecFigures('uniform', 'benchmark', { records: 1 })],
    });
    storeUserSpaceResults({ date, machine, thoroughness, userSpace }, folder);
    const stored = readStoredRun(folder);
    assert.deepEqual(
      stored.kernels.map(({ name }) => name),
      ['single-7.x', 'single-6.12', 'stock-7.x', 'stock-6.12'],
    );
    assert.deepEqual(
      stored.kernels.find(({ name }) => name === 'stock-7.x'),
      kernels[2],
    );
    assert.deepEqual(stored.userSpace?.userSpace, userSpace);
    const patched = newestPatched(stored)!;
    assert.equal(patched.name, 'single-7.x');
    assert.equal(stockOf(stored, patched)?.name, 'stock-7.x');
    storeKernelResults({ ...kernels[3]!, emulated: false }, folder);
    assert.equal(newestPatched(readStoredRun(folder))?.emulated, false);
    const text = readFileSync(join(folder, 'single-7.x.json'), 'utf8');
    assert.ok(text.split('\n').length > 5, 'one line for everything hides what changed');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an interrupted run is continued: recent results, as thorough and of this Node, are not measured again', () => {
  const now = new Date('2026-11-28T12:00:00Z');
  const machine = { node: process.version, processor: '', processors: 2, architecture: 'x64' };
  const kernel = { date: '2026-11-28T10:00:00Z', machine, thoroughness: 'thorough' as const };
  assert.ok(isReusable(kernel, 'thorough', now));
  assert.ok(isReusable(kernel, 'quick', now), 'a quick run does not take the place of a thorough one');
  assert.ok(!isReusable({ ...kernel, thoroughness: 'quick' }, 'thorough', now));
  assert.ok(!isReusable({ ...kernel, date: '2026-11-27T10:00:00Z' }, 'thorough', now));
  assert.ok(!isReusable({ ...kernel, machine: { ...machine, node: 'v1.0.0' } }, 'thorough', now));
});

test('only the chosen steps run, each for its share of the time', async () => {
  const secondsGiven = new Map<string, number>();
  const step = (name: string, timeShare: number) => ({
    name,
    timeShare,
    run: async (seconds: number) => void secondsGiven.set(name, seconds),
  });
  const steps = [step('dump 1000x4', 1), step('codec uniform', 1), step('codec mixed', 2)];
  assert.deepEqual(await runChosen(steps, ['codec'], 40), []);
  assert.deepEqual([...secondsGiven.keys()], ['codec uniform', 'codec mixed']);
  assert.ok(secondsGiven.get('codec uniform')! > 9 && secondsGiven.get('codec uniform')! <= 10);
  secondsGiven.clear();
  await runSteps(steps, Number.POSITIVE_INFINITY);
  assert.deepEqual([...secondsGiven.values()], new Array(3).fill(Number.POSITIVE_INFINITY));
});
