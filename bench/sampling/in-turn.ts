import { measure } from 'mitata';
import { Random } from './random.ts';
import { MINIMUM_SAMPLES } from './ratio.ts';
import { rounded, type Samples } from './samples.ts';

/** How much is measured. */
export interface Effort {
  /** Maximum number of rounds. Each gives a sample of every subject. */
  readonly rounds: number;
  /**
   * Seconds for warming and all rounds, after which no further round begins. Rounds that an interval needs
   * get more, see `EXTENSION`.
   */
  readonly seconds: number;
  /**
   * Minimum time of a subject in a round, in milliseconds: what is faster runs again, and the mean is its
   * sample.
   */
  readonly time: number;
  /**
   * Minimum time that a subject is run before anything is counted, in milliseconds: V8 compiles it meanwhile.
   */
  readonly warm: number;
  /**
   * About how long it is run at the start of each round without being counted, in milliseconds; not what
   * takes longer.
   */
  readonly warmAgain: number;
  /**
   * Minimum time between two readings of the clock, in milliseconds: what is faster is run several times
   * between them, so that each has its share of the garbage collection. Only for subjects that are
   * synchronous. Default: 0.
   */
  readonly between?: number;
  /**
   * How the heap is left to a subject. `collected` (the default): each round begins with a collection of the
   * young generation, so that no subject pays for another's garbage; not a full one, after which V8's young
   * generation is small and the next runs take several times as long. `varied`: some garbage is made before
   * each reading, now more, now less. What allocates the same in each run would else meet each collection at
   * the same point, with much of it alive or with nothing.
   */
  readonly heap?: 'collected' | 'varied';
}

/** What is measured. */
export interface Subject {
  /** Runs it once. */
  run(): unknown;
  /** Milliseconds to add for what all runs so far have not done, see `Share`; none where it is missing. */
  added?(): number;
}

/** Something outside this process that times itself. */
export interface ExternalSubject {
  /** The mean of at least `time` milliseconds of it, in milliseconds. */
  sample(time: number): Promise<number>;
}

/**
 * What the samples count: `wall` as it passes, or `cpu`, what all threads of the process used (garbage
 * collection included), which says the same on a machine that others use too.
 */
export type Clock = 'wall' | 'cpu';

const MICROSECONDS = 1000;
/** Nanoseconds, which mitata counts in, in a millisecond. */
const NANOSECONDS = 1e6;

/** In milliseconds. */
const clocks: Readonly<Record<Clock, () => number>> = {
  wall: () => performance.now(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / MICROSECONDS;
  },
};

/** How many times longer it may take on a busy machine until there are rounds enough for an interval. */
const EXTENSION = 2.5;
/** Runs at the start of a round that are not counted; more where they take less time than two readings. */
const WARM_RUNS = 4;

/**
 * Measures subjects in turn, round after round, every second one backwards, and returns their samples; all
 * have the same number. Calls `progress` before each. The time for all is counted by `now`, in milliseconds.
 */
export async function measureInTurn<Name extends string>(
  subjects: ReadonlyMap<Name, Subject | ExternalSubject>,
  effort: Effort,
  progress: (name: Name, round: number) => void = () => {},
  clock: Clock = 'wall',
  now: () => number = () => performance.now(),
): Promise<Map<Name, Samples>> {
  const started = now();
  const spent = (): number => (now() - started) / 1000;
  const running: { name: Name; sample: ExternalSubject['sample']; samples: number[] }[] = [];
  for (const [name, subject] of subjects) {
    progress(name, 0);
    const sample =
      'run' in subject ? await warmSampler(subject, clocks[clock], effort) : subject.sample.bind(subject);
    running.push({ name, sample, samples: [] });
  }
  const warmed = spent();
  for (let round = 1; round <= effort.rounds; round++) {
    const each = round === 1 ? 0 : (spent() - warmed) / (round - 1);
    const limit = round <= MINIMUM_SAMPLES ? EXTENSION * effort.seconds : effort.seconds;
    if (round > 1 && spent() + each > limit) break;
    for (const { name, sample, samples } of round % 2 === 1 ? running : running.toReversed()) {
      progress(name, round);
      samples.push(await sample(effort.time));
    }
  }
  return new Map(running.map(({ name, samples }) => [name, rounded(samples)]));
}

/** Warms a subject, and makes the sampler of a round, which begins with a few runs that are not counted. */
async function warmSampler(
  subject: Subject,
  clock: () => number,
  { warm, warmAgain, between = 0, heap = 'collected' }: Effort,
): Promise<ExternalSubject['sample']> {
  const now = (): number => clock() + (subject.added?.() ?? 0);
  let asynchronous = false;
  /** Runs the subject so many times; how long that took. */
  const run = async (times: number): Promise<number> => {
    const began = now();
    for (let left = times; left > 0; left--) {
      const result = subject.run();
      asynchronous = result instanceof Promise;
      if (asynchronous) await result;
    }
    return now() - began;
  };
  for (let took = await run(1); took < warm; ) took += await run(1);
  const repeats = between === 0 ? 1 : Math.max(1, Math.ceil((between * WARM_RUNS) / (await run(WARM_RUNS))));
  let slow = false;
  const random = new Random(SEED);
  /** For a varied heap, as mitata has no step ahead of each sample. */
  const sampleVaried = async (time: number): Promise<readonly number[]> => {
    const readings: number[] = [];
    for (let total = 0; readings.length === 0 || total < time; ) {
      makeGarbage(random.below(YOUNG_GENERATION));
      const took = await run(repeats);
      total += took;
      readings.push(took / repeats);
    }
    return readings;
  };
  return async (time) => {
    if (heap === 'collected') globalThis.gc?.({ type: 'minor', execution: 'sync' });
    for (
      let runs = 0, took = 0;
      !slow && took < warmAgain && (runs < WARM_RUNS || took < 2 * between);
      runs++
    )
      took += await run(1);
    const readings =
      heap === 'varied'
        ? await sampleVaried(time)
        : await sampleByMitata(repeated(subject, repeats, asynchronous), repeats, time, now);
    slow = Math.max(...readings) > warmAgain;
    return readings.reduce((sum, reading) => sum + reading, 0) / readings.length;
  };
}

/** Runs a subject so many times; not at its first call, as mitata begins with one that does not count. */
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

/** Readings for so many milliseconds, at least one; each of them is of so many runs. */
async function sampleByMitata(
  run: () => unknown,
  repeats: number,
  time: number,
  now: () => number,
): Promise<readonly number[]> {
  const { samples } = await measure(run, {
    min_samples: 1,
    min_cpu_time: time * NANOSECONDS,
    warmup_samples: 0,
    warmup_threshold: 0,
    // The mean is wanted, of which collections are a part.
    samples_threshold: Number.POSITIVE_INFINITY,
    gc: false,
    inner_gc: false,
    now: () => now() * NANOSECONDS,
  });
  return samples.map((took) => took / NANOSECONDS / repeats);
}

/** V8's default for each half of its young generation, in bytes. */
const YOUNG_GENERATION = 16 * 2 ** 20;
const GARBAGE_WORDS = 126;
const GARBAGE_BYTES = 1024;
const SEED = 1;

/**
 * Allocates about so many bytes in arrays that nothing refers to afterwards but to the last, which is
 * returned.
 */
function makeGarbage(bytes: number): number[] {
  let last: number[] = [];
  for (let left = bytes; left > 0; left -= GARBAGE_BYTES) last = new Array<number>(GARBAGE_WORDS).fill(0);
  return last;
}
