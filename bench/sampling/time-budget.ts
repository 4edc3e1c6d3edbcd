/** One measurement of a run. */
export interface Step {
  /** Name, by which `--only` selects it, such as `dump 1000x4`. */
  readonly name: string;
  /** Share of the run's time, relative to the shares of the other steps. */
  readonly timeShare: number;
  /** Runs the step in about `seconds` seconds. */
  run(seconds: number): Promise<void>;
}

/** Minimum share of its planned time that a step must get; else it is left out. */
const MINIMUM_SHARE = 0.2;

/**
 * Runs steps one after the other in about `seconds` seconds in total. Each gets its share of the remaining
 * time, so time that one does not use is available to the following ones. Returns the names of the steps for
 * which too little time was left.
 */
export async function runSteps(
  steps: readonly Step[],
  seconds: number,
  now: () => number = () => performance.now() / 1000,
): Promise<string[]> {
  const end = now() + seconds;
  const total = steps.reduce((sum, { timeShare }) => sum + timeShare, 0);
  const skipped: string[] = [];
  let sharesLeft = total;
  for (const step of steps) {
    const stepSeconds =
      seconds === Number.POSITIVE_INFINITY ? seconds : ((end - now()) * step.timeShare) / sharesLeft;
    sharesLeft -= step.timeShare;
    if (stepSeconds < (MINIMUM_SHARE * seconds * step.timeShare) / total) skipped.push(step.name);
    else await step.run(stepSeconds);
  }
  return skipped;
}
