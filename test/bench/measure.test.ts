import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  LEAST_SAMPLES,
  MOST_SPREAD,
  measureInTurn,
  pairedRatio,
  ratio,
  summarise,
} from '../../bench/measure.ts';

test('a summary has the median and the share of it that the middle half spans', () => {
  const { median, least, spread } = summarise([4, 1, 3, 2, 5]);
  assert.deepEqual([median, least, spread], [3, 1, 2 / 3]);
});

test('a ratio is that of the medians', () => {
  assert.equal(ratio(summarise([10, 10, 11]), summarise([5, 5, 6])), 2);
});

test('no ratio comes from samples that scatter, on either side', () => {
  const steady = summarise([10, 10, 10]);
  const scattered = summarise([10, 10 * (1 + 3 * MOST_SPREAD), 20, 5, 10]);
  assert.ok(scattered.spread > MOST_SPREAD);
  assert.equal(ratio(steady, scattered), undefined);
  assert.equal(ratio(scattered, steady), undefined);
});

test('no ratio comes from too few samples, or from none', () => {
  const steady = summarise([10, 10, 10]);
  const few = summarise(new Array<number>(LEAST_SAMPLES - 1).fill(10));
  assert.equal(ratio(steady, few), undefined);
  assert.equal(ratio(few, steady), undefined);
  assert.equal(ratio(steady, summarise([])), undefined);
  assert.equal(ratio(undefined, steady), undefined);
});

test('subjects are measured in turn, after all have been warmed', async () => {
  const calls: string[] = [];
  const subjects = new Map<string, () => unknown>([
    ['plain', () => calls.push('plain')],
    ['promise', async () => calls.push('promise')],
  ]);
  const found = await measureInTurn(subjects, { rounds: 2, warm: 0, warmAgain: 10, time: 0, limit: 1000 });
  const turns = calls.filter((name, index) => name !== calls[index - 1]);
  assert.deepEqual(turns, ['plain', 'promise', 'plain', 'promise', 'plain', 'promise']);
  assert.deepEqual(
    [...found.values()].map(({ samples }) => samples.length),
    [2, 2],
  );
});

test('a subject that has used up its time gets no more rounds', async () => {
  let rounds = 0;
  const sampleRound = async (): Promise<number[]> => {
    rounds++;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return [20];
  };
  await measureInTurn(new Map([['slow', { sampleRound }]]), {
    rounds: 50,
    warm: 0,
    warmAgain: 0,
    time: 0,
    limit: 50,
  });
  assert.ok(rounds < 4, `${rounds} rounds`);
});

test('a ratio of rounds stays when both sides slow down together, and says when rounds disagree', () => {
  const rounds = (times: readonly (number | null)[]): ReturnType<typeof summarise> => ({
    ...summarise([1]),
    rounds: times,
  });
  assert.deepEqual(pairedRatio(rounds([2, 20, 200]), rounds([1, 10, 100])), { ratio: 2, steady: true });
  assert.deepEqual(pairedRatio(rounds([2, 4, 8]), rounds([2, 2, 2])), { ratio: 2, steady: false });
  assert.deepEqual(pairedRatio(rounds([2, null, 6]), rounds([1, 1, 1]))?.steady, false);
  assert.equal(pairedRatio(rounds([1, 1, 1]), summarise([1, 1, 1])), undefined);
  assert.equal(pairedRatio(undefined, rounds([1])), undefined);
});
