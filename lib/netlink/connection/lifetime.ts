import { DeadlineError, type RequestName } from '../errors.ts';
import { abortSignal, checkOptions, milliseconds, type OptionChecks } from '../request/check-options.ts';
import { onAbort } from './abort-listeners.ts';
import { MAXIMUM_DELAY } from './timer-limit.ts';

/** Returns the signal's abort reason, wrapped in an Error as its `cause` if it is not an Error itself. */
function abortReason({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}

/** Options of every request, operation and stream. */
export interface RequestOptions {
  /**
   * Time limit in milliseconds from the start of the operation, after which it fails with a `DeadlineError`.
   * It covers all requests of the operation; for a stream, the time its consumer spends between items counts,
   * too. Default: none.
   */
  readonly deadline?: number | undefined;
  /**
   * Cancels the operation with the signal's reason; it is then unknown whether a request that was sent took
   * effect. A synchronous operation checks the signal between its requests.
   */
  readonly signal?: AbortSignal | undefined;
}

export const requestChecks: OptionChecks<RequestOptions> = { deadline: milliseconds, signal: abortSignal };

/**
 * The lifetime of an operation: it ends at an absolute deadline on the monotonic clock, or when a signal
 * aborts.
 */
export class Lifetime {
  /** In milliseconds from when the lifetime started. */
  readonly #timeout: number;
  /** When the time limit is over, on the clock of `performance.now()`. */
  readonly #deadline: number;
  readonly #signal: AbortSignal | undefined;
  #onEnd: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopListening: (() => void) | undefined;

  /** Starts the lifetime now. Throws a FieldError for invalid options. */
  constructor(options: RequestOptions | undefined) {
    if (options !== undefined) checkOptions(options, requestChecks);
    const { deadline: timeout = Number.POSITIVE_INFINITY, signal } = options ?? {};
    this.#timeout = timeout;
    this.#deadline = timeout === Number.POSITIVE_INFINITY ? timeout : performance.now() + timeout;
    this.#signal = signal;
  }

  /** Whether the deadline has passed or the signal is aborted. */
  get ended(): boolean {
    return this.#signal?.aborted === true || this.#expired;
  }

  /** Limits a wait to the time until the deadline, in milliseconds. */
  limitWait(milliseconds: number): number {
    return Math.min(milliseconds, Math.max(0, this.#deadline - performance.now()));
  }

  /** Creates the error for a request that is still unanswered when the lifetime ends. */
  errorFor(request: RequestName): Error {
    return this.#signal?.aborted === true
      ? abortReason(this.#signal)
      : new DeadlineError(request, this.#timeout);
  }

  /** Calls `onEnd` when the lifetime ends. Replaces the callback of any earlier call. */
  watch(onEnd: () => void): void {
    const watching = this.#onEnd !== undefined;
    this.#onEnd = onEnd;
    if (watching) return;
    this.#setTimer();
    if (this.#signal !== undefined) this.#stopListening = onAbort(this.#signal, () => this.#onEnd?.());
  }

  /** Stops the timer and the listener of {@link watch}. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#stopListening?.();
  }

  get #expired(): boolean {
    return this.#deadline !== Number.POSITIVE_INFINITY && performance.now() >= this.#deadline;
  }

  #setTimer(): void {
    if (this.#deadline === Number.POSITIVE_INFINITY) return;
    const delay = Math.min(MAXIMUM_DELAY, Math.max(0, this.#deadline - performance.now()));
    this.#timer = setTimeout(() => {
      if (this.#expired) this.#onEnd?.();
      else this.#setTimer();
    }, delay);
  }
}
