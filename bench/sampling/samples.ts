/** Durations of one benchmarked program or function, in milliseconds: one for each round, in their order. */
export type Samples = readonly number[];

/** Number of significant digits of stored samples. */
const DIGITS = 4;

/** Returns the median; NaN if there are no numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Share of the samples that {@link trimmedGeometricMean} drops on either side. */
const TRIMMED = 0.2;

/**
 * Returns the geometric mean of positive numbers without the fifth of them that is lowest and the fifth that is
 * highest; NaN if there are no numbers. It varies less from run to run than the median, and outliers change it as
 * little.
 */
export function trimmedGeometricMean(values: readonly number[]): number {
  const dropped = Math.floor(values.length * TRIMMED);
  const middle = Float64Array.from(values)
    .sort()
    .subarray(dropped, values.length - dropped);
  return Math.exp(middle.reduce((sum, value) => sum + Math.log(value), 0) / middle.length);
}

/**
 * Returns the quantile `p` (0 to 1) of numbers in ascending order: the element at index p*(n-1), rounded. NaN
 * if there are no numbers.
 */
export function quantile(sorted: readonly number[], p: number): number {
  return sorted[Math.round(p * (sorted.length - 1))] ?? Number.NaN;
}

/** Rounds samples to the digits that are worth storing. */
export function rounded(samples: Samples): Samples {
  return samples.map((sample) => Number(sample.toPrecision(DIGITS)));
}
