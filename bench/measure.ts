import { measure } from 'mitata';

/** How much is measured. */
export interface Effort {
  /** Times that every subject is measured, in turn with the others, so that all meet the same noise. */
  readonly rounds: number;
  /** Least samples in a round. */
  readonly samples: number;
  /** Least time in a round, in milliseconds. */
  readonly time: number;
}

/** Samples of one subject, in milliseconds. */
export interface Measurement {
  readonly samples: readonly number[];
  readonly median: number;
  readonly least: number;
  /** The middle half of the samples, as a share of the median. */
  readonly spread: number;
}

/** Above this spread of either side a ratio says nothing. */
export const MOST_SPREAD = 0.35;

const NANOSECONDS = 1e6;

/** What is measured: called once for each sample. */
export type Subject = () => unknown;

/** Measures subjects in turn, round after round. Calls `progress` before each. */
export async function measureInTurn<Name extends string>(
  subjects: ReadonlyMap<Name, Subject>,
  effort: Effort,
  progress: (name: Name, round: number) => void = () => {},
): Promise<Map<Name, Measurement>> {
  const samples = new Map<Name, number[]>();
  for (let round = 1; round <= effort.rounds; round++) {
    for (const [name, subject] of subjects) {
      progress(name, round);
      const stats = await measure(() => subject(), {
        min_samples: effort.samples,
        min_cpu_time: effort.time * NANOSECONDS,
        warmup_samples: 1,
        inner_gc: false,
      });
      const all = samples.get(name) ?? [];
      for (const sample of stats.samples) all.push(sample / NANOSECONDS);
      samples.set(name, all);
    }
  }
  return new Map([...samples].map(([name, all]) => [name, summarise(all)]));
}

/** Median and spread of samples in milliseconds. */
export function summarise(samples: readonly number[]): Measurement {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  const median = at(0.5);
  return { samples: sorted, median, least: at(0), spread: (at(0.75) - at(0.25)) / median };
}

/** How many times longer `a` took than `b`; `undefined` when either scatters too much to say. */
export function ratio(a: Measurement | undefined, b: Measurement | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (!(a.spread <= MOST_SPREAD && b.spread <= MOST_SPREAD)) return undefined;
  return a.median / b.median;
}
