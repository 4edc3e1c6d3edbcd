import { DeadlineError, NotSentError } from '../errors.ts';
import type { Outcome } from '../request/outcome.ts';
import { MOST_DELAY } from './timer-limit.ts';

/** A moment until which something may take, on the clock of `performance.now`. */
export class Deadline {
  /** How long was given, in milliseconds. */
  readonly milliseconds: number;
  readonly #end: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
    this.#end = performance.now() + milliseconds;
  }

  /** A deadline, or none where no time is given. */
  static in(milliseconds: number | undefined): Deadline | undefined {
    return milliseconds === undefined ? undefined : new Deadline(milliseconds);
  }

  get passed(): boolean {
    return performance.now() >= this.#end;
  }

  /** Milliseconds that remain, 0 when it has passed; no more than a timer can wait. */
  get remaining(): number {
    return Math.min(MOST_DELAY, Math.max(0, this.#end - performance.now()));
  }

  /** What becomes of requests that were still to be sent when it passed. */
  notSent(requests: readonly { readonly command: string; readonly object: string }[]): Outcome<never>[] {
    return requests.map((request) => ({
      ok: false,
      error: new NotSentError(request.command, request.object, this.error(request)),
    }));
  }

  /** What to tell the one who waited. */
  error(request: { readonly command: string; readonly object: string }): DeadlineError {
    return new DeadlineError(request.command, request.object, this.milliseconds);
  }
}
