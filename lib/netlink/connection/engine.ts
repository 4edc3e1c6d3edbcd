import { constants } from 'node:os';
import { MessageWriter } from '../../../protocol/netlink/index.ts';
import { ClosedError, SystemCallError, TruncatedError } from '../errors.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { PendingRequest, RequestOwner } from '../exchange/pending-request.ts';
import { ConnectionStatistics } from '../exchange/statistics.ts';
import type { ReadAhead } from '../read-ahead/reader.ts';
import type { Call } from '../request/call.ts';
import { checkOptions } from '../request/check-options.ts';
import { DumpStream, type Step } from '../request/operation.ts';
import { BUFFER_LENGTH, ReadBuffers } from '../socket/read-buffers.ts';
import { traced } from '../socket/traced.ts';
import type { Transport } from '../socket/transport.ts';
import { type ConnectionOptions, connectionChecks } from './connection-options.ts';
import type { Lifetime } from './lifetime.ts';
import type { DumpRequest } from './queue/dump-request.ts';
import { SendQueue } from './queue/send-queue.ts';
import { Task } from './queue/task.ts';
import { copyOfError, type ReadResult, readInto, readIntoAsync } from './read-result.ts';

const DEFAULT_ATTEMPTS = 3;
const DEFAULT_MAXIMUM_DATAGRAM = 32768;
/**
 * Maximum size of a datagram with several requests, in bytes. Larger ones would not be faster, as the cost of
 * the system call is negligible by then.
 */
const MAXIMUM_DATAGRAM = 65536;
const DEFAULT_RECEIVE_BUFFER = 212992;
/** Bytes of the receive buffer that a reply and its ack take, with overhead (rule 8 of lib/netlink/README.md). */
const REPLY_COST = 3072;
const MINIMUM_IN_FLIGHT = 16;
const MAXIMUM_IN_FLIGHT = 1024;
/** Maximum number of datagrams of a stream that are decoded ahead of its consumer. */
const STREAM_AHEAD = 2;

/** Number of datagrams of a dump after which another thread may read the rest of it. */
export const INLINE_DATAGRAMS = 4;

/**
 * The part of a connection that the synchronous and the asynchronous loop share: the requests of one
 * transport from queue to outcome, with their order, the number in flight, retries, backpressure and
 * cancellation. `send` and `receive` handle one datagram at a time, and never wait.
 */
export class Engine {
  readonly transport: Transport;
  readonly statistics: ConnectionStatistics = new ConnectionStatistics();
  readonly #exchange: Exchange;
  readonly #maximumDatagram: number;
  /** Maximum number of requests in flight, so that their replies fit the receive buffer. */
  readonly #maximumInFlight: number;
  readonly #writer = new MessageWriter();
  readonly #buffers = new ReadBuffers();
  readonly #queue: SendQueue;
  readonly #streamTasks = new WeakMap<DumpStream<unknown>, Task>();
  /** The running dump. */
  #runningDump: DumpRequest | undefined;
  /** Creates the error with which the connection has ended. */
  #failure: (() => Error) | undefined;
  #closed = false;

  constructor(untraced: Transport, options: ConnectionOptions) {
    checkOptions(options, connectionChecks);
    const transport = traced(untraced);
    const { maximumDatagram = DEFAULT_MAXIMUM_DATAGRAM, receiveBuffer = DEFAULT_RECEIVE_BUFFER } = transport;
    this.transport = transport;
    this.#exchange = new Exchange(transport.portId, this.#buffers.next(), this.statistics);
    this.#queue = new SendQueue(options.attempts ?? DEFAULT_ATTEMPTS, this.statistics, this.#buffers);
    this.#maximumDatagram = Math.min(maximumDatagram, MAXIMUM_DATAGRAM);
    const repliesThatFit = Math.floor(receiveBuffer / REPLY_COST);
    this.#maximumInFlight = Math.max(MINIMUM_IN_FLIGHT, Math.min(MAXIMUM_IN_FLIGHT, repliesThatFit));
  }

  /** Whether it is closed, or has failed so that replies can no longer be matched to requests. */
  get ended(): boolean {
    return this.#failure !== undefined;
  }

  /** Number of datagrams that have been read since the running dump was sent. */
  get dumpDatagrams(): number {
    return this.#runningDump?.datagrams ?? 0;
  }

  /** Whether replies were lost, so that the receive buffer must be drained before anything is sent. */
  get overrun(): boolean {
    return this.#exchange.overrun;
  }

  /** Whether a dump is running, a cancelled one included. */
  get dumping(): boolean {
    return this.#exchange.dump !== undefined;
  }

  /**
   * Queues a step of an operation and returns its task; for a dump stream that has been queued before, returns the
   * task that it already has. The operation can be resumed at once if there is nothing left to send or wait for, or
   * the connection has ended.
   */
  submit(step: Step, lifetime: Lifetime): Task {
    const queued = step instanceof DumpStream ? this.#streamTasks.get(step) : undefined;
    const task = queued ?? new Task(step);
    if (this.#failure !== undefined) task.end(this.#failure);
    else if (!task.resumable && lifetime.ended) this.cancel(task, lifetime);
    else if (queued === undefined) this.#enqueue(task);
    return task;
  }

  /** Cancels a task: replies to its requests in flight are dropped, and the others are never sent. */
  cancel(task: Task, lifetime: Lifetime): void {
    this.#abandon(task, (call) => lifetime.errorFor(call));
  }

  /** Whether {@link send} has something to do. */
  get canSend(): boolean {
    const { overrun, pending } = this.#exchange;
    if (overrun || pending >= this.#maximumInFlight) return false;
    return this.#nextDump() !== undefined || this.#queue.nextTask() !== undefined;
  }

  /** Sends one datagram: a dump, or as many other requests as fit; false if there is nothing to send. */
  send(): boolean {
    if (!this.canSend) return false;
    const exchange = this.#exchange;
    const writer = this.#writer;
    const appended: PendingRequest[] = [];
    writer.reset();
    const dump = this.#nextDump();
    if (dump === undefined) this.#appendQueued(appended);
    else this.#appendDump(dump, appended);
    if (appended.length === 0) return true;
    exchange.endDatagram(writer);
    const datagram = writer.bytes;
    try {
      this.transport.send(datagram);
      this.statistics.sends++;
      this.statistics.bytesSent += datagram.length;
      exchange.datagramSent();
    } catch (error) {
      for (const request of appended) exchange.failUnsent(request, copyOfError(error));
    }
    return true;
  }

  /**
   * Whether to read now, with `readsStarted` reads in progress and `pending` requests unanswered. A stream
   * whose consumer lags behind is not read, unless another dump is queued behind it or other requests are
   * pending.
   */
  shouldRead(readsStarted: number, pending: number = this.#exchange.pending): boolean {
    const { dump, overrun } = this.#exchange;
    if (overrun) return true;
    const task = this.#runningDump?.task;
    const isHeldBack =
      task?.stream !== undefined &&
      dump !== undefined &&
      !dump.abandoned &&
      task.undeliveredDatagrams + readsStarted >= STREAM_AHEAD &&
      !this.#queue.hasDump;
    return pending > (isHeldBack ? 1 : 0);
  }

  /** Reads and processes one datagram; false if there was none. */
  receive(): boolean {
    this.statistics.receives++;
    return this.process(readInto(this.#buffers.next(), this.transport));
  }

  /** Starts to read one datagram into the other of the two buffers; never rejects. */
  startReceive(): Promise<ReadResult> {
    this.statistics.receives++;
    return readIntoAsync(this.#buffers.next(), this.transport);
  }

  /** Lets another thread read the rest of the running dump; `undefined` if no thread is available. */
  readAhead(): ReadAhead | undefined {
    const { dump } = this.#exchange;
    // That thread has buffers of a fixed size.
    if (dump === undefined || this.#buffers.length > BUFFER_LENGTH) return undefined;
    return this.transport.readAhead?.(dump.sequence);
  }

  /** As {@link process}, for a datagram that another thread has read. */
  processReadAhead(read: ReadResult): void {
    this.statistics.receives++;
    this.process(read);
  }

  /** Number of requests that will be unanswered after this datagram has been processed. */
  pendingAfter({ view, length, error }: ReadResult): number {
    if (error !== undefined || length <= 0 || length >= view.bytes.length) return 0;
    try {
      return this.#exchange.pending - this.#exchange.countEnded(view, 0, length);
    } catch {
      return 0;
    }
  }

  /** Processes the outcome of a read; false if it was not a datagram. */
  process(read: ReadResult): boolean {
    const isDatagram = this.#process(read);
    if (this.#runningDump !== undefined && isDatagram) {
      this.#runningDump.datagrams++;
      this.#runningDump.task.datagramProcessed();
    }
    if (!this.dumping) this.#runningDump = undefined;
    return isDatagram;
  }

  #process({ view, length, error }: ReadResult): boolean {
    const exchange = this.#exchange;
    if (error !== undefined) {
      if (error instanceof SystemCallError && error.errno === constants.errno.ENOBUFS) exchange.recordLoss();
      else exchange.failAll(() => copyOfError(error));
      return false;
    }
    if (length < 0) {
      // The kernel makes replies within send and receive, so a missing one has been lost.
      if (exchange.overrun || this.transport.repliesWithinSend) exchange.drained();
      return false;
    }
    this.statistics.datagrams++;
    this.statistics.bytesReceived += length;
    try {
      if (length >= view.bytes.length) {
        this.#buffers.grow(view.bytes.length);
        exchange.receiveTruncated(view, view.bytes.length);
      } else {
        exchange.receive(view, 0, length);
      }
    } catch (thrown) {
      this.#fail(() =>
        thrown instanceof TruncatedError ? new TruncatedError(thrown.message) : (thrown as Error),
      );
    }
    return true;
  }

  /** Fails all pending and queued requests and closes the transport; has no effect the second time. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#fail(() => new ClosedError('the connection'));
    this.transport.close();
  }

  #fail(failure: () => Error): void {
    this.#failure = failure;
    this.#exchange.failAll(failure);
    for (const task of this.#queue.clear()) task.end(failure);
  }

  #enqueue(task: Task): void {
    const { stream } = task;
    if (stream !== undefined) {
      this.#streamTasks.set(stream, task);
      stream.cancel = () => this.#abandon(task, () => new ClosedError('the stream'));
    }
    this.#queue.push(task);
  }

  #abandon(task: Task, errorFor: (call: Call<unknown>) => Error): void {
    if (task.settled) return;
    for (const request of task.requests) {
      if (request.outcome === undefined) this.#exchange.abandon(request);
    }
    task.end(errorFor);
  }

  /**
   * The dump that can be sent now. Netlink sizes dump skbs by the largest recvmsg so far, so an acknowledged
   * no-op is sent before the first dump of a socket from which nothing has been read (rule 9).
   */
  #nextDump(): DumpRequest | undefined {
    if (this.dumping) return undefined;
    const nothingReadYet = this.statistics.datagrams === 0;
    return this.#queue.nextDump(nothingReadYet && this.transport.dumpDatagramSizeDependsOnReads === true);
  }

  #appendDump(dump: DumpRequest, appended: PendingRequest[]): void {
    this.#queue.shiftDump();
    this.#runningDump = dump;
    dump.datagrams = 0;
    dump.bufferLength = this.#buffers.length;
    this.#append(dump.task, dump.index, dump, appended);
  }

  #appendQueued(appended: PendingRequest[]): void {
    while (this.#exchange.pending < this.#maximumInFlight) {
      const task = this.#queue.nextTask();
      if (task === undefined || !this.#append(task, task.next, task, appended)) return;
      task.next++;
    }
  }

  /** Appends one request to the datagram; false if it does not fit. */
  #append(task: Task, index: number, owner: RequestOwner, appended: PendingRequest[]): boolean {
    const call = task.calls[index]!;
    try {
      const request = this.#exchange.request(this.#writer, call, this.#maximumDatagram, owner, index);
      if (request === undefined) return false;
      task.requests.push(request);
      appended.push(request);
    } catch (error) {
      owner.settle(index, { ok: false, error: error as Error });
    }
    return true;
  }
}
