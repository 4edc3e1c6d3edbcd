import { setImmediate as turn } from 'node:timers/promises';
import { ClosedError, DumpInterruptedError } from '../errors.ts';
import type { PendingRequest } from '../exchange/exchange.ts';
import type { ConnectionStatistics } from '../exchange/statistics.ts';
import type { ReadAhead } from '../read-ahead/reader.ts';
import type { Call } from '../request/call.ts';
import type { Operation } from '../request/operation.ts';
import { isBatch } from '../request/operation.ts';
import type { Outcome } from '../request/outcome.ts';
import { unwrap } from '../request/outcome.ts';
import type { NetlinkSocketOptions } from '../socket/socket.ts';
import { NetlinkSocket } from '../socket/socket.ts';
import type { Transport } from '../socket/transport.ts';
import type { Arrival } from './channel.ts';
import { Channel } from './channel.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { DEFAULT_ATTEMPTS } from './connection-options.ts';
import { Deadline } from './deadline.ts';
import { Queue } from './queue.ts';
import { type StreamState, Ticket } from './ticket.ts';
import { reasonOf, watchFor } from './watch.ts';

/** What a request may be told. */
export interface RequestOptions {
  /** Milliseconds until a {@link DeadlineError}; none unless told. */
  readonly deadline?: number | undefined;
  /** Rejects with the signal's reason; whether the request took effect is not known then. */
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds of sending and receiving after which the event loop gets its turn. */
const SLICE = 1;
/** Datagrams of a dump that are read within the turn; a longer dump is read by another thread. */
const INLINE_DATAGRAMS = 4;
/** Datagrams of a stream that may be decoded and not yet taken by its consumer. */
const STREAM_AHEAD = 2;

/**
 * Requests over one transport, any number at a time, without holding the event loop for long.
 *
 * Requests are sent at once. Over a transport whose replies are there when `send` returns they
 * are also answered at once, within slices of about a millisecond for each turn of the event
 * loop; long dumps, and everything over other transports, are read by another thread, so that the
 * next datagram is made and copied while the last one is decoded: of Node's pool, and from the second
 * long dump of the process on by a thread of its own where that one is free. One dump runs at a time,
 * the others wait; do requests may go in between.
 */
export class Connection {
  readonly #channel: Channel;
  readonly #attempts: number;
  readonly #queue = new Queue<Ticket>();
  readonly #dumps = new Queue<Ticket>();
  #running: Ticket | undefined;
  #dumpDatagrams = 0;
  #closed = false;
  #working = false;
  #reading = false;
  /** Ends the wait for the consumer of a stream that has fallen behind. */
  #resume: (() => void) | undefined;
  #turn: NodeJS.Immediate | undefined;
  #sliceStart = 0;

  constructor(transport: Transport, options: ConnectionOptions = {}) {
    this.#channel = new Channel(transport);
    this.#attempts = options.attempts ?? DEFAULT_ATTEMPTS;
  }

  /** Opens a netlink socket and a connection on it. Rejects with a `SystemCallError`. */
  static async open(options: NetlinkSocketOptions & ConnectionOptions): Promise<Connection> {
    return new Connection(NetlinkSocket.open(options), options);
  }

  /** What has been sent and received so far. */
  get stats(): ConnectionStatistics {
    return this.#channel.stats;
  }

  /**
   * Runs one call. A dump that the kernel marks as interrupted is repeated.
   *
   * Rejects with a `KernelError` when the kernel refuses it, a `FieldError` for values that cannot
   * be encoded, a `DecodeError` for a malformed reply, a `DumpInterruptedError`, a
   * `ReplyLostError`, a `DeadlineError`, a `SystemCallError`, a `ClosedError`, or the reason of the
   * signal.
   */
  async run<Result>(call: Call<Result>, options: RequestOptions = {}): Promise<Result> {
    const outcomes = await this.#submit([call as Call<unknown>], options);
    return unwrap(outcomes[0] as Outcome<Result>);
  }

  /**
   * Runs several calls, many to a datagram, and resolves to their outcomes in order. One that
   * fails does not stop the others.
   */
  runAll<Result>(calls: readonly Call<Result>[], options: RequestOptions = {}): Promise<Outcome<Result>[]> {
    return this.#submit(calls as readonly Call<unknown>[], options) as Promise<Outcome<Result>[]>;
  }

  /** Runs an operation: every call that it yields, in order. Rejects with what the operation throws. */
  async perform<Result>(operation: Operation<Result>, options: RequestOptions = {}): Promise<Result> {
    const deadline = Deadline.in(options.deadline);
    let step = operation.next();
    while (step.done !== true) {
      const wanted = step.value;
      if (isBatch(wanted) && deadline?.passed === true) {
        step = operation.next(deadline.notSent(wanted));
        continue;
      }
      const calls = isBatch(wanted) ? wanted : [wanted];
      const outcomes = await this.#submit(calls, { ...options, deadline: deadline?.remaining });
      if (isBatch(wanted)) {
        step = operation.next(outcomes);
      } else {
        const outcome = outcomes[0] as Outcome<unknown>;
        step = outcome.ok ? operation.next(outcome.value) : operation.throw(outcome.error);
      }
    }
    return step.value;
  }

  /**
   * Runs a dump datagram by datagram: yields the call when it has decoded some more, so that the
   * caller can empty it; returns the call's result. At most two datagrams are decoded ahead of the
   * caller, and 16 more are read.
   *
   * A dump that was interrupted cannot be repeated and ends with a `DumpInterruptedError`. When
   * the caller stops early the kernel's dump goes on, and the rest of it is read away in the
   * background; other dumps wait until then. Do not wait for another dump of this connection inside the
   * loop: it starts when this one has ended.
   */
  async *dump<Result, C extends Call<Result>>(
    call: C & Call<Result>,
    options: RequestOptions = {},
  ): AsyncGenerator<C, Result, void> {
    const stream: StreamState = { delivered: 0, ahead: 0, wake: undefined };
    let outcome: Outcome<unknown> | undefined;
    let ticket: Ticket | undefined;
    const submitted = this.#submit([call as Call<unknown>], options, stream, (made) => {
      ticket = made;
    }).then((outcomes) => {
      outcome = outcomes[0];
      stream.wake?.();
    });
    try {
      for (;;) {
        const received = ticket?.request?.received ?? 0;
        if (received > stream.delivered) {
          stream.delivered = received;
          stream.ahead = 0;
          yield call;
        } else if (outcome !== undefined) {
          return unwrap(outcome as Outcome<Result>);
        } else {
          const woken = new Promise<void>((resolve) => {
            stream.wake = resolve;
          });
          this.#work();
          await woken;
          stream.wake = undefined;
        }
      }
    } finally {
      if (ticket !== undefined) this.#giveUp(ticket, new Error('the stream was left'));
      await submitted;
      this.#work();
    }
  }

  /** Rejects everything that is pending and gives the descriptor back; harmless when repeated. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const error = new ClosedError('the connection');
    if (this.#turn !== undefined) clearImmediate(this.#turn);
    this.#channel.exchange.failAll(error);
    this.#resume?.();
    for (const ticket of [...this.#queue.clear(), ...this.#dumps.clear()])
      ticket.settle({ ok: false, error });
    this.#channel.transport.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #submit(
    calls: readonly Call<unknown>[],
    options: RequestOptions,
    stream?: StreamState,
    made?: (ticket: Ticket) => void,
  ): Promise<Outcome<unknown>[]> {
    const { signal } = options;
    const refusal = this.#refusal(signal);
    if (refusal !== undefined) {
      return Promise.resolve(calls.map(() => ({ ok: false, error: refusal })));
    }
    return new Promise((resolve) => {
      const outcomes = new Array<Outcome<unknown>>(calls.length);
      const tickets: Ticket[] = [];
      let unsettled = calls.length;
      let watch: Disposable | undefined;
      for (const [index, call] of calls.entries()) {
        const ticket = new Ticket(call, stream === undefined ? this.#attempts : 1, stream, (outcome) => {
          outcomes[index] = outcome;
          if (--unsettled === 0) {
            watch?.[Symbol.dispose]();
            resolve(outcomes);
          }
        });
        made?.(ticket);
        tickets.push(ticket);
        (call.dump ? this.#dumps : this.#queue).push(ticket);
      }
      if (calls.length === 0) resolve(outcomes);
      const deadline = Deadline.in(options.deadline);
      this.#work();
      if (unsettled > 0 && (deadline !== undefined || signal !== undefined)) {
        watch = watchFor(deadline, signal, (errorFor) => {
          for (const ticket of tickets) this.#giveUp(ticket, errorFor(ticket.call));
          this.#work();
        });
      }
    });
  }

  #refusal(signal: AbortSignal | undefined): Error | undefined {
    if (this.#closed) return new ClosedError('the connection');
    if (signal?.aborted === true) return reasonOf(signal);
    return this.#channel.broken;
  }

  #giveUp(ticket: Ticket, error: Error): void {
    if (ticket.done) return;
    const { request } = ticket;
    if (request !== undefined && request.outcome === undefined) this.#channel.exchange.abandon(request);
    ticket.settle({ ok: false, error });
  }

  /** Sends and receives as long as there is something to do and this turn's slice lasts. */
  #work(): void {
    this.#resume?.();
    this.#resume = undefined;
    if (this.#working || this.#closed) return;
    this.#working = true;
    try {
      while (this.#step());
    } finally {
      this.#working = false;
    }
  }

  #step(): boolean {
    if (this.#closed) return false;
    const sending = this.#canSend();
    const receiving = !this.#reading && this.#wantsReplies(0);
    if (!sending && !receiving) return false;
    if (!this.#sliceLasts()) return false;
    if (sending) {
      this.#sendQueued();
      return true;
    }
    if (!this.#readsInline()) {
      void this.#readAhead();
      return false;
    }
    this.#channel.receive();
    this.#afterDatagram();
    return true;
  }

  /** Starts a slice at the first work of a turn; at its end the rest waits for the next turn. */
  #sliceLasts(): boolean {
    if (this.#turn !== undefined) return performance.now() - this.#sliceStart < SLICE;
    this.#sliceStart = performance.now();
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#work();
    });
    return true;
  }

  #canSend(): boolean {
    const { exchange, mostInFlight } = this.#channel;
    if (exchange.overrun || exchange.pending >= mostInFlight) return false;
    return this.#queue.length > 0 || (this.#dumps.length > 0 && exchange.dump === undefined);
  }

  #sendQueued(): void {
    const isDump = this.#dumps.length > 0 && this.#channel.exchange.dump === undefined;
    const queue = isDump ? this.#dumps : this.#queue;
    let most = isDump ? 1 : Number.POSITIVE_INFINITY;
    this.#channel.send(
      () => {
        let ticket: Ticket | undefined;
        while (most > 0 && (ticket = queue.shift()) !== undefined) {
          if (!ticket.done) break;
        }
        if (ticket === undefined) return undefined;
        most--;
        return this.#outgoing(ticket);
      },
      (outgoing) => queue.putBack((outgoing as TicketOutgoing).ticket),
    );
  }

  #outgoing(ticket: Ticket): TicketOutgoing {
    return {
      ticket,
      call: ticket.call,
      sent: (request) => {
        ticket.request = request;
        if (!ticket.call.dump) return;
        this.#running = ticket;
        this.#dumpDatagrams = 0;
      },
      settle: (outcome) => this.#settle(ticket, outcome),
    };
  }

  #settle(ticket: Ticket, outcome: Outcome<unknown>): void {
    if (outcome.ok || !(outcome.error instanceof DumpInterruptedError)) {
      ticket.settle(outcome);
      return;
    }
    if (ticket.attempt >= ticket.attempts) {
      const error = new DumpInterruptedError(ticket.call.command, outcome.error.data, ticket.attempt);
      ticket.settle({ ok: false, error });
      return;
    }
    ticket.attempt++;
    this.stats.retries++;
    ticket.call.restart();
    this.#dumps.putBack(ticket);
  }

  /** Whether replies are wanted now, when `arriving` more datagrams of a stream are on their way. */
  #wantsReplies(arriving: number, pending: number = this.#channel.exchange.pending): boolean {
    const stream = this.#running?.stream;
    const { dump, overrun } = this.#channel.exchange;
    if (overrun) return true;
    const held =
      stream !== undefined &&
      dump !== undefined &&
      !dump.abandoned &&
      stream.ahead + arriving >= STREAM_AHEAD;
    return pending > (held ? 1 : 0);
  }

  #readsInline(): boolean {
    const { transport, exchange } = this.#channel;
    if (!transport.repliesWithinSend || exchange.overrun) return false;
    return exchange.dump === undefined || this.#dumpDatagrams < INLINE_DATAGRAMS;
  }

  #afterDatagram(): void {
    this.#dumpDatagrams++;
    const ticket = this.#running;
    if (ticket?.stream === undefined) return;
    const { stream, request } = ticket;
    if (request !== undefined && request.received > stream.delivered) {
      stream.ahead++;
      stream.wake?.();
    }
  }

  /** Reads what is long outside of this turn: a dump on a thread of its own where there is one, else on the pool. */
  async #readAhead(): Promise<void> {
    this.#reading = true;
    const ahead = this.#channel.readAhead();
    if (ahead === undefined) await this.#readOnPool();
    else await this.#takeFrom(ahead);
    this.#reading = false;
    this.#work();
  }

  async #readOnPool(): Promise<void> {
    const channel = this.#channel;
    let next: Promise<Arrival> | undefined = channel.startReceive();
    while (next !== undefined) {
      const arrival: Arrival = await next;
      next = undefined;
      if (this.#closed) return;
      if (this.#wantsReplies(1, channel.pendingBehind(arrival))) next = channel.startReceive();
      channel.take(arrival);
      this.#afterDatagram();
      this.#work();
    }
  }

  /**
   * Takes the datagrams of the running dump, and whatever comes between, from the thread that reads them;
   * when the dump has ended, also what the thread has read behind it.
   */
  async #takeFrom(ahead: ReadAhead): Promise<void> {
    const { exchange, stats } = this.#channel;
    while (!this.#closed) {
      if (exchange.dump === undefined) ahead.finish();
      else if (!this.#wantsReplies(0)) {
        await new Promise<void>((resolve) => {
          this.#resume = resolve;
        });
        continue;
      }
      if (!this.#sliceLasts()) {
        await turn();
        continue;
      }
      const datagram = ahead.next();
      if (datagram === undefined) {
        if (ahead.ended) break;
        await ahead.readable();
        continue;
      }
      stats.receives++;
      this.#channel.take(datagram);
      this.#afterDatagram();
      this.#work();
    }
    await ahead.stop();
  }
}

interface TicketOutgoing {
  readonly ticket: Ticket;
  readonly call: Call<unknown>;
  sent(request: PendingRequest): void;
  settle(outcome: Outcome<unknown>): void;
}
