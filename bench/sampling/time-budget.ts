/** A part of a run, with its share of the time. */
export interface Step {
  /** What `--only` finds it by, as `dump 1000x4`. */
  readonly name: string;
  /** Its share of the run's time, against those of the other steps. */
  readonly weight: number;
  /** Measures, in about so many seconds. */
  run(seconds: number): Promise<void>;
}

/** Below this share of the time that a step was to have it is left out. */
const MINIMUM_SHARE = 0.2;

/**
 * Runs steps one after the other in about so many seconds altogether: each gets its share of what is left, so
 * that what one does not use is there for those after it. Returns the names of the steps for which too little
 * was left.
 */
export async function runInTime(
  steps: readonly Step[],
  seconds: number,
  now: () => number = () => performance.now() / 1000,
): Promise<string[]> {
  const end = now() + seconds;
  const total = steps.reduce((sum, { weight }) => sum + weight, 0);
  const leftOut: string[] = [];
  let weightLeft = total;
  for (const step of steps) {
    const share = seconds === Number.POSITIVE_INFINITY ? seconds : ((end - now()) * step.weight) / weightLeft;
    weightLeft -= step.weight;
    if (share < (MINIMUM_SHARE * seconds * step.weight) / total) leftOut.push(step.name);
    else await step.run(share);
  }
  return leftOut;
}
