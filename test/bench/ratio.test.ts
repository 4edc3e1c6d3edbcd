import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../bench/sampling/random.ts';
import {
  independentRatio,
  MINIMUM_SAMPLES,
  pairedRatio,
  type RatioEstimate,
} from '../../bench/sampling/ratio.ts';
import { median, quantile, rounded, trimmedGeometricMean } from '../../bench/sampling/samples.ts';
import { simulatedSamples, slowdowns } from './simulated-results.ts';

test('a median of an even number lies between the middle two; a quantile is one of the values', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([5, 1, 3]), 3);
  assert.ok(Number.isNaN(median([])));
  assert.equal(quantile([1, 2, 3, 4, 5], 0.99), 5);
  assert.deepEqual(rounded([1.234567, 0.000123456]), [1.235, 0.0001235]);
});

test('a trimmed mean is that of the middle three fifths', () => {
  assert.ok(Math.abs(trimmedGeometricMean([1000, 2, 4, 8, 0.001]) - 4) < 1e-9);
  assert.ok(Math.abs(trimmedGeometricMean([2, 8]) - 4) < 1e-9);
  assert.ok(Number.isNaN(trimmedGeometricMean([])));
});

test('a paired ratio stays the same when both sides slow down together', () => {
  const found = pairedRatio([2, 20, 200, 2, 20], [1, 10, 100, 1, 10]);
  assertTwo(found);
});

test('there is no ratio only if there are too few samples: scatter makes the interval wide', () => {
  const few = new Array<number>(MINIMUM_SAMPLES - 1).fill(10);
  const enough = [...few, 10];
  assert.equal(pairedRatio(few, enough), undefined);
  assert.equal(pairedRatio(enough, few), undefined);
  assert.equal(pairedRatio(undefined, enough), undefined);
  assert.equal(independentRatio(few, enough), undefined);
  assert.equal(independentRatio(enough, undefined), undefined);
  const wild = pairedRatio([10, 100, 1000, 30, 300], enough);
  assert.ok(wild !== undefined && wild.low <= 4 && wild.high >= 30 && wild.ratio > 9 && wild.ratio < 11);
});

/** Checks that a ratio is 2, up to rounding, and its interval only as wide as the variation between runs makes it. */
function assertTwo(found: RatioEstimate | undefined): void {
  const { ratio, low, high } = found!;
  assert.ok(Math.abs(ratio - 2) < 1e-9, `${ratio}`);
  for (const factor of [ratio / low, high / ratio]) assert.ok(factor > 1.03 && factor < 1.05, `${factor}`);
}

/** Returns the ratios of `count` runs of an experiment whose true ratio is 20, with their intervals. */
function runs(count: number, rounds: number, seed: number): RatioEstimate[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const slow = slowdowns(random, rounds);
    return pairedRatio(simulatedSamples(random, 100, slow), simulatedSamples(random, 5, slow))!;
  });
}

test('intervals contain the true ratio, and are narrow from fifteen rounds on, on a machine that slows down', () => {
  for (const rounds of [7, 10, 15]) {
    const found = runs(60, rounds, rounds);
    const correct = found.filter(({ low, high }) => low <= 20 && high >= 20).length;
    assert.ok(correct >= 0.9 * found.length, `${correct} of ${found.length} with ${rounds} rounds`);
    const narrow = found.filter(({ low, high }) => high / low < 1.5).length;
    if (rounds >= 15) assert.ok(narrow >= 0.9 * found.length, `${narrow} narrow ones with ${rounds} rounds`);
  }
});

test('the intervals of three runs overlap in nine of ten cases', () => {
  const found = runs(150, 10, 3);
  let overlapping = 0;
  for (let at = 0; at < found.length; at += 3) {
    const three = found.slice(at, at + 3);
    if (Math.max(...three.map(({ low }) => low)) <= Math.min(...three.map(({ high }) => high))) overlapping++;
  }
  assert.ok(overlapping >= 45, `${overlapping} of 50`);
});

test('an independent ratio resamples each side on its own', () => {
  const random = new Random(5);
  const noSlowdown = new Array<number>(10).fill(1);
  const found = independentRatio(
    simulatedSamples(random, 100, noSlowdown),
    simulatedSamples(random, 5, noSlowdown),
  )!;
  assert.ok(found.low <= 20 && found.high >= 20 && found.high / found.low < 1.5);
  assertTwo(independentRatio([2, 2, 2, 2, 2], [1, 1, 1, 1, 1]));
});
