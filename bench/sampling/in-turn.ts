import { measure } from 'mitata';
import { Random } from './random.ts';
import { MINIMUM_SAMPLES } from './ratio.ts';
import { rounded, type Samples } from './samples.ts';

/** The options of a measurement. */
export interface SamplingOptions {
  /** Maximum number of rounds. Each gives a sample of every subject. */
  readonly rounds: number;
  /**
   * Time for warm-up and all rounds, in seconds, after which no further round begins. It is extended until
   * there are enough rounds for a confidence interval, at most by the factor `MAXIMUM_EXTENSION`.
   */
  readonly seconds: number;
  /**
   * Minimum time of a sample, in milliseconds. A faster subject is repeated, and the sample is the mean.
   */
  readonly sampleTime: number;
  /** Minimum warm-up time of a subject, in milliseconds, in which V8 compiles it. */
  readonly warmUp: number;
  /**
   * Minimum time between two readings of the clock, in milliseconds. A faster subject is run several times
   * between them, so that each measured duration includes its share of garbage collection. For synchronous
   * subjects only. Default: 0.
   */
  readonly clockInterval?: number;
  /**
   * Garbage in the heap before a subject. With `collected`, each round begins with a collection of the young
   * generation, so that no subject pays for the garbage of another; not with a full collection, after which
   * V8's young generation is small and the next runs take several times as long. With `random`, a random
   * amount of garbage is allocated before each measured duration: otherwise a subject that allocates the same
   * amount in each run would be interrupted by garbage collection always at the same point, where much or none
   * of its memory is still in use. Default: `collected`.
   */
  readonly garbage?: 'collected' | 'random';
}

/** A function to be measured. */
export interface Subject {
  /** Runs it once. */
  run(): unknown;
  /**
   * Estimated time that what all runs so far have left out would have taken, in milliseconds, see `Subset`; it is
   * added to the measured time. Absent if nothing is left out.
   */
  skippedTime?(): number;
}

/** A program outside this process; `sample` runs and times it. */
export interface ExternalSubject {
  /** Runs it for at least `time` milliseconds, and returns the mean time of a run in milliseconds. */
  sample(time: number): Promise<number>;
}

/**
 * The clock of the samples: `wall` time, or `cpu` time of all threads of the process (with garbage
 * collection), which depends less on other load of the machine.
 */
export type Clock = 'wall' | 'cpu';

const MICROSECONDS_PER_MILLISECOND = 1000;
/** The unit of mitata is a nanosecond. */
const NANOSECONDS_PER_MILLISECOND = 1e6;

/** The clocks, in milliseconds. */
const clocks: Readonly<Record<Clock, () => number>> = {
  wall: () => performance.now(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / MICROSECONDS_PER_MILLISECOND;
  },
};

/** Maximum factor by which the time is extended on a busy machine until there are enough rounds for an interval. */
const MAXIMUM_EXTENSION = 2.5;
/** Number of runs from which the time of one is estimated. */
const ESTIMATING_RUNS = 4;

/**
 * Measures subjects in turn, round after round, in reverse order in every second round, and returns their
 * samples, the same number for each. Calls `progress` before each sample. `now` is the clock for the total
 * time, in milliseconds.
 */
export async function measureInTurn<Name extends string>(
  subjects: ReadonlyMap<Name, Subject | ExternalSubject>,
  options: SamplingOptions,
  progress: (name: Name, round: number) => void = () => {},
  clock: Clock = 'wall',
  now: () => number = () => performance.now(),
): Promise<Map<Name, Samples>> {
  const started = now();
  const elapsed = (): number => (now() - started) / 1000;
  const running: { name: Name; sample: ExternalSubject['sample']; samples: number[] }[] = [];
  for (const [name, subject] of subjects) {
    progress(name, 0);
    const sample =
      'run' in subject ? await warmSampler(subject, clocks[clock], options) : subject.sample.bind(subject);
    running.push({ name, sample, samples: [] });
  }
  const warmUpTime = elapsed();
  for (let round = 1; round <= options.rounds; round++) {
    const each = round === 1 ? 0 : (elapsed() - warmUpTime) / (round - 1);
    const limit = round <= MINIMUM_SAMPLES ? MAXIMUM_EXTENSION * options.seconds : options.seconds;
    if (round > 1 && elapsed() + each > limit) break;
    for (const { name, sample, samples } of round % 2 === 1 ? running : running.toReversed()) {
      progress(name, round);
      samples.push(await sample(options.sampleTime));
    }
  }
  return new Map(running.map(({ name, samples }) => [name, rounded(samples)]));
}

/** Warms up a subject, and returns the function that takes a sample. */
async function warmSampler(
  subject: Subject,
  clock: () => number,
  { warmUp, clockInterval = 0, garbage = 'collected' }: SamplingOptions,
): Promise<ExternalSubject['sample']> {
  const now = (): number => clock() + (subject.skippedTime?.() ?? 0);
  let asynchronous = false;
  /** Runs the subject `times` times, and returns how long that took. */
  const run = async (times: number): Promise<number> => {
    const began = now();
    for (let left = times; left > 0; left--) {
      const result = subject.run();
      asynchronous = result instanceof Promise;
      if (asynchronous) await result;
    }
    return now() - began;
  };
  for (let took = await run(1); took < warmUp; ) took += await run(1);
  const repeats =
    clockInterval === 0
      ? 1
      : Math.max(1, Math.ceil((clockInterval * ESTIMATING_RUNS) / (await run(ESTIMATING_RUNS))));
  const random = new Random(SEED);
  /** Measures durations with a random amount of garbage; mitata has no hook before each sample. */
  const sampleWithGarbage = async (time: number): Promise<readonly number[]> => {
    const durations: number[] = [];
    for (let total = 0; durations.length === 0 || total < time; ) {
      makeGarbage(random.below(YOUNG_GENERATION));
      const took = await run(repeats);
      total += took;
      durations.push(took / repeats);
    }
    return durations;
  };
  return async (time) => {
    if (garbage === 'collected') globalThis.gc?.({ type: 'minor', execution: 'sync' });
    const durations =
      garbage === 'random'
        ? await sampleWithGarbage(time)
        : await sampleByMitata(repeated(subject, repeats, asynchronous), repeats, time, now);
    return durations.reduce((sum, duration) => sum + duration, 0) / durations.length;
  };
}

/**
 * Returns a function that runs a subject `times` times, except at its first call: mitata makes one call that
 * it does not count.
 */
function repeated(subject: Subject, times: number, asynchronous: boolean): () => unknown {
  let called = false;
  return () => {
    if (!called) {
      called = true;
      return asynchronous ? Promise.resolve() : undefined;
    }
    for (let left = times; left > 1; left--) subject.run();
    return subject.run();
  };
}

/** Measures for `time` milliseconds, and returns the durations, at least one: each is the mean of `repeats` runs. */
async function sampleByMitata(
  run: () => unknown,
  repeats: number,
  time: number,
  now: () => number,
): Promise<readonly number[]> {
  const { samples } = await measure(run, {
    min_samples: 1,
    min_cpu_time: time * NANOSECONDS_PER_MILLISECOND,
    warmup_samples: 0,
    warmup_threshold: 0,
    // Outliers are not dropped: garbage collection is part of the mean.
    samples_threshold: Number.POSITIVE_INFINITY,
    gc: false,
    inner_gc: false,
    now: () => now() * NANOSECONDS_PER_MILLISECOND,
  });
  return samples.map((took) => took / NANOSECONDS_PER_MILLISECOND / repeats);
}

/** V8's default size of a semi-space of the young generation, in bytes. */
const YOUNG_GENERATION = 16 * 2 ** 20;
const GARBAGE_WORDS = 126;
const GARBAGE_BYTES = 1024;
const SEED = 1;

/** Allocates about `bytes` bytes in arrays that become garbage, except the last one, which is returned. */
function makeGarbage(bytes: number): number[] {
  let last: number[] = [];
  for (let left = bytes; left > 0; left -= GARBAGE_BYTES) last = new Array<number>(GARBAGE_WORDS).fill(0);
  return last;
}
