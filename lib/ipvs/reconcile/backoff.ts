/** How waiting grows from one failure to the next. */
export interface BackoffOptions {
  /** Milliseconds to wait after the first failure; each further one doubles them. Default: 500. */
  readonly first?: number | undefined;
  /** Maximum wait, in milliseconds. Default: 60 000. */
  readonly most?: number | undefined;
}

const DEFAULT_FIRST = 500;
const DEFAULT_MOST = 60_000;
const MAXIMUM_DOUBLINGS = 64;

/** Milliseconds to wait after so many failures in a row (at least one). */
export function backoffDelay(failures: number, options: BackoffOptions = {}): number {
  const { first = DEFAULT_FIRST, most = DEFAULT_MOST } = options;
  return Math.min(most, first * 2 ** Math.min(failures - 1, MAXIMUM_DOUBLINGS));
}

/** A delay changed at random by up to `fraction` of it, either way. `random` is from 0 to 1. */
export function jittered(delay: number, fraction: number, random: number = Math.random()): number {
  return Number.isFinite(delay) ? delay * (1 + fraction * (2 * random - 1)) : delay;
}
