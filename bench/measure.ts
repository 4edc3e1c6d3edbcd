import { measure } from 'mitata';
import { Random } from './random.ts';

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
   * How the heap is left to a subject. `collected` (the default): each round begins with a full collection, so that
   * no subject pays for another's garbage; right after one V8's young generation is small, and the next runs take
   * several times as long. `varied`: some garbage is made before each sample, now more, now less. What allocates the
   * same in each run would else meet each collection at the same point, with much of it alive or with nothing.
   */
  readonly heap?: 'collected' | 'varied';
  /** Time that one subject may take altogether, in milliseconds: what is slow gets fewer rounds. */
  readonly limit: number;
}

/** Samples of one subject, in milliseconds. */
export interface Measurement {
  readonly samples: readonly number[];
  /** The mean of each round; absent where it was not measured in rounds, null for one that was left out. */
  readonly rounds?: readonly (number | null)[];
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

/** Nanoseconds, which mitata counts in, in a millisecond. */
const NANOSECONDS = 1e6;
const MICROSECONDS = 1000;
const DIGITS = 5;

/** What is measured: called once for each sample. */
export type Subject = () => unknown;

/**
 * What the samples count: `wall` as it passes, or `cpu`, what all threads of the process used (garbage
 * collection included), which says the same on a machine that others use too.
 */
export type Clock = 'wall' | 'cpu';

/** In milliseconds. */
const clocks: Readonly<Record<Clock, () => number>> = {
  wall: () => performance.now(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / MICROSECONDS;
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
    {
      sampleRound: Outsider['sampleRound'];
      used: number;
      cold: number;
      samples: number[];
      rounds: (number | null)[];
    }
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
        subject.rounds.push(null);
        continue;
      }
      progress(name, round);
      const started = performance.now();
      const samples = await subject.sampleRound(effort);
      subject.samples.push(...samples);
      subject.rounds.push(samples.reduce((sum, sample) => sum + sample, 0) / samples.length);
      subject.used += performance.now() - started;
    }
  }
  return new Map([...running].map(([name, subject]) => [name, withCold(subject, subject.cold)]));
}

/**
 * Warms a subject, and makes the sampler of a round, which begins with a few runs that are not counted.
 */
async function warmSampler(
  subject: Subject,
  clock: Clock,
  { warm: least, warmAgain, sample = 0, heap = 'collected' }: Effort,
): Promise<Outsider['sampleRound']> {
  const now = clocks[clock];
  /** Runs the subject so many times; how long that took. */
  const run = async (times: number): Promise<number> => {
    const started = now();
    for (let left = times; left > 0; left--) {
      const result = subject();
      if (result instanceof Promise) await result;
    }
    return now() - started;
  };
  for (let took = await run(1); took < least; ) took += await run(1);
  const repeats = sample === 0 ? 1 : Math.max(1, Math.ceil((sample * WARM_RUNS) / (await run(WARM_RUNS))));
  let slow = false;
  const random = new Random(SEED);
  /** For a varied heap, as mitata has no step ahead of each sample. */
  const sampleVaried = async (time: number): Promise<readonly number[]> => {
    const samples: number[] = [];
    for (let total = 0; samples.length === 0 || total < time; ) {
      makeGarbage(random.below(YOUNG_GENERATION));
      const took = await run(repeats);
      total += took;
      samples.push(took / repeats);
    }
    return samples;
  };
  return async ({ time }) => {
    if (heap === 'collected') globalThis.gc?.();
    for (let runs = 0, took = 0; !slow && took < warmAgain && (runs < WARM_RUNS || took < 2 * sample); runs++)
      took += await run(1);
    const samples =
      heap === 'varied' ? await sampleVaried(time) : await sampleByMitata(subject, repeats, time, now);
    slow = Math.max(...samples) > warmAgain;
    return samples;
  };
}

/** Samples of a subject for so many milliseconds, at least one. */
async function sampleByMitata(
  subject: Subject,
  repeats: number,
  time: number,
  now: () => number,
): Promise<readonly number[]> {
  const { samples } = await measure(
    repeats === 1
      ? subject
      : () => {
          for (let left = repeats; left > 0; left--) subject();
        },
    {
      min_samples: 1,
      min_cpu_time: time * NANOSECONDS,
      warmup_samples: 0,
      warmup_threshold: 0,
      gc: false,
      inner_gc: false,
      now: () => now() * NANOSECONDS,
    },
  );
  return samples.map((took) => took / NANOSECONDS / repeats);
}

/** V8's default for each half of its young generation, in bytes. */
const YOUNG_GENERATION = 16 * 2 ** 20;
const GARBAGE_WORDS = 126;
const GARBAGE_BYTES = 1024;
const SEED = 1;

/** Allocates about so many bytes in arrays that nothing refers to afterwards but to the last, which is returned. */
function makeGarbage(bytes: number): number[] {
  let last: number[] = [];
  for (let left = bytes; left > 0; left -= GARBAGE_BYTES) last = new Array<number>(GARBAGE_WORDS).fill(0);
  return last;
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

/** What a run took: the median of the rounds' means, in milliseconds; of the samples where there were no rounds. */
export function typical({ median, rounds = [] }: Measurement): number {
  const means = rounds.filter((mean) => mean !== null);
  return means.length === 0 ? median : summarise(means).median;
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
  const ratios = (a?.rounds ?? []).map(
    (time, round) => (time ?? Number.NaN) / (b?.rounds?.[round] ?? Number.NaN),
  );
  const measured = summarise(ratios.filter((value) => !Number.isNaN(value)));
  if (measured.samples.length === 0) return undefined;
  return { ratio: measured.median, steady: steady(measured) };
}

function steady({ samples, spread }: Measurement): boolean {
  return samples.length >= LEAST_SAMPLES && spread <= MOST_SPREAD;
}
