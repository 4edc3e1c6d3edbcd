/** Options of an exponential backoff. */
export interface BackoffOptions {
  /** Delay after the first failure, in milliseconds; it doubles with each further one. Default: 500. */
  readonly initial?: number | undefined;
  /** Maximum delay, in milliseconds. Default: 60 000. */
  readonly maximum?: number | undefined;
}

const DEFAULT_INITIAL = 500;
const DEFAULT_MAXIMUM = 60_000;
const MAXIMUM_DOUBLINGS = 64;

/** Returns the delay after `failures` consecutive failures (at least 1), in milliseconds. */
export function backoffDelay(failures: number, options: BackoffOptions = {}): number {
  const { initial = DEFAULT_INITIAL, maximum = DEFAULT_MAXIMUM } = options;
  return Math.min(maximum, initial * 2 ** Math.min(failures - 1, MAXIMUM_DOUBLINGS));
}

/** Returns the delay plus or minus up to `fraction` of it. `random` is a random number from 0 to 1. */
export function jittered(delay: number, fraction: number, random: number = Math.random()): number {
  return Number.isFinite(delay) ? delay * (1 + fraction * (2 * random - 1)) : delay;
}
