import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { FieldError } from '../../../protocol/netlink/index.ts';
import { MAXIMUM_DELAY } from '../../netlink/connection/timer-limit.ts';
import { checkOptions } from '../../netlink/request/check-options.ts';
import { checkDesired, type Desired } from '../plan/settings/desired-state.ts';
import { backoffDelay, jittered } from './backoff.ts';
import { reconcileChecks } from './check-options.ts';
import { publish, type ReconcilerEvents } from './events.ts';
import type { ReconcileOptions } from './options.ts';
import { type ReconcilerClient, Runs } from './runs.ts';

/** A source of desired states; each replaces the one before. */
export type DesiredSource = AsyncIterable<Desired> | Iterable<Desired>;

const PERIOD = 30_000;
const JITTER = 0.1;
const MINIMUM_PAUSE = 100;
const DRAIN_PERIOD = 1000;

/**
 * Maintains a desired state: reconciles the table in a run when the source yields a new state, periodically, and on
 * demand. Runs never overlap, and there is a minimum pause between them.
 *
 * Emits events, and publishes them on the `node:diagnostics_channel` channels
 * `ipvs-netlink:reconcile:<event>`, whose messages are `{ reconciler, value }`.
 */
export class Reconciler extends EventEmitter<ReconcilerEvents> {
  readonly #options: ReconcileOptions;
  readonly #runs: Runs;
  readonly #abort = new AbortController();
  #desired: Desired | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Time of the scheduled run. */
  #due = Number.POSITIVE_INFINITY;
  #runEnded = Number.NEGATIVE_INFINITY;
  #run: Promise<void> | undefined;
  /** Whether another run was requested during the current one. */
  #runAgain = false;
  #failures = 0;
  #inSync = false;
  #resolveStopped: () => void = () => undefined;
  readonly #stopped: Promise<void> = new Promise((resolve) => {
    this.#resolveStopped = resolve;
  });

  /** Use {@link reconcile}. */
  constructor(client: ReconcilerClient, source: DesiredSource, options: ReconcileOptions) {
    super();
    checkOptions(options, reconcileChecks);
    checkSource(source);
    this.#options = options;
    this.#runs = new Runs(client, options, this.#abort.signal, (event, ...values) => {
      if (event === 'planned') this.#inSync = false;
      this.#notify(event, ...values);
    });
    if (options.signal?.aborted === true) void this.stop();
    else options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    // Starts after the caller has added its listeners.
    queueMicrotask(() => void this.#follow(source));
  }

  /** Whether the table was in the desired state when it was last read. */
  get inSync(): boolean {
    return this.#inSync;
  }

  /** Requests a run as soon as the minimum pause allows. */
  trigger(): void {
    this.#schedule(0);
  }

  /**
   * Stops the reconciler: cancels the current run between two datagrams, so that no service is left partly
   * changed. Resolves when the run has ended.
   */
  async stop(): Promise<void> {
    if (!this.#abort.signal.aborted) {
      this.#abort.abort(new Error('the reconciler was stopped'));
      this.#options.signal?.removeEventListener('abort', this.#onAbort);
      clearTimeout(this.#timer);
      await this.#run;
      this.#resolveStopped();
      this.#notify('stopped');
    }
    await this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  readonly #onAbort = (): void => {
    void this.stop();
  };

  get #isStopped(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Reads states from the source, with the minimum pause between them. */
  async #follow(source: DesiredSource): Promise<void> {
    try {
      const iterator =
        Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
      while (!this.#isStopped) {
        const next = await this.#orStopped(Promise.resolve(iterator.next()));
        if (this.#isStopped) break;
        if (next!.done === true) {
          this.#notify('sourceEnded');
          return;
        }
        this.#setDesired(next!.value);
        const pause = Math.min(this.#options.minimumPause ?? MINIMUM_PAUSE, MAXIMUM_DELAY);
        await this.#orStopped(delay(pause, undefined, { ref: false }));
      }
      // Not awaited, as a source that hangs in next() would never return.
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
    } catch (error) {
      if (!this.#isStopped) this.#sourceFailed(error);
    }
  }

  /** Makes a state the desired one if it is valid. */
  #setDesired(state: Desired): void {
    try {
      checkDesired(state);
    } catch (error) {
      this.#sourceFailed(error);
      return;
    }
    this.#desired = state;
    this.#inSync = false;
    this.#notify('desired', state);
    this.#schedule(0);
  }

  #sourceFailed(error: unknown): void {
    this.#notify('failed', { error, origin: 'source', failures: this.#failures, retryIn: undefined });
  }

  /** Resolves to the value of `promise`, or to `undefined` if the reconciler is stopped first. */
  #orStopped<Value>(promise: Promise<Value>): Promise<Value | undefined> {
    const { signal } = this.#abort;
    return new Promise((resolve, reject) => {
      const stop = (): void => resolve(undefined);
      signal.addEventListener('abort', stop, { once: true });
      promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }

  /** Schedules a run in `wait` milliseconds, unless an earlier one is scheduled. */
  #schedule(wait: number): void {
    if (this.#isStopped || this.#desired === undefined) return;
    if (this.#run !== undefined) {
      this.#runAgain = true;
      return;
    }
    const now = performance.now();
    const due = Math.max(now + wait, this.#runEnded + (this.#options.minimumPause ?? MINIMUM_PAUSE));
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#setTimer(now);
  }

  /**
   * Sets the timer for the next run, in steps: the delay of a timer is limited, and counts from the start of the
   * event loop's iteration, so that it may fire early in a long one.
   */
  #setTimer(now: number): void {
    const step = (): void => {
      const firedAt = performance.now();
      if (firedAt < this.#due) this.#setTimer(firedAt);
      else this.#start(this.#desired!);
    };
    this.#timer = setTimeout(step, Math.min(this.#due - now, MAXIMUM_DELAY));
  }

  #start(desired: Desired): void {
    this.#due = Number.POSITIVE_INFINITY;
    this.#runAgain = false;
    this.#run = this.#reconcile(desired).then((wait) => {
      this.#run = undefined;
      this.#runEnded = performance.now();
      this.#schedule(this.#runAgain ? 0 : wait);
    });
  }

  /** Carries out one run; resolves to the time until the next, in milliseconds. */
  async #reconcile(desired: Desired): Promise<number> {
    const { period = PERIOD, jitter = JITTER, drainPeriod = DRAIN_PERIOD, backoff } = this.#options;
    try {
      const { remaining, draining, countsChanges } = await this.#runs.run(desired);
      this.#failures = 0;
      this.#notify('succeeded', remaining);
      if (!this.#inSync && remaining !== undefined && desired === this.#desired) {
        this.#inSync = true;
        this.#notify('synced', remaining);
      }
      if (draining) return jittered(Math.min(period, drainPeriod), jitter);
      return jittered(countsChanges ? (this.#options.pollPeriod ?? period) : period, jitter);
    } catch (error) {
      this.#inSync = false;
      this.#failures++;
      const retryIn = jittered(backoffDelay(this.#failures, backoff), jitter);
      if (!this.#isStopped) {
        this.#notify('failed', { error, origin: 'run', failures: this.#failures, retryIn });
      }
      return retryIn;
    }
  }

  /** Publishes and emits an event. An error in a listener becomes an uncaught exception. */
  #notify<Name extends keyof ReconcilerEvents>(event: Name, ...values: ReconcilerEvents[Name]): void {
    try {
      publish(event, this, values[0]);
      (this as EventEmitter).emit(event, ...values);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }
}

function checkSource(source: DesiredSource): void {
  const iterable: Partial<AsyncIterable<unknown> & Iterable<unknown>> | null = source as object | null;
  if (typeof (iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator]) !== 'function')
    throw new FieldError('source', source, 'must be an iterable of desired states');
}

/**
 * Maintains the desired states of `source` in the table of `client` until it is stopped, by
 * {@link Reconciler.stop}, `await using` or the signal. The client stays open.
 *
 * Throws a `FieldError` for invalid options and for a source that is not iterable.
 */
export function reconcile(
  client: ReconcilerClient,
  source: DesiredSource,
  options: ReconcileOptions = {},
): Reconciler {
  return new Reconciler(client, source, options);
}
