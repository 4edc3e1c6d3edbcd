import type { Call } from './call.ts';
import type { Outcome } from './outcome.ts';

/**
 * What an operation asks its driver for: one call, whose value it gets (or whose error is thrown
 * into it), or several that may share a datagram, whose outcomes it gets in order.
 */
export type Step = Call<unknown> | readonly Call<unknown>[];

/**
 * A piece of work that takes any number of calls, written once for both drivers: a generator that
 * yields {@link Step}s. `Connection.perform` and `ConnectionSync.perform` run it.
 */
export type Operation<Result> = Generator<Step, Result, unknown>;

/** Inside an operation: `const value = yield* perform(call)`. */
export function* perform<Result>(call: Call<Result>): Operation<Result> {
  return (yield call) as Result;
}

/**
 * Inside an operation: `const outcomes = yield* performAll(calls)`. When the deadline has passed
 * before, nothing is sent, and each comes to a `NotSentError`.
 */
export function* performAll<Result>(calls: readonly Call<Result>[]): Operation<Outcome<Result>[]> {
  return (yield calls) as Outcome<Result>[];
}

/** True for a step of several calls. */
export function isBatch(step: Step): step is readonly Call<unknown>[] {
  return Array.isArray(step);
}
