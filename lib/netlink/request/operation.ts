import type { Call } from './call.ts';
import type { Outcome } from './outcome.ts';

/**
 * What an operation asks its driver for: one call, whose value it gets (or whose error is thrown
 * into it); several that may share a datagram, whose outcomes it gets in order; or the next part of
 * a dump, see {@link DumpStream}.
 */
export type Step = Call<unknown> | readonly Call<unknown>[] | DumpStream<unknown>;

/**
 * What an operation yields that works by itself for a while, so that its driver has a turn. It gets `true` where it may
 * go on; where it is over (deadline, signal, closing) `false`, and what it asks for next fails accordingly.
 */
export const TURN: unique symbol = Symbol('turn');

/** Items of a stream, on their way to whoever consumes it. */
export class Delivery<Item> {
  /** The items, in their order. */
  readonly items: Iterable<Item>;

  constructor(items: Iterable<Item>) {
    this.items = items;
  }
}

/**
 * A wait inside of an operation, in milliseconds. It ends early where the operation is given up or the connection
 * closed, which the next request then comes to.
 */
export class Pause {
  /** How long to wait, in milliseconds. */
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }
}

/**
 * A piece of work that takes any number of calls, written once for both drivers: a generator that
 * yields {@link Step}s, {@link Pause}s, {@link TURN}s, and {@link Delivery}s where it is a stream. `perform` and
 * `stream` of `Connection` and `ConnectionSync` run it.
 */
export type Operation<Result, Item = never> = Generator<
  Step | Pause | typeof TURN | Delivery<Item>,
  Result,
  unknown
>;

/** Where an operation has come to. */
export type Progress<Result, Item> = IteratorResult<Step | Pause | typeof TURN | Delivery<Item>, Result>;

/**
 * A dump that an operation takes part by part: each `yield` of it comes to `true` when the call has
 * taken some more, and to `false` at the end. For {@link streamDump}.
 */
export class DumpStream<Result> {
  /** The dump that is streamed. */
  readonly call: Call<Result>;
  /** What the call came to, once it has ended. */
  result: Result | undefined = undefined;
  /** Gives the rest of the dump up; set by the driver that runs it. */
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
 * Inside an operation: `const outcomes = yield* performAll(calls)`. What is given up before it was
 * sent comes to a `NotSentError`.
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
