import { constants } from 'node:os';
import { MessageWriter } from '../../../protocol/netlink/index.ts';
import { ClosedError, SystemCallError, TruncatedError } from '../errors.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { PendingRequest, RequestOwner } from '../exchange/pending-request.ts';
import { type ConnectionStatistics, newStatistics } from '../exchange/statistics.ts';
import type { ReadAhead } from '../read-ahead/reader.ts';
import type { Call } from '../request/call.ts';
import { checkOptions } from '../request/check-options.ts';
import { DumpStream, type Step } from '../request/operation.ts';
import { BUFFER_LENGTH, ReceiveBuffers } from '../socket/receive-buffers.ts';
import { traced } from '../socket/traced.ts';
import type { Transport } from '../socket/transport.ts';
import { type Arrival, copyOfError, readInto, startToReadInto } from './arrival.ts';
import { type ConnectionOptions, connectionChecks } from './connection-options.ts';
import type { Lifetime } from './lifetime.ts';
import type { DumpRequest } from './queue/dump-request.ts';
import { SendQueue } from './queue/send-queue.ts';
import { Task } from './queue/task.ts';

const DEFAULT_ATTEMPTS = 3;
const DEFAULT_DATAGRAM = 32768;
/**
 * Maximum size of a datagram, in bytes. Larger ones gain nothing, as the cost of the system call is
 * negligible by then.
 */
const MAXIMUM_DATAGRAM = 65536;
const DEFAULT_RECEIVE_BUFFER = 212992;
/** Receive buffer taken by a reply and its ack, in bytes, the kernel's bookkeeping included (rule 8). */
const REPLY_COST = 3072;
const MINIMUM_IN_FLIGHT = 16;
const MAXIMUM_IN_FLIGHT = 1024;
/** Maximum number of datagrams of a stream that are decoded ahead of its consumer. */
const STREAM_AHEAD = 2;

/**
 * The part of a connection that is the same for both drivers: the requests of one transport from queue to
 * outcome, with their order, the number in flight, retries, backpressure and cancellation. It sends or
 * receives one datagram for each call, and never waits.
 */
export class Engine {
  readonly transport: Transport;
  readonly statistics: ConnectionStatistics = newStatistics();
  readonly #exchange: Exchange;
  readonly #maximumDatagram: number;
  /** How many requests may be unanswered at a time, so that their replies fit the receive buffer. */
  readonly #maximumInFlight: number;
  readonly #writer = new MessageWriter();
  readonly #buffers = new ReceiveBuffers();
  readonly #queue: SendQueue;
  readonly #streams = new WeakMap<DumpStream<unknown>, Task>();
  /** The dump that runs. */
  #running: DumpRequest | undefined;
  /** Why the connection has ended. */
  #failure: (() => Error) | undefined;
  #closed = false;

  constructor(given: Transport, options: ConnectionOptions) {
    checkOptions(options, connectionChecks);
    const transport = traced(given);
    const { maximumDatagram = DEFAULT_DATAGRAM, receiveBuffer = DEFAULT_RECEIVE_BUFFER } = transport;
    this.transport = transport;
    this.#exchange = new Exchange(transport.portId, this.#buffers.take(), this.statistics);
    this.#queue = new SendQueue(options.attempts ?? DEFAULT_ATTEMPTS, this.statistics, this.#buffers);
    this.#maximumDatagram = Math.min(maximumDatagram, MAXIMUM_DATAGRAM);
    const fitting = Math.floor(receiveBuffer / REPLY_COST);
    this.#maximumInFlight = Math.max(MINIMUM_IN_FLIGHT, Math.min(MAXIMUM_IN_FLIGHT, fitting));
  }

  /** Whether it is closed, or has failed so that replies can no longer be told apart. */
  get ended(): boolean {
    return this.#failure !== undefined;
  }

  /** Datagrams that have been read since the dump that runs was sent. */
  get dumpDatagrams(): number {
    return this.#running?.datagrams ?? 0;
  }

  /** Whether replies were lost, so that the receive buffer has to be drained before anything is sent. */
  get overrun(): boolean {
    return this.#exchange.overrun;
  }

  /** Whether a dump runs, one that was cancelled included. */
  get dumping(): boolean {
    return this.#exchange.dump !== undefined;
  }

  /** Queues a step of an operation. The task is done at once where nothing can be sent or need be. */
  submit(step: Step, lifetime: Lifetime): Task {
    const running = step instanceof DumpStream ? this.#streams.get(step) : undefined;
    const task = running ?? new Task(step);
    if (this.#failure !== undefined) task.end(this.#failure);
    else if (!task.done && lifetime.over) this.giveUp(task, lifetime);
    else if (running === undefined) this.#enqueue(task);
    return task;
  }

  /** Cancels a task: replies to what has been sent of it are dropped, and the rest is never sent. */
  giveUp(task: Task, lifetime: Lifetime): void {
    this.#abandon(task, (call) => lifetime.errorFor(call));
  }

  /** Whether {@link send} has something to do. */
  get canSend(): boolean {
    const { overrun, pending } = this.#exchange;
    if (overrun || pending >= this.#maximumInFlight) return false;
    return this.#nextDump() !== undefined || this.#queue.nextTask() !== undefined;
  }

  /** Sends one datagram: a dump, or as many other requests as fit; false when there is nothing to send. */
  send(): boolean {
    if (!this.canSend) return false;
    const exchange = this.#exchange;
    const writer = this.#writer;
    const sent: PendingRequest[] = [];
    writer.reset();
    const dump = this.#nextDump();
    if (dump === undefined) this.#appendQueued(sent);
    else this.#appendDump(dump, sent);
    if (sent.length === 0) return true;
    exchange.endDatagram(writer);
    const datagram = writer.bytes;
    try {
      this.transport.send(datagram);
      this.statistics.sends++;
      this.statistics.bytesSent += datagram.length;
      exchange.datagramSent();
    } catch (error) {
      for (const request of sent) exchange.unsent(request, copyOfError(error));
    }
    return true;
  }

  /**
   * Whether to read now, with `arriving` reads under way and `pending` requests unanswered: not while a
   * stream's consumer has not taken what was decoded, unless another dump waits for the end of the stream.
   */
  wantsReplies(arriving: number, pending: number = this.#exchange.pending): boolean {
    const { dump, overrun } = this.#exchange;
    if (overrun) return true;
    const task = this.#running?.task;
    const held =
      task?.stream !== undefined &&
      dump !== undefined &&
      !dump.abandoned &&
      task.ahead + arriving >= STREAM_AHEAD &&
      !this.#queue.dumpsWait;
    return pending > (held ? 1 : 0);
  }

  /** Reads and takes one datagram; false when there was none. */
  receive(): boolean {
    this.statistics.receives++;
    return this.take(readInto(this.#buffers.take(), this.transport));
  }

  /** Starts to read one datagram beside the one that was read last; never rejects. */
  startReceive(): Promise<Arrival> {
    this.statistics.receives++;
    return startToReadInto(this.#buffers.take(), this.transport);
  }

  /** Lets another thread read the rest of the running dump; `undefined` where no thread can. */
  readAhead(): ReadAhead | undefined {
    const { dump } = this.#exchange;
    // That thread's buffers do not grow.
    if (dump === undefined || this.#buffers.length > BUFFER_LENGTH) return undefined;
    return this.transport.readAhead?.(dump.sequence);
  }

  /** How many requests will still be unanswered when this datagram has been taken. */
  pendingBehind({ view, length, error }: Arrival): number {
    if (error !== undefined || length <= 0 || length >= view.bytes.length) return 0;
    try {
      return this.#exchange.pending - this.#exchange.endsIn(view, 0, length);
    } catch {
      return 0;
    }
  }

  /** Takes the outcome of a read; false when that was no datagram. */
  take(arrival: Arrival): boolean {
    const any = this.#take(arrival);
    if (this.#running !== undefined && any) {
      this.#running.datagrams++;
      this.#running.task.received();
    }
    if (!this.dumping) this.#running = undefined;
    return any;
  }

  #take({ view, length, error }: Arrival): boolean {
    const exchange = this.#exchange;
    if (error !== undefined) {
      if (error instanceof SystemCallError && error.errno === constants.errno.ENOBUFS) exchange.lose();
      else exchange.failAll(() => copyOfError(error));
      return false;
    }
    if (length < 0) {
      // Replies are made within send and receive, so a missing one has been lost.
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

  /** Ends everything that is pending or queued, and closes the transport; harmless when repeated. */
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
      this.#streams.set(stream, task);
      stream.leave = () => this.#abandon(task, () => new ClosedError('the stream'));
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

  /** The dump that can be sent now. */
  #nextDump(): DumpRequest | undefined {
    if (this.dumping) return undefined;
    const isFirst = this.transport.dumpSizeFollowsReads === true && this.statistics.datagrams === 0;
    return this.#queue.nextDump(isFirst);
  }

  #appendDump(dump: DumpRequest, sent: PendingRequest[]): void {
    this.#queue.shiftDump();
    this.#running = dump;
    dump.datagrams = 0;
    dump.bufferLength = this.#buffers.length;
    this.#append(dump.task, dump.index, dump, sent);
  }

  #appendQueued(sent: PendingRequest[]): void {
    while (this.#exchange.pending < this.#maximumInFlight) {
      const task = this.#queue.nextTask();
      if (task === undefined || !this.#append(task, task.next, task, sent)) return;
      task.next++;
    }
  }

  /** Puts one request into the datagram; false when it does not fit. */
  #append(task: Task, index: number, owner: RequestOwner, sent: PendingRequest[]): boolean {
    const call = task.calls[index]!;
    try {
      const request = this.#exchange.request(this.#writer, call, this.#maximumDatagram, owner, index);
      if (request === undefined) return false;
      task.requests.push(request);
      sent.push(request);
    } catch (error) {
      owner.settle(index, { ok: false, error: error as Error });
    }
    return true;
  }
}
