import { measure } from 'mitata';

/** How much is measured. */
export interface Effort {
  /** Times that every subject is measured, in turn with the others, so that all meet the same noise. */
  readonly rounds: number;
  /** Least time in a round, in milliseconds; what takes longer is sampled once in a round. */
  readonly time: number;
  /** Least time that a subject is run before anything is counted, in milliseconds: V8 compiles it meanwhile. */
  readonly warm: number;
  /** About how long it is run at the start of each round without being counted, in milliseconds; not what takes longer. */
  readonly warmAgain: number;
  /**
   * Least time of a sample, in milliseconds: what is faster is run several times for one, so that each has
   * its share of the garbage collection. Only for subjects that are synchronous.
   */
  readonly sample?: number;
  /**
   * Whether each round of a subject begins with a collection, so that it does not pay for another's garbage.
   * Default: true. Right after one V8's young generation is small, and the next runs take several times as long.
   */
  readonly collect?: boolean;
  /** Time that one subject may take altogether, in milliseconds: what is slow gets fewer rounds. */
  readonly limit: number;
}

/** Samples of one subject, in milliseconds. */
export interface Measurement {
  readonly samples: readonly number[];
  /** The median of each round; absent where it was not measured in rounds, NaN for one that was left out. */
  readonly rounds?: readonly number[];
  readonly median: number;
  readonly least: number;
  /** The middle half of the samples, as a share of the median. */
  readonly spread: number;
}

/** Above this spread of either side a ratio says nothing. */
export const MOST_SPREAD = 0.35;
/** Below so many samples of either side there is no spread to judge by. */
export const LEAST_SAMPLES = 3;

/** What takes so many milliseconds is little changed by a cold start. */
const SLOW = 2000;
/** Runs at the start of a round that are not counted; more where they take less time than two samples. */
const WARM_RUNS = 4;

/** Nanoseconds, which mitata counts in, in a millisecond and in a microsecond. */
const NANOSECONDS = 1e6;
const MICROSECOND = 1000;
const DIGITS = 5;

/** What is measured: called once for each sample. */
export type Subject = () => unknown;

/**
 * What the samples count: `wall` as it passes, or `cpu`, what all threads of the process used (garbage
 * collection included), which says the same on a machine that others use too.
 */
export type Clock = 'wall' | 'cpu';

const clocks: Readonly<Record<Clock, () => number>> = {
  wall: () => performance.now() * NANOSECONDS,
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) * MICROSECOND;
  },
};

/** Something outside this process that times itself: returns the samples of one round in milliseconds. */
export interface Outsider {
  readonly sampleRound: (effort: Effort) => Promise<readonly number[]>;
}

/**
 * Measures subjects in turn, round after round, and returns them in their order; a subject that has
 * used up its time is left out of further rounds. Calls `progress` before each.
 */
export async function measureInTurn<Name extends string>(
  subjects: ReadonlyMap<Name, Subject | Outsider>,
  effort: Effort,
  progress: (name: Name, round: number) => void = () => {},
  clock: Clock = 'wall',
): Promise<Map<Name, Measurement>> {
  const running = new Map<
    Name,
    { sampleRound: Outsider['sampleRound']; used: number; cold: number; samples: number[]; rounds: number[] }
  >();
  for (const [name, subject] of subjects) {
    progress(name, 0);
    const started = performance.now();
    const sampleRound =
      typeof subject === 'function' ? await warmSampler(subject, clock, effort) : subject.sampleRound;
    const used = performance.now() - started;
    running.set(name, { sampleRound, used, cold: used, samples: [], rounds: [] });
  }
  for (let round = 1; round <= effort.rounds; round++) {
    for (const [name, subject] of running) {
      const { used } = subject;
      // A round is expected to take what the rounds before it took on average, the warm one included.
      if (used + used / round > effort.limit) {
        subject.rounds.push(Number.NaN);
        continue;
      }
      progress(name, round);
      const started = performance.now();
      const { samples, median } = summarise(await subject.sampleRound(effort));
      subject.samples.push(...samples);
      subject.rounds.push(median);
      subject.used += performance.now() - started;
    }
  }
  return new Map([...running].map(([name, subject]) => [name, withCold(subject, subject.cold)]));
}

/**
 * Runs a subject once, and makes the sampler of a round.
 *
 * Each round begins with a few runs that are not counted. mitata runs what it measures once more
 * before each measurement; that call gets the last result again, for a subject may take seconds.
 */
async function warmSampler(
  subject: Subject,
  clock: Clock,
  { warm: least, warmAgain, sample = 0, collect = true }: Effort,
): Promise<Outsider['sampleRound']> {
  let last: unknown;
  const now = (): number => clocks[clock]() / NANOSECONDS;
  const warm = async (runs: number): Promise<void> => {
    const started = now();
    const took = (): number => now() - started;
    for (let run = 0; (run < runs || took() < 2 * sample) && took() < warmAgain; run++)
      await (last = subject());
  };
  const compiling = now();
  do await (last = subject());
  while (now() - compiling < least);
  let repeats = 1;
  if (sample > 0) {
    const started = now();
    for (let run = 0; run < WARM_RUNS; run++) await (last = subject());
    repeats = Math.max(1, Math.ceil((sample * WARM_RUNS) / (now() - started)));
  }
  const repeated = (): unknown => {
    for (let left = repeats - 1; left > 0; left--) subject();
    return (last = subject());
  };
  let slow = false;
  return async (effort) => {
    if (collect) globalThis.gc?.();
    if (!slow) await warm(WARM_RUNS);
    let given = false;
    const stats = await measure(
      () => {
        if (given) return repeated();
        given = true;
        return last;
      },
      {
        min_samples: 1,
        min_cpu_time: effort.time * NANOSECONDS,
        warmup_samples: 0,
        warmup_threshold: 0,
        gc: false,
        inner_gc: false,
        now: clocks[clock],
      },
    );
    const samples = stats.samples.map((took) => took / NANOSECONDS / repeats);
    slow = Math.max(...samples) > warmAgain;
    return samples;
  };
}

/** What is so slow that it has too few samples: its cold run counts too. */
export function withCold(measured: Pick<Measurement, 'samples' | 'rounds'>, cold: number): Measurement {
  const { samples, rounds } = measured;
  const counted = samples.length < LEAST_SAMPLES && cold > SLOW ? [cold] : [];
  return { ...summarise([...samples, ...counted]), ...(rounds && { rounds }) };
}

/** Median and spread of samples in milliseconds. */
export function summarise(samples: readonly number[]): Measurement {
  const sorted = samples.map((sample) => Number(sample.toPrecision(DIGITS))).sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  return {
    samples: sorted,
    median,
    least: quantile(sorted, 0),
    spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / median,
  };
}

/** The value below which a share (0 to 1) of the ascending numbers lies; NaN where there are none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
}

/** A ratio of two measurements, and whether its rounds were enough and agreed. */
export interface PairedRatio {
  readonly ratio: number;
  readonly steady: boolean;
}

/** How many times longer `a` took than `b`; `undefined` when either scatters too much to say. */
export function ratio(a: Measurement | undefined, b: Measurement | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (!steady(a) || !steady(b)) return undefined;
  return a.median / b.median;
}

/**
 * How many times longer `a` took than `b`, which were measured in the same rounds: the median of the ratios
 * of each round, which a machine that slows down for a while changes little. `undefined` when no round had both.
 */
export function pairedRatio(a: Measurement | undefined, b: Measurement | undefined): PairedRatio | undefined {
  const ratios = (a?.rounds ?? []).map((time, round) => time / (b?.rounds?.[round] ?? Number.NaN));
  const measured = summarise(ratios.filter((value) => !Number.isNaN(value)));
  if (measured.samples.length === 0) return undefined;
  return { ratio: measured.median, steady: steady(measured) };
}

function steady({ samples, spread }: Measurement): boolean {
  return samples.length >= LEAST_SAMPLES && spread <= MOST_SPREAD;
}
