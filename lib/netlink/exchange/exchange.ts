import {
  type ByteView,
  DecodeError,
  HEADER_LENGTH,
  HOST_IS_LITTLE_ENDIAN,
  type Message,
  MessageFlag,
  MessageType,
  MessageWalker,
  MessageWriter,
} from '../../../protocol/netlink/index.ts';
import { ReplyLostError, TruncatedError } from '../errors.ts';
import type { Call } from '../request/call.ts';
import { encodeRequest, requestFlags } from './encode-request.ts';
import { endingSequences, nextMessage } from './messages-of-datagram.ts';
import { PendingRequest, type RequestOwner } from './pending-request.ts';
import { failureAt, outcomeOfReply, outcomeOfSuccess } from './request-outcome.ts';
import { ConnectionStatistics } from './statistics.ts';

const MAX_SEQUENCE = 0xffffffff;

/**
 * The netlink protocol of one socket as a state machine without I/O: requests and datagrams go in, outcomes come out.
 */
export class Exchange {
  readonly statistics: ConnectionStatistics;
  readonly #portId: number;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #walker: MessageWalker;
  /** Requests of the datagram being built that share an ack, see `Call.mayOmitAck`. */
  #ackSharers: PendingRequest[] = [];
  /** Requests of the datagram being built that the kernel never acknowledges. */
  readonly #unacknowledged: PendingRequest[] = [];
  #nextSequence: number;
  #dump: PendingRequest | undefined;
  #overrun = false;

  /**
   * `portId` is the socket's: messages to any other are dropped. `view` may be any view, as that of each datagram
   * replaces it. `firstSequence` (1 to 2^32 - 1) is the first sequence number; 0 is never used.
   */
  constructor(
    portId: number,
    view: ByteView,
    statistics: ConnectionStatistics = new ConnectionStatistics(),
    firstSequence = 1,
  ) {
    this.#portId = portId;
    this.#walker = new MessageWalker(view, 0, 0);
    this.statistics = statistics;
    this.#nextSequence = firstSequence;
  }

  /** Number of requests that have not ended, an abandoned dump included. */
  get pending(): number {
    return this.#pending.size;
  }

  /** The dump that is running on the socket, abandoned or not. */
  get dump(): PendingRequest | undefined {
    return this.#dump;
  }

  /** Whether replies were lost and the datagrams still in the receive buffer have not all been read. */
  get overrun(): boolean {
    return this.#overrun;
  }

  /**
   * Appends a request to a datagram; its outcome is passed to `owner`, with `index`. Call {@link endDatagram} when the
   * datagram is complete, and {@link datagramSent} when it has been sent.
   *
   * Returns `undefined`, and appends nothing, if the datagram would exceed `limit` bytes and is not empty.
   * Throws what the call's encoder throws, and appends nothing. A dump must not be appended while another one
   * is running, as the kernel would refuse it with EBUSY.
   */
  request<Result>(
    writer: MessageWriter,
    call: Call<Result>,
    limit: number = Number.POSITIVE_INFINITY,
    owner?: RequestOwner,
    index = 0,
  ): PendingRequest<Result> | undefined {
    if (call.dump && this.#dump !== undefined) throw new Error('a dump is running already');
    const offset = writer.length;
    const sequence = this.#unusedSequence();
    try {
      encodeRequest(writer, call, sequence, this.#portId, call.mayOmitAck !== true);
    } catch (error) {
      writer.reset(offset);
      throw error;
    }
    if (writer.length > limit && offset > 0) {
      writer.reset(offset);
      return undefined;
    }
    this.#nextSequence = sequence === MAX_SEQUENCE ? 1 : sequence + 1;
    const request = new PendingRequest(call, sequence, offset, this.statistics.stale, owner, index);
    this.#pending.set(sequence, request);
    if (call.dump) this.#dump = request;
    if (call.mayOmitAck === true) this.#ackSharers.push(request);
    if (call.acknowledged === false) this.#unacknowledged.push(request);
    this.statistics.requests++;
    return request;
  }

  /** Completes a datagram: sets NLM_F_ACK on the last of the requests that share an ack. */
  endDatagram(writer: MessageWriter): void {
    const last = this.#ackSharers.pop();
    if (last === undefined) return;
    writer.setFlags(last.offset, requestFlags(last.call, true));
    if (this.#ackSharers.length === 0) return;
    for (const request of this.#ackSharers) request.ackOwner = last;
    last.ackSharers = this.#ackSharers;
    this.#ackSharers = [];
  }

  /** Ends those requests of the datagram that the kernel never acknowledges. */
  datagramSent(): void {
    if (this.#unacknowledged.length === 0) return;
    for (const request of this.#unacknowledged.splice(0)) {
      this.#forget(request);
      request.settle(outcomeOfSuccess(request, this.statistics.stale));
    }
  }

  /**
   * Processes one datagram, the bytes from `start` to `end` of `view`.
   *
   * Its bytes are not referenced afterwards. Throws a {@link TruncatedError} if a message exceeds the
   * datagram; the socket must not be used any more then.
   */
  receive(view: ByteView, start: number, end: number): void {
    const { statistics } = this;
    const walker = this.#walker;
    const { message } = walker;
    let request: PendingRequest | undefined;
    walker.reset(view, start, end);
    while (nextMessage(walker)) {
      statistics.messages++;
      if (message.portId !== this.#portId && !(message.sequence === 0 && message.portId === 0)) {
        statistics.foreign++;
      } else if (message.type === MessageType.OVERRUN) {
        this.recordLoss();
      } else if (message.sequence === 0) {
        statistics.notifications++;
      } else {
        // Consecutive messages usually belong to the same dump.
        if (request?.sequence !== message.sequence || request.outcome !== undefined)
          request = this.#pending.get(message.sequence);
        if (request === undefined) {
          statistics.stale++;
        } else {
          if (request.abandoned) statistics.stale++;
          this.#process(request, message);
        }
      }
    }
  }

  /**
   * Processes a datagram that was truncated to `end` bytes, the size of the buffer. The request that it
   * belongs to fails with a {@link TruncatedError} when it ends.
   */
  receiveTruncated(view: ByteView, end: number): void {
    const firstSequence = end < HEADER_LENGTH ? 0 : view.data.getUint32(8, HOST_IS_LITTLE_ENDIAN);
    try {
      this.receive(view, 0, end);
    } catch (error) {
      if (!(error instanceof TruncatedError)) throw error;
    }
    const request = this.#pending.get(firstSequence);
    if (request !== undefined)
      request.failure ??= new TruncatedError(`a datagram did not fit into the buffer of ${end} bytes`);
  }

  /** Returns how many requests end with the datagram from `start` to `end`, without processing it. */
  countEnded(view: ByteView, start: number, end: number): number {
    let count = 0;
    this.#walker.reset(view, start, end);
    for (const sequence of endingSequences(this.#walker, this.#portId)) {
      const request = this.#pending.get(sequence);
      if (request === undefined) continue;
      count++;
      for (const sharer of request.ackSharers) if (this.#pending.has(sharer.sequence)) count++;
    }
    return count;
  }

  /** Ends the running dump, whose NLMSG_DONE the socket's filter dropped; see `doneFilter`. */
  endDump(): void {
    const request = this.#dump;
    if (request === undefined) return;
    this.#forget(request);
    request.settle(outcomeOfSuccess(request, this.statistics.stale));
  }

  /**
   * Abandons a request: its replies are dropped. A dump stays pending until its end has been read, as the
   * kernel continues it; so does a request whose ack is shared by requests that are still pending.
   */
  abandon(request: PendingRequest): void {
    request.abandoned = true;
    if (request === this.#dump) return;
    this.#forgetAbandoned(request);
    if (request.ackOwner?.abandoned === true) this.#forgetAbandoned(request.ackOwner);
  }

  #forgetAbandoned({ ackSharers, sequence }: PendingRequest): void {
    if (!ackSharers.some((sharer) => this.#pending.has(sharer.sequence))) this.#pending.delete(sequence);
  }

  /**
   * Records that replies were lost (ENOBUFS, NLMSG_OVERRUN): the datagrams still in the receive buffer have
   * to be read first.
   */
  recordLoss(): void {
    this.statistics.overruns++;
    this.#overrun = true;
    if (this.#dump !== undefined) this.#dump.mayLackReplies = true;
  }

  /** Records that the receive buffer is empty: every pending request fails, as its reply will not arrive. */
  drained(): void {
    const reason = this.#overrun ? 'overflow' : 'no-response';
    this.failAll(({ call, failure }) => failure ?? new ReplyLostError(call, reason));
  }

  /** Fails every request with the error that `errorOf` returns for it. */
  failAll(errorOf: (request: PendingRequest) => Error): void {
    this.#overrun = false;
    const requests = [...this.#pending.values()];
    this.#pending.clear();
    this.#dump = undefined;
    for (const request of requests) request.settle({ ok: false, error: errorOf(request) });
  }

  /** Fails a request that could not be sent. */
  failUnsent(request: PendingRequest, error: Error): void {
    this.#unacknowledged.length = 0;
    this.#forget(request);
    request.settle({ ok: false, error });
  }

  #forget(request: PendingRequest): void {
    this.#pending.delete(request.sequence);
    if (request === this.#dump) this.#dump = undefined;
  }

  #unusedSequence(): number {
    let sequence = this.#nextSequence;
    while (this.#pending.has(sequence)) sequence = sequence === MAX_SEQUENCE ? 1 : sequence + 1;
    return sequence;
  }

  #process(request: PendingRequest, message: Message): void {
    const { call } = request;
    if (call.dump && (message.flags & MessageFlag.DUMP_INTR) !== 0) request.interrupted = true;
    if (message.type === MessageType.ERROR || (message.type === MessageType.DONE && call.dump)) {
      this.#end(request, message);
      return;
    }
    if (message.type === MessageType.NOOP) return;
    if (request.abandoned || request.failure !== undefined) return;
    try {
      if (message.type < MessageType.MIN) {
        throw new DecodeError(`unexpected message of type ${message.type}`, message.offset);
      }
      request.received++;
      call.receive(message);
    } catch (error) {
      request.failure = failureAt(error, message.offset);
    }
  }

  #end(request: PendingRequest, message: Message): void {
    this.#forget(request);
    this.#settleAckSharers(request);
    if (request.abandoned) return;
    request.settle(
      outcomeOfReply(request, message, this.statistics.stale, () => {
        // The datagram that was sent has been overwritten.
        const writer = new MessageWriter();
        encodeRequest(writer, request.call, request.sequence, this.#portId, true);
        return writer.bytes;
      }),
    );
  }

  /**
   * Settles the requests that share this request's ack. Replies arrive in the order in which the kernel
   * carried out the requests, so those without an error have succeeded, unless replies were lost.
   */
  #settleAckSharers({ ackSharers }: PendingRequest): void {
    if (this.#overrun) return;
    for (const request of ackSharers)
      if (this.#pending.delete(request.sequence))
        request.settle(outcomeOfSuccess(request, this.statistics.stale));
  }
}
