import { DeadlineError, type RequestName } from '../errors.ts';
import { abortSignal, checkOptions, milliseconds, type OptionChecks } from '../request/check-options.ts';
import { onAbort } from './abort-listeners.ts';
import { MAXIMUM_DELAY } from './timer-limit.ts';

/** What every request, operation and stream takes. */
export interface RequestOptions {
  /**
   * Milliseconds from the call on until a `DeadlineError`: for all of it, however many requests it takes,
   * and for a stream with the time that its consumer takes. Default: none.
   */
  readonly deadline?: number | undefined;
  /**
   * Fails the request with the signal's reason; whether it took effect is not known then. A synchronous
   * one looks at it between its requests.
   */
  readonly signal?: AbortSignal | undefined;
}

export const requestChecks: OptionChecks<RequestOptions> = { deadline: milliseconds, signal: abortSignal };

/** How long an operation may go on: until an absolute deadline on the monotonic clock, or a signal. */
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

  /** How much of a wait lies ahead of the deadline, in milliseconds. */
  within(milliseconds: number): number {
    return Math.min(milliseconds, Math.max(0, this.#end - performance.now()));
  }

  /** What a request comes to that was not answered by the end. */
  errorFor(request: RequestName): Error {
    if (this.#signal?.aborted !== true) return new DeadlineError(request, this.#milliseconds);
    const reason: unknown = this.#signal.reason;
    return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
  }

  /** Has `giveUp`, in place of what was given before, called when it is over. */
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
