import { DeadlineError, type RequestName } from '../errors.ts';
import { abortSignal, checkOptions, milliseconds, type OptionChecks } from '../request/check-options.ts';
import { onAbort } from './abort-listeners.ts';
import { MAXIMUM_DELAY } from './timer-limit.ts';

/** Options of every request, operation and stream. */
export interface RequestOptions {
  /**
   * Milliseconds until a `DeadlineError`, counted from the call: for the whole operation, however many
   * requests it takes, and for a stream with the time that its consumer takes. Default: none.
   */
  readonly deadline?: number | undefined;
  /**
   * Cancels the operation with the signal's reason; whether a request that was sent took effect is then
   * unknown. A synchronous operation checks the signal between its requests.
   */
  readonly signal?: AbortSignal | undefined;
}

export const requestChecks: OptionChecks<RequestOptions> = { deadline: milliseconds, signal: abortSignal };

/**
 * How long an operation may run: until an absolute deadline on the monotonic clock, or until a signal
 * aborts.
 */
export class Lifetime {
  readonly #milliseconds: number;
  readonly #end: number;
  readonly #signal: AbortSignal | undefined;
  #giveUp: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopListening: (() => void) | undefined;

  /** Starts now. Throws a FieldError. */
  constructor(options: RequestOptions | undefined) {
    if (options !== undefined) checkOptions(options, requestChecks);
    const { deadline = Number.POSITIVE_INFINITY, signal } = options ?? {};
    this.#milliseconds = deadline;
    this.#end = deadline === Number.POSITIVE_INFINITY ? deadline : performance.now() + deadline;
    this.#signal = signal;
  }

  /** Whether the deadline has passed or the signal is aborted. */
  get over(): boolean {
    return this.#signal?.aborted === true || this.#expired;
  }

  /** The part of a wait that ends before the deadline, in milliseconds. */
  within(milliseconds: number): number {
    return Math.min(milliseconds, Math.max(0, this.#end - performance.now()));
  }

  /** The error of a request that was not answered in time. */
  errorFor(request: RequestName): Error {
    if (this.#signal?.aborted !== true) return new DeadlineError(request, this.#milliseconds);
    const reason: unknown = this.#signal.reason;
    return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
  }

  /** Calls `giveUp` when it is over, instead of the function that was given before. */
  watch(giveUp: () => void): void {
    const watching = this.#giveUp !== undefined;
    this.#giveUp = giveUp;
    if (watching) return;
    this.#setTimer();
    if (this.#signal !== undefined) this.#stopListening = onAbort(this.#signal, () => this.#giveUp?.());
  }

  /** Ends the watch. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#stopListening?.();
  }

  get #expired(): boolean {
    return this.#end !== Number.POSITIVE_INFINITY && performance.now() >= this.#end;
  }

  #setTimer(): void {
    if (this.#end === Number.POSITIVE_INFINITY) return;
    const delay = Math.min(MAXIMUM_DELAY, Math.max(0, this.#end - performance.now()));
    this.#timer = setTimeout(() => {
      if (this.#expired) this.#giveUp?.();
      else this.#setTimer();
    }, delay);
  }
}
