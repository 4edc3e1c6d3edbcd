import type { Call } from './call.ts';
import type { Outcome } from './outcome.ts';

/**
 * A step that an operation yields: one call, for its result (its error is thrown into the generator); several
 * calls that may share a datagram, for their outcomes in order; or a {@link DumpStream}, for the next datagram of
 * a dump.
 */
export type Step = Call<unknown> | readonly Call<unknown>[] | DumpStream<unknown>;

/**
 * Yielded by an operation that computes for a while, to let the event loop run and to ask whether it may continue:
 * the result of `yield` is `true` if so, and `false` if its deadline has passed, its signal is aborted or the
 * connection is closed; its next step then fails.
 */
export const CANCELLATION_POINT: unique symbol = Symbol('cancellation point');

/** Yielded by a streaming operation: items for the consumer of the stream. */
export class Delivery<Item> {
  /** The items, in order. */
  readonly items: Iterable<Item>;

  constructor(items: Iterable<Item>) {
    this.items = items;
  }
}

/**
 * Yielded by an operation to wait. The wait ends early when the operation is cancelled or the connection is
 * closed; the next request then fails.
 */
export class Pause {
  /** Duration of the wait, in milliseconds. */
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }
}

/**
 * An operation of any number of calls, for both the synchronous and the asynchronous connection: a generator
 * that yields {@link Step}s, {@link Pause}s and {@link CANCELLATION_POINT}s, and {@link Delivery}s if it is a stream.
 * `perform` and `stream` of `Connection` and `ConnectionSync` run it.
 */
export type Operation<Result, Item = never> = Generator<
  Step | Pause | typeof CANCELLATION_POINT | Delivery<Item>,
  Result,
  unknown
>;

/** The result of resuming an operation: what it yields or, with `done` set, its result. */
export type OperationIteratorResult<Result, Item> = IteratorResult<
  Step | Pause | typeof CANCELLATION_POINT | Delivery<Item>,
  Result
>;

/**
 * A dump that an operation reads datagram by datagram: each `yield` of it returns `true` when the call has processed
 * another datagram, and `false` at the end. Used by {@link streamDump}.
 */
export class DumpStream<Result> {
  /** The dump's call. */
  readonly call: Call<Result>;
  /** The result of the call, after it has ended. */
  result: Result | undefined = undefined;
  /** Cancels the rest of the dump; set by the connection that runs it. */
  cancel: () => void = () => undefined;

  constructor(call: Call<Result>) {
    this.call = call;
  }
}

/** Runs a call inside an operation: `const value = yield* perform(call)`. */
export function* perform<Result>(call: Call<Result>): Operation<Result> {
  return (yield call) as Result;
}

/**
 * Runs several calls inside an operation: `const outcomes = yield* performAll(calls)`. The outcome of calls
 * that are cancelled before they are sent is a `NotSentError`.
 */
export function* performAll<Result>(calls: readonly Call<Result>[]): Operation<Outcome<Result>[]> {
  return (yield calls) as Outcome<Result>[];
}

/**
 * Runs a dump inside an operation, and delivers the items that `take` returns after each datagram of it. A dump
 * that was interrupted cannot be repeated and fails with a `DumpInterruptedError`.
 */
export function* streamDump<Result, Item>(
  call: Call<Result>,
  take: () => Iterable<Item>,
): Operation<Result, Item> {
  const dump = new DumpStream(call);
  try {
    while ((yield dump) === true) yield new Delivery(take());
    return dump.result as Result;
  } finally {
    dump.cancel();
  }
}
