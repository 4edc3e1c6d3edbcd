import type { Call } from './call.ts';
import type { Outcome } from './outcome.ts';

/**
 * A step of an operation: one call, whose result it gets (or whose error is thrown into it); several calls
 * that may share a datagram, whose outcomes it gets in order; or the next part of a dump, see
 * {@link DumpStream}.
 */
export type Step = Call<unknown> | readonly Call<unknown>[] | DumpStream<unknown>;

/**
 * Yielded by an operation that computes for a while, so that the event loop gets a turn. It gets `true`
 * where it may continue, and `false` when its deadline has passed, its signal is aborted or the connection
 * is closed; its next step then fails.
 */
export const TURN: unique symbol = Symbol('turn');

/** Items of a stream for its consumer. */
export class Delivery<Item> {
  /** The items, in their order. */
  readonly items: Iterable<Item>;

  constructor(items: Iterable<Item>) {
    this.items = items;
  }
}

/**
 * A wait inside of an operation, in milliseconds. It ends early when the operation is cancelled or the
 * connection closed; the next request then fails.
 */
export class Pause {
  /** How long to wait, in milliseconds. */
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }
}

/**
 * An operation of any number of calls, written once for both drivers: a generator that yields {@link Step}s,
 * {@link Pause}s, {@link TURN}s, and {@link Delivery}s where it is a stream. `perform` and `stream` of
 * `Connection` and `ConnectionSync` run it.
 */
export type Operation<Result, Item = never> = Generator<
  Step | Pause | typeof TURN | Delivery<Item>,
  Result,
  unknown
>;

/** The result of resuming an operation. */
export type Progress<Result, Item> = IteratorResult<Step | Pause | typeof TURN | Delivery<Item>, Result>;

/**
 * A dump that an operation reads part by part: each `yield` of it gives `true` when the call has processed
 * another part, and `false` at the end. For {@link streamDump}.
 */
export class DumpStream<Result> {
  /** The dump that is streamed. */
  readonly call: Call<Result>;
  /** The outcome of the call, once it has ended. */
  result: Result | undefined = undefined;
  /** Cancels the rest of the dump; set by the driver that runs it. */
  leave: () => void = () => undefined;

  constructor(call: Call<Result>) {
    this.call = call;
  }
}

/** Inside an operation: `const value = yield* perform(call)`. */
export function* perform<Result>(call: Call<Result>): Operation<Result> {
  return (yield call) as Result;
}

/**
 * Inside an operation: `const outcomes = yield* performAll(calls)`. Calls that are cancelled before they
 * were sent have a `NotSentError` as their outcome.
 */
export function* performAll<Result>(calls: readonly Call<Result>[]): Operation<Outcome<Result>[]> {
  return (yield calls) as Outcome<Result>[];
}

/**
 * Inside an operation: runs a dump and delivers what `take` gives after each part of it. A dump that
 * was interrupted cannot be repeated and ends with a `DumpInterruptedError`.
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
    dump.leave();
  }
}
