/** Milliseconds of one subject: a sample for each round, in the order of the rounds. */
export type Samples = readonly number[];

/** Significant digits of a sample that is stored. */
const DIGITS = 4;

/** The median; NaN where there are no numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * The value below which a share (0 to 1) of the ascending numbers lies, by the nearest rank; NaN where there
 * are none.
 */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
}

/** Samples with the digits that are worth storing. */
export function rounded(samples: Samples): Samples {
  return samples.map((sample) => Number(sample.toPrecision(DIGITS)));
}
