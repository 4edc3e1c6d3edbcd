import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConnectionStatistics } from '../exchange/statistics.ts';
import type { ReadAhead } from '../read-ahead/reader.ts';
import type { Call } from '../request/call.ts';
import {
  CANCELLATION_POINT,
  Delivery,
  type Operation,
  type OperationIteratorResult,
  Pause,
  perform,
  performAll,
  type Step,
  streamDump,
} from '../request/operation.ts';
import type { Outcome } from '../request/outcome.ts';
import type { NetlinkSocketOptions } from '../socket/socket.ts';
import { NetlinkSocket } from '../socket/socket.ts';
import type { Transport } from '../socket/transport.ts';
import { withCallerStack } from './caller-stack.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { Engine, INLINE_DATAGRAMS } from './engine.ts';
import { Lifetime, type RequestOptions } from './lifetime.ts';
import { OperationDelays } from './operation-delays.ts';
import type { Task } from './queue/task.ts';
import type { ReadResult } from './read-result.ts';
import { TimeSlice } from './time-slice.ts';

/**
 * An asynchronous connection: any number of concurrent requests over one transport, without blocking the
 * event loop for long.
 *
 * Requests are sent immediately. If the transport's replies are available when `send` returns, they are also
 * read immediately, within slices of about a millisecond for each iteration of the event loop. Long dumps (those of
 * more than four datagrams), and all replies over other transports, are read by another thread, so that the kernel
 * makes the next datagram while this thread decodes the last one. The other thread is one of libuv's thread pool; from
 * the second long dump of the process on, it is the read-ahead thread if that is not busy. One dump runs at a time, the
 * others are queued; do requests may be interleaved.
 */
export class Connection {
  readonly #engine: Engine;
  readonly #delays = new OperationDelays();
  #working = false;
  #reading = false;
  /** Resumes reading that waits for the slow consumer of a stream. */
  #resumeReading: (() => void) | undefined;
  readonly #slice = new TimeSlice(() => this.#work());

  /** Throws a FieldError. */
  constructor(transport: Transport, options: ConnectionOptions = {}) {
    this.#engine = new Engine(transport, options);
  }

  /** Opens a netlink socket and a connection on it. Rejects with a `SystemCallError` or a FieldError. */
  static async open({ attempts, ...options }: NetlinkSocketOptions & ConnectionOptions): Promise<Connection> {
    return new Connection(NetlinkSocket.open(options), { attempts });
  }

  /** Counts of what has been sent and received so far. */
  get stats(): ConnectionStatistics {
    return this.#engine.statistics;
  }

  /**
   * Runs one call. A dump that the kernel marks as interrupted is repeated.
   *
   * Rejects with a `KernelError` if the kernel refuses it, a `FieldError` for invalid values and options, a
   * `DecodeError` for a malformed reply, a `DumpInterruptedError`, a `ReplyLostError`, a `TruncatedError`, a
   * `DeadlineError`, a `SystemCallError`, a `ClosedError`, or the reason of the signal. The stack of an error
   * shows the caller that awaits the call.
   */
  run<Result>(call: Call<Result>, options?: RequestOptions): Promise<Result> {
    return this.perform(perform(call), options);
  }

  /**
   * Runs several calls, many to a datagram, and resolves to their outcomes in order. One that fails does not
   * stop the others. When the deadline passes, the signal aborts or the connection closes, the outcome of
   * calls that have not been sent is a `NotSentError`, and that of the others the error with which `run`
   * would reject.
   */
  runAll<Result>(calls: readonly Call<Result>[], options?: RequestOptions): Promise<Outcome<Result>[]> {
    return this.perform(performAll(calls), options);
  }

  /** Runs an operation: every call that it yields, in order. Rejects with what the operation throws. */
  async perform<Result>(operation: Operation<Result>, options?: RequestOptions): Promise<Result> {
    let lifetime: Lifetime | undefined;
    try {
      lifetime = new Lifetime(options);
      let next = operation.next();
      while (next.done !== true) {
        const resumed = this.#carryOut(operation, next.value as Step, lifetime);
        next = resumed instanceof Promise ? await resumed : resumed;
      }
      return next.value;
    } catch (error) {
      throw withCallerStack(error, this.perform);
    } finally {
      lifetime?.stop();
    }
  }

  /**
   * Runs an operation that delivers items. At most two datagrams are decoded ahead of the consumer, and at
   * most 16 more are read. If another dump is queued behind this one, the rest is read and decoded without
   * waiting for the consumer.
   */
  async *stream<Result, Item>(
    operation: Operation<Result, Item>,
    options?: RequestOptions,
  ): AsyncGenerator<Item, Result, void> {
    let lifetime: Lifetime | undefined;
    try {
      lifetime = new Lifetime(options);
      let next = operation.next();
      while (next.done !== true) {
        if (next.value instanceof Delivery) {
          for (const item of next.value.items) yield item;
          next = operation.next();
        } else {
          const resumed = this.#carryOut(operation, next.value, lifetime);
          next = resumed instanceof Promise ? await resumed : resumed;
        }
      }
      return next.value;
    } catch (error) {
      throw withCallerStack(error, this.stream);
    } finally {
      lifetime?.stop();
      operation.return(undefined as Result);
      this.#work();
    }
  }

  /**
   * Runs a dump datagram by datagram: yields the call after each datagram that it has decoded, so that the caller can
   * take the items that the call has collected, and returns the call's result.
   *
   * A dump that was interrupted cannot be repeated and fails with a `DumpInterruptedError`. If the caller
   * stops early, the rest of the kernel's dump is read and dropped in the background, and other dumps wait
   * until then.
   */
  dump<Result, C extends Call<Result>>(
    call: C & Call<Result>,
    options?: RequestOptions,
  ): AsyncGenerator<C, Result, void> {
    return this.stream(
      streamDump<Result, C>(call, () => [call]),
      options,
    );
  }

  /** Rejects all pending requests and closes the socket; has no effect if it is closed already. */
  async close(): Promise<void> {
    this.#slice.cancel();
    this.#engine.close();
    this.#resumeReading?.();
    this.#delays.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Carries out what an operation has yielded, and resumes it; returns a promise if that takes time. */
  #carryOut<Result, Item>(
    operation: Operation<Result, Item>,
    step: Step | Pause | typeof CANCELLATION_POINT,
    lifetime: Lifetime,
  ): OperationIteratorResult<Result, Item> | Promise<OperationIteratorResult<Result, Item>> {
    const engine = this.#engine;
    if (step instanceof Pause) {
      if (engine.ended) return operation.next();
      return this.#delays.wait(step.milliseconds, lifetime).then(() => operation.next());
    }
    if (step === CANCELLATION_POINT) {
      const resume = (): OperationIteratorResult<Result, Item> =>
        operation.next(!lifetime.ended && !engine.ended);
      return this.#slice.hasTimeLeft() ? resume() : nextTurn().then(resume);
    }
    const task = engine.submit(step, lifetime);
    this.#work();
    if (task.resumable) return task.resume(operation);
    return this.#untilResumable(task, lifetime).then(() => task.resume(operation));
  }

  /** Settles when the operation can be resumed. */
  #untilResumable(task: Task, lifetime: Lifetime): Promise<void> {
    return new Promise((resolve) => {
      task.onResumable = resolve;
      lifetime.watch(() => {
        this.#engine.cancel(task, lifetime);
        this.#work();
      });
    });
  }

  /** Sends and receives while there is something to do and time left in this turn's slice. */
  #work(): void {
    this.#resumeReading?.();
    this.#resumeReading = undefined;
    if (this.#working) return;
    this.#working = true;
    try {
      while (this.#sendOrReceive());
    } finally {
      this.#working = false;
    }
  }

  #sendOrReceive(): boolean {
    const engine = this.#engine;
    if (engine.ended) return false;
    const sending = engine.canSend;
    const receiving = !this.#reading && engine.shouldRead(0);
    if (!sending && !receiving) return false;
    if (!this.#slice.hasTimeLeft()) return false;
    if (sending) {
      engine.send();
      return true;
    }
    if (!this.#readsInline()) {
      void this.#read();
      return false;
    }
    engine.receive();
    return true;
  }

  #readsInline(): boolean {
    const { transport, overrun, dumping, dumpDatagrams } = this.#engine;
    if (!transport.repliesWithinSend || overrun) return false;
    return !dumping || dumpDatagrams < INLINE_DATAGRAMS;
  }

  /**
   * Reads in another thread: a dump in the read-ahead thread if that is not busy, anything else in libuv's
   * thread pool.
   */
  async #read(): Promise<void> {
    this.#reading = true;
    const ahead = this.#engine.readAhead();
    if (ahead === undefined) await this.#readOnPool();
    else await this.#processFrom(ahead);
    this.#reading = false;
    this.#work();
  }

  async #readOnPool(): Promise<void> {
    const engine = this.#engine;
    let next: Promise<ReadResult> | undefined = engine.startReceive();
    while (next !== undefined) {
      const read: ReadResult = await next;
      next = undefined;
      if (engine.ended) return;
      if (engine.shouldRead(1, engine.pendingAfter(read))) next = engine.startReceive();
      engine.process(read);
      this.#work();
      // A transport in memory replies within the same turn of the event loop.
      if (!this.#slice.hasTimeLeft()) await nextTurn();
    }
  }

  /**
   * Processes the datagrams that the read-ahead thread reads until the running dump ends, including datagrams of other
   * requests and those that it has read after the end of the dump.
   */
  async #processFrom(ahead: ReadAhead): Promise<void> {
    const engine = this.#engine;
    while (!engine.ended) {
      if (!engine.dumping) ahead.stopReading();
      else if (!engine.shouldRead(0)) {
        await new Promise<void>((resolve) => {
          this.#resumeReading = resolve;
        });
        continue;
      }
      if (!this.#slice.hasTimeLeft()) {
        await nextTurn();
        continue;
      }
      const read = ahead.next();
      if (read === undefined) {
        if (ahead.ended) break;
        await ahead.readable();
        continue;
      }
      engine.processReadAhead(read);
      this.#work();
    }
    await ahead.release();
  }
}
