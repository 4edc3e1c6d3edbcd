import { ClosedError, DumpInterruptedError } from '../errors.ts';
import type { PendingRequest } from '../exchange/exchange.ts';
import type { ConnectionStatistics } from '../exchange/statistics.ts';
import type { Call } from '../request/call.ts';
import type { Operation } from '../request/operation.ts';
import { isBatch } from '../request/operation.ts';
import type { Outcome } from '../request/outcome.ts';
import { unwrap } from '../request/outcome.ts';
import type { NetlinkSocketOptions } from '../socket/socket.ts';
import { NetlinkSocket } from '../socket/socket.ts';
import type { Transport } from '../socket/transport.ts';
import { Channel, type Outgoing } from './channel.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { DEFAULT_ATTEMPTS } from './connection-options.ts';
import { Deadline } from './deadline.ts';

/** Calls that go out in one datagram: one object for all, which `channel.send` asks for them in turn. */
class CallsOnTheirWay implements Outgoing {
  readonly requests: PendingRequest[] = [];
  /** Which of the calls is next. */
  index: number;
  /** How many have been taken and have no outcome. */
  unsettled = 0;
  readonly #calls: readonly Call<unknown>[];
  /** Where the outcome of a call goes that could not be encoded. */
  readonly #outcomes: Outcome<unknown>[];
  readonly #positions: number[] = [];
  /** The last that was taken is not on its way yet. */
  #encoding = false;

  constructor(calls: readonly Call<unknown>[], first: number, outcomes: Outcome<unknown>[]) {
    this.#calls = calls;
    this.index = first;
    this.#outcomes = outcomes;
  }

  get call(): Call<unknown> {
    return this.#calls[this.index - 1]!;
  }

  readonly next = (): Outgoing | undefined => {
    const call = this.#calls[this.index];
    if (call === undefined || call.dump) return undefined;
    this.index++;
    this.unsettled++;
    this.#encoding = true;
    return this;
  };

  readonly putBack = (): void => {
    this.index--;
    this.unsettled--;
    this.#encoding = false;
  };

  settle(outcome: Outcome<unknown>): void {
    this.unsettled--;
    // That of a call on its way is kept by its request.
    if (this.#encoding) this.#outcomes[this.index - 1] = outcome;
    this.#encoding = false;
  }

  sent(request: PendingRequest): void {
    this.#encoding = false;
    this.requests.push(request);
    this.#positions.push(this.index - 1);
  }

  /** Puts the outcomes of what was sent where they belong. */
  collect(): void {
    for (const [at, { outcome }] of this.requests.entries()) {
      if (outcome !== undefined) this.#outcomes[this.#positions[at]!] = outcome;
    }
  }
}

/** What a synchronous request may be told. */
export interface RequestOptionsSync {
  /** Milliseconds until a {@link DeadlineError}; none unless told. */
  readonly deadline?: number | undefined;
}

/**
 * Requests over one transport, one after the other, each answered when the method returns: for
 * scripts, command lines and measurements. The methods are those of `Connection`.
 */
export class ConnectionSync {
  readonly #channel: Channel;
  readonly #attempts: number;
  #closed = false;

  constructor(transport: Transport, options: ConnectionOptions = {}) {
    this.#channel = new Channel(transport);
    this.#attempts = options.attempts ?? DEFAULT_ATTEMPTS;
  }

  /** Opens a netlink socket and a connection on it. Throws a `SystemCallError`. */
  static open(options: NetlinkSocketOptions & ConnectionOptions): ConnectionSync {
    return new ConnectionSync(NetlinkSocket.open(options), options);
  }

  /** What has been sent and received so far. */
  get stats(): ConnectionStatistics {
    return this.#channel.stats;
  }

  /**
   * Runs one call. A dump that the kernel marks as interrupted is repeated.
   *
   * Throws a `KernelError` when the kernel refuses it, a `FieldError` for values that cannot be
   * encoded, a `DecodeError` for a malformed reply, a `DumpInterruptedError`, a `ReplyLostError`,
   * a `DeadlineError`, a `SystemCallError` or a `ClosedError`.
   */
  run<Result>(call: Call<Result>, options: RequestOptionsSync = {}): Result {
    return unwrap(this.#run(call, Deadline.in(options.deadline)));
  }

  /**
   * Runs several calls, many to a datagram, and returns their outcomes in order. One that fails
   * does not stop the others.
   */
  runAll<Result>(calls: readonly Call<Result>[], options: RequestOptionsSync = {}): Outcome<Result>[] {
    this.#check();
    const deadline = Deadline.in(options.deadline);
    const outcomes = new Array<Outcome<Result>>(calls.length);
    let index = 0;
    while (index < calls.length) {
      const call = calls[index]!;
      if (call.dump || this.#channel.broken !== undefined) outcomes[index++] = this.#run(call, deadline);
      else index = this.#runBatch(calls, index, outcomes, deadline);
    }
    return outcomes;
  }

  /** Runs an operation: every call that it yields, in order. Throws what the operation throws. */
  perform<Result>(operation: Operation<Result>, options: RequestOptionsSync = {}): Result {
    const deadline = Deadline.in(options.deadline);
    let step = operation.next();
    while (step.done !== true) {
      const wanted = step.value;
      if (isBatch(wanted)) {
        step = operation.next(
          deadline?.passed === true
            ? deadline.notSent(wanted)
            : this.runAll(wanted, { deadline: deadline?.remaining }),
        );
      } else {
        const outcome = this.#run(wanted, deadline);
        step = outcome.ok ? operation.next(outcome.value) : operation.throw(outcome.error);
      }
    }
    return step.value;
  }

  /**
   * Runs a dump datagram by datagram: yields the call after each, so that the caller can empty
   * what the call has decoded; returns the call's result.
   *
   * Nothing is read ahead. A dump that was interrupted cannot be repeated and ends with a
   * `DumpInterruptedError`. When the caller stops early the kernel's dump goes on, and the next
   * dump on this connection first reads the rest of it away; do requests may go in between.
   */
  *dump<Result, C extends Call<Result>>(
    call: C & Call<Result>,
    options: RequestOptionsSync = {},
  ): Generator<C, Result, void> {
    this.#check();
    const deadline = Deadline.in(options.deadline);
    const request = this.#start(call, deadline);
    let delivered = 0;
    try {
      for (;;) {
        if (request.received > delivered) {
          delivered = request.received;
          yield call;
        } else if (request.outcome !== undefined) {
          return unwrap(request.outcome);
        } else {
          this.#step(request, deadline);
        }
      }
    } finally {
      if (request.outcome === undefined) this.#channel.exchange.abandon(request as PendingRequest);
    }
  }

  /** Gives the descriptor back; harmless when repeated. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#channel.exchange.failAll(new ClosedError('the connection'));
    this.#channel.transport.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #check(): void {
    if (this.#closed) throw new ClosedError('the connection');
    if (this.#channel.broken !== undefined) throw this.#channel.broken;
  }

  #run<Result>(call: Call<Result>, deadline: Deadline | undefined): Outcome<Result> {
    for (let attempt = 1; ; attempt++) {
      let outcome: Outcome<Result>;
      try {
        this.#check();
        const request = this.#start(call, deadline);
        while (request.outcome === undefined) this.#step(request, deadline);
        outcome = request.outcome;
      } catch (error) {
        return { ok: false, error: error as Error };
      }
      if (outcome.ok || !(outcome.error instanceof DumpInterruptedError)) return outcome;
      if (attempt >= this.#attempts) {
        return { ok: false, error: new DumpInterruptedError(call.command, outcome.error.data, attempt) };
      }
      this.stats.retries++;
      call.restart();
    }
  }

  /** Sends one call by itself. */
  #start<Result>(call: Call<Result>, deadline: Deadline | undefined): PendingRequest<Result> {
    const { exchange } = this.#channel;
    if (call.dump) {
      while (exchange.dump?.abandoned === true) this.#receive(call, deadline);
    }
    let request: PendingRequest<Result> | undefined;
    let failure: Error | undefined;
    let given = false;
    this.#channel.send(
      () => {
        if (given) return undefined;
        given = true;
        return {
          call: call as Call<unknown>,
          settle: (outcome) => {
            if (!outcome.ok) failure = outcome.error;
          },
          sent: (pending) => {
            request = pending as PendingRequest<Result>;
          },
        };
      },
      () => undefined,
    );
    if (request === undefined) throw failure ?? new ClosedError('the connection');
    return request;
  }

  #step<Result>(request: PendingRequest<Result>, deadline: Deadline | undefined): void {
    try {
      this.#receive(request.call, deadline);
    } catch (error) {
      if (request.outcome !== undefined) return;
      this.#channel.exchange.abandon(request as PendingRequest);
      throw error;
    }
  }

  #receive(call: Call<unknown>, deadline: Deadline | undefined): void {
    this.#channel.receive();
    if (deadline?.passed === true) throw deadline.error(call);
  }

  /** Runs calls from `first` up to the next dump, as many as one datagram takes; returns where it stopped. */
  #runBatch<Result>(
    calls: readonly Call<Result>[],
    first: number,
    outcomes: Outcome<Result>[],
    deadline: Deadline | undefined,
  ): number {
    const sending = new CallsOnTheirWay(
      calls as readonly Call<unknown>[],
      first,
      outcomes as Outcome<unknown>[],
    );
    this.#channel.send(sending.next, sending.putBack);
    while (sending.unsettled > 0) {
      try {
        this.#receive(calls[first]!, deadline);
      } catch (error) {
        for (const request of sending.requests) this.#giveUp(request, error as Error, deadline);
      }
    }
    sending.collect();
    return sending.index;
  }

  #giveUp(request: PendingRequest, error: Error, deadline: Deadline | undefined): void {
    if (request.outcome !== undefined) return;
    request.settle({ ok: false, error: deadline?.error(request.call) ?? error });
    this.#channel.exchange.abandon(request);
  }
}
