import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SubsetTimer, subsetFor } from '../../bench/reading/subset.ts';
import { measureInTurn, type SamplingOptions, type Subject } from '../../bench/sampling/in-turn.ts';
import { MINIMUM_SAMPLES } from '../../bench/sampling/ratio.ts';
import { runSteps, type Step } from '../../bench/sampling/time-budget.ts';

const options: SamplingOptions = { rounds: 3, seconds: 10, sampleTime: 0, warmUp: 0 };

test('subjects are measured in turn, every second round in reverse order, after all have been warmed up', async () => {
  const calls: string[] = [];
  const subjects = new Map<string, Subject>([
    ['sync', { run: () => calls.push('sync') }],
    ['async', { run: async () => calls.push('async') }],
  ]);
  const found = await measureInTurn(subjects, options);
  assert.deepEqual(calls, ['sync', 'async', 'sync', 'async', 'async', 'sync', 'sync', 'async']);
  assert.deepEqual(
    [...found.values()].map(({ length }) => length),
    [3, 3],
  );
});

test('a fast subject is repeated for the minimum time of a round; its sample is the mean', async () => {
  let runs = 0;
  const found = await measureInTurn(new Map<string, Subject>([['fast', { run: () => runs++ }]]), {
    ...options,
    rounds: 1,
    sampleTime: 5,
  });
  assert.ok(runs > 100, `${runs} runs`);
  assert.ok(found.get('fast')![0]! < 1);
});

test('no round begins when the time is up; the time is extended only for the minimum number of samples', async () => {
  /** Returns the number of rounds of a subject that takes `milliseconds` each time; `seconds` is the time limit. */
  const rounds = async (milliseconds: number, seconds: number): Promise<number> => {
    let now = 0;
    const sample = async (): Promise<number> => {
      now += milliseconds;
      return milliseconds;
    };
    const subjects = new Map([['slow', { sample }]]);
    const found = await measureInTurn(
      subjects,
      { ...options, rounds: 500, seconds },
      undefined,
      'wall',
      () => now,
    );
    return found.get('slow')!.length;
  };
  assert.equal(await rounds(5, 0.1), 20);
  assert.equal(await rounds(5, 0.02), MINIMUM_SAMPLES);
  assert.equal(await rounds(80, 0.02), 1);
});

test('the estimated time of what a subject left out is added to its samples', async () => {
  let skippedTime = 0;
  const found = await measureInTurn(
    new Map<string, Subject>([
      ['subset', { run: () => (skippedTime += 1000), skippedTime: () => skippedTime }],
    ]),
    options,
  );
  for (const sample of found.get('subset')!) assert.ok(sample >= 1000 && sample < 2000, `${sample} ms`);
});

test('a subset is every 2nd, 4th or 8th service and so on: few enough for the time, but at least 100', () => {
  assert.deepEqual(subsetFor(16_000, 100, 100), { stride: 1 });
  assert.deepEqual(subsetFor(16_000, 5000, 100), { stride: 64 });
  assert.deepEqual(subsetFor(1000, 5000, 100), { stride: 8 });
  assert.deepEqual(subsetFor(100, 5000, 100), { stride: 1 });
});

test('a subset is spread evenly over the table, and the time of the rest is extrapolated from it', () => {
  const timer = new SubsetTimer({ stride: 4 });
  const items = Array.from({ length: 10 }, (_, index) => index);
  assert.deepEqual(timer.selected(items), [0, 4, 8]);
  timer.record(3, 10, 30);
  assert.equal(Math.round(timer.skippedTime()), 70);
  assert.deepEqual(new SubsetTimer({ stride: 1 }).selected(items), items);
});

/** Returns steps, each of which takes its factor times the time that it is given, and the simulated clock. */
function steps(factors: readonly number[]): { readonly list: Step[]; readonly now: () => number } {
  let clock = 0;
  const list = factors.map((factor, index) => ({
    name: `step ${index}`,
    timeShare: 1,
    run: async (seconds: number) => {
      clock += seconds * factor;
    },
  }));
  return { list, now: () => clock };
}

test('steps share the time: what one does not use is left for the next', async () => {
  const { list, now } = steps([0.5, 1, 1]);
  assert.deepEqual(await runSteps(list, 30, now), []);
  assert.equal(now(), 30);
});

test('a step for which too little time is left is skipped, and its name returned', async () => {
  const { list, now } = steps([2.9, 1, 1]);
  assert.deepEqual(await runSteps(list, 30, now), ['step 1', 'step 2']);
  assert.equal(now(), 29);
});
