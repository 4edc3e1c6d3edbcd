import { Random } from './random.ts';
import { median, quantile, type Samples } from './samples.ts';

/** A ratio with its bootstrapped 95 % interval. */
export interface Interval {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Below so many samples of either side there is no interval: 5 lie all on one side of the median in 6 % of
 * cases.
 */
export const MINIMUM_SAMPLES = 5;
const RESAMPLES = 2000;
const SEED = 95;

/**
 * How many times longer `a` took than `b`, which were measured in the same rounds: the median of the ratios
 * of each round, which a machine that slows down for a while changes little. Its interval is that of medians
 * of rounds drawn again with replacement. `undefined` when there are fewer than {@link MINIMUM_SAMPLES}
 * rounds.
 */
export function pairedRatio(a: Samples | undefined, b: Samples | undefined): Interval | undefined {
  if (a === undefined || b === undefined) return undefined;
  const ratios = Array.from({ length: Math.min(a.length, b.length) }, (_, round) => a[round]! / b[round]!);
  if (ratios.length < MINIMUM_SAMPLES) return undefined;
  return interval(median(ratios), ratios.length, (random) => median(drawn(ratios, random)));
}

/**
 * How many times longer `a` took than `b`, which were measured apart (in two guests, or on two tables): the
 * ratio of the medians, both sides drawn again by themselves. `undefined` when either has fewer than {@link
 * MINIMUM_SAMPLES}.
 */
export function independentRatio(a: Samples | undefined, b: Samples | undefined): Interval | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a.length < MINIMUM_SAMPLES || b.length < MINIMUM_SAMPLES) return undefined;
  return interval(
    median(a) / median(b),
    Math.min(a.length, b.length),
    (random) => median(drawn(a, random)) / median(drawn(b, random)),
  );
}

function drawn(values: readonly number[], random: Random): number[] {
  return values.map(() => random.pick(values));
}

function interval(ratio: number, samples: number, again: (random: Random) => number): Interval {
  const random = new Random(SEED);
  const found = Array.from({ length: RESAMPLES }, () => again(random)).sort((x, y) => x - y);
  const outside = tail(samples);
  return { ratio, low: quantile(found, outside), high: quantile(found, 1 - outside) };
}

/** The normal distribution's quantile of 97.5 %. */
const Z = 1.959964;

/**
 * The share of resampled values that lies outside a 95 % interval on either side. Percentiles of few samples
 * make it too narrow: it is expanded as Student's t is against the normal distribution (Hesterberg 2015,
 * "What teachers should know about the bootstrap").
 */
function tail(samples: number): number {
  const freedom = samples - 1;
  const t = Z + (Z ** 3 + Z) / (4 * freedom) + (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * freedom ** 2);
  const x = t * Math.sqrt(samples / freedom);
  // The upper tail of the normal distribution, Abramowitz and Stegun 26.2.17.
  const k = 1 / (1 + 0.2316419 * x);
  const series =
    k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  return (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
