import { availableParallelism } from 'node:os';
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
import type { Task } from './queue/task.ts';

/**
 * A synchronous connection over one transport: each method blocks until its requests have ended. For scripts,
 * commands and measurements. It has the methods of `Connection`.
 */
export class ConnectionSync {
  readonly #engine: Engine;

  /** Throws a FieldError. */
  constructor(transport: Transport, options: ConnectionOptions = {}) {
    this.#engine = new Engine(transport, options);
  }

  /** Opens a netlink socket and a connection on it. Throws a `SystemCallError` or a FieldError. */
  static open({ attempts, ...options }: NetlinkSocketOptions & ConnectionOptions): ConnectionSync {
    return new ConnectionSync(NetlinkSocket.open(options), { attempts });
  }

  /** Counters of what has been sent and received. */
  get stats(): ConnectionStatistics {
    return this.#engine.statistics;
  }

  /** As {@link Connection.run}, but returns the result and throws the error. */
  run<Result>(call: Call<Result>, options?: RequestOptions): Result {
    return this.perform(perform(call), options);
  }

  /** As {@link Connection.runAll}, but returns the outcomes. */
  runAll<Result>(calls: readonly Call<Result>[], options?: RequestOptions): Outcome<Result>[] {
    return this.perform(performAll(calls), options);
  }

  /** Runs an operation: every call that it yields, in order. Throws what the operation throws. */
  perform<Result>(operation: Operation<Result>, options?: RequestOptions): Result {
    try {
      const lifetime = new Lifetime(options);
      let next = operation.next();
      while (next.done !== true) next = this.#carryOut(operation, next.value as Step, lifetime);
      return next.value;
    } catch (error) {
      throw withCallerStack(error, this.perform);
    }
  }

  /** Runs an operation that delivers items. Nothing is read ahead of the consumer. */
  *stream<Result, Item>(
    operation: Operation<Result, Item>,
    options?: RequestOptions,
  ): Generator<Item, Result, void> {
    try {
      const lifetime = new Lifetime(options);
      let next = operation.next();
      while (next.done !== true) {
        if (next.value instanceof Delivery) {
          yield* next.value.items;
          next = operation.next();
        } else {
          next = this.#carryOut(operation, next.value, lifetime);
        }
      }
      return next.value;
    } catch (error) {
      throw withCallerStack(error, this.stream);
    } finally {
      operation.return(undefined as Result);
    }
  }

  /** As {@link Connection.dump}, but nothing is read ahead of the caller. */
  dump<Result, C extends Call<Result>>(
    call: C & Call<Result>,
    options?: RequestOptions,
  ): Generator<C, Result, void> {
    return this.stream(
      streamDump<Result, C>(call, () => [call]),
      options,
    );
  }

  /** Closes the transport and fails all pending requests; has no effect if it is closed already. */
  close(): void {
    this.#engine.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Carries out what an operation has yielded, and resumes it. */
  #carryOut<Result, Item>(
    operation: Operation<Result, Item>,
    step: Step | Pause | typeof CANCELLATION_POINT,
    lifetime: Lifetime,
  ): OperationIteratorResult<Result, Item> {
    if (step instanceof Pause) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lifetime.limitWait(step.milliseconds));
      return operation.next();
    }
    const engine = this.#engine;
    // The operation asks whether it may continue.
    if (step === CANCELLATION_POINT) return operation.next(!lifetime.ended && !engine.ended);
    const task = engine.submit(step, lifetime);
    while (!task.resumable) {
      if (!engine.send()) this.#receive(task, lifetime);
      if (!task.resumable && lifetime.ended) engine.cancel(task, lifetime);
    }
    return task.resume(operation);
  }

  /** Reads a datagram, or the rest of a long dump if another thread can do that. */
  #receive(task: Task, lifetime: Lifetime): void {
    const engine = this.#engine;
    // Not tried again for each later datagram. A single processor would only switch between the threads.
    const tryThread =
      engine.dumpDatagrams === INLINE_DATAGRAMS && task.stream === undefined && availableParallelism() > 1;
    const ahead = tryThread ? engine.readAhead() : undefined;
    if (ahead === undefined) engine.receive();
    else this.#processFrom(ahead, task, lifetime);
  }

  /**
   * Processes the datagrams that the read-ahead thread reads until the running dump or the task ends, and those that it
   * has read after that.
   */
  #processFrom(ahead: ReadAhead, task: Task, lifetime: Lifetime): void {
    const engine = this.#engine;
    for (;;) {
      if (!engine.dumping || task.resumable) ahead.stopReading();
      else if (lifetime.ended) engine.cancel(task, lifetime);
      const read = ahead.next();
      if (read !== undefined) engine.processReadAhead(read);
      else if (ahead.ended) break;
      else ahead.waitUntilReadable();
    }
    void ahead.release();
  }
}
