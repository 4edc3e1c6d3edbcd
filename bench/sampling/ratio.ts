import { Random } from './random.ts';
import { quantile, type Samples, trimmedGeometricMean } from './samples.ts';

/** A ratio with its bootstrapped 95 % confidence interval. */
export interface RatioEstimate {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Minimum number of samples of either program for an interval: all 5 samples are on one side of the median in 6 % of
 * cases.
 */
export const MINIMUM_SAMPLES = 5;
const RESAMPLES = 2000;
const SEED = 95;
/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959964;

/**
 * Returns the ratio of `a` to `b`, which were measured in the same rounds: the trimmed geometric mean of the ratios
 * of the rounds, which a temporary slowdown of the machine changes little. The interval is bootstrapped: it is that of
 * the trimmed geometric means of rounds resampled with replacement, widened by the variation between runs. Returns
 * `undefined` if there are fewer than {@link MINIMUM_SAMPLES} rounds.
 */
export function pairedRatio(a: Samples | undefined, b: Samples | undefined): RatioEstimate | undefined {
  if (a === undefined || b === undefined) return undefined;
  const ratios = Array.from({ length: Math.min(a.length, b.length) }, (_, round) => a[round]! / b[round]!);
  if (ratios.length < MINIMUM_SAMPLES) return undefined;
  return interval(trimmedGeometricMean(ratios), ratios.length, (random) =>
    trimmedGeometricMean(resampled(ratios, random)),
  );
}

/**
 * Returns the ratio of `a` to `b`, which were measured separately (in two guests, or on two tables): the
 * ratio of the trimmed geometric means, with both sides resampled independently. Returns `undefined` if either
 * has fewer than {@link MINIMUM_SAMPLES} samples.
 */
export function independentRatio(a: Samples | undefined, b: Samples | undefined): RatioEstimate | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a.length < MINIMUM_SAMPLES || b.length < MINIMUM_SAMPLES) return undefined;
  return interval(
    trimmedGeometricMean(a) / trimmedGeometricMean(b),
    Math.min(a.length, b.length),
    (random) => trimmedGeometricMean(resampled(a, random)) / trimmedGeometricMean(resampled(b, random)),
  );
}

function resampled(values: readonly number[], random: Random): number[] {
  return values.map(() => random.pick(values));
}

function interval(ratio: number, samples: number, resample: (random: Random) => number): RatioEstimate {
  const random = new Random(SEED);
  const estimates = Array.from({ length: RESAMPLES }, () => resample(random)).sort((x, y) => x - y);
  const outside = tail(samples);
  return {
    ratio,
    low: ratio / widened(ratio / quantile(estimates, outside)),
    high: ratio * widened(quantile(estimates, 1 - outside) / ratio),
  };
}

/**
 * Relative standard deviation between runs of what no number of rounds in one run shows, such as the order in which V8
 * compiled the code and the place of memory in caches: 1 to 2.4 % in three runs of the same benchmark plan.
 */
const VARIATION_BETWEEN_RUNS = 0.02;

/** Adds the variation between runs to the distance of an end of an interval from the ratio, both as factors. */
function widened(factor: number): number {
  return Math.exp(Math.hypot(Math.log(factor), Z * VARIATION_BETWEEN_RUNS));
}

/**
 * Returns the share of resampled values outside of a 95 % interval on either side. The percentiles of few
 * samples would make the interval too narrow, so it is expanded like Student's t relative to the normal
 * distribution (Hesterberg 2015, "What teachers should know about the bootstrap").
 */
function tail(samples: number): number {
  const degreesOfFreedom = samples - 1;
  const t =
    Z +
    (Z ** 3 + Z) / (4 * degreesOfFreedom) +
    (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * degreesOfFreedom ** 2);
  const x = t * Math.sqrt(samples / degreesOfFreedom);
  // The upper tail of the normal distribution, Abramowitz and Stegun 26.2.17.
  const k = 1 / (1 + 0.2316419 * x);
  const series =
    k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  return (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
