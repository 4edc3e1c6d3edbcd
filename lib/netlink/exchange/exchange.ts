import {
  type ByteView,
  DecodeError,
  HEADER_LENGTH,
  LITTLE_ENDIAN,
  type Message,
  MessageFlag,
  MessageType,
  MessageWalker,
  MessageWriter,
} from '../../../protocol/netlink/index.ts';
import { ReplyLostError, TruncatedError } from '../errors.ts';
import type { Call } from '../request/call.ts';
import { encodeRequest, requestFlags } from './encode-request.ts';
import { acknowledged, endedBy, failureAt } from './endings.ts';
import { endingSequences, nextMessage } from './messages-of-datagram.ts';
import { PendingRequest, type RequestOwner } from './pending-request.ts';
import { type ConnectionStatistics, newStatistics } from './statistics.ts';

const MAX_SEQUENCE = 0xffffffff;

/**
 * The protocol of one socket as a state machine: requests and datagrams go in, outcomes come out.
 * No socket, no clock. The rules that it keeps are listed in `lib/netlink/README.md`.
 */
export class Exchange {
  readonly statistics: ConnectionStatistics;
  readonly #portId: number;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #walker: MessageWalker;
  /** Requests of the unfinished datagram that have not asked for an ack. */
  #sharing: PendingRequest[] = [];
  /** Requests of the unfinished datagram that will never be acknowledged. */
  readonly #unacknowledged: PendingRequest[] = [];
  #nextSequence: number;
  #dump: PendingRequest | undefined;
  #overrun = false;

  /**
   * `portId` is the socket's own: messages to any other are dropped. `firstSequence` (1 to 2^32 - 1) is
   * where sequence numbers start; they never are 0.
   */
  constructor(
    portId: number,
    view: ByteView,
    statistics: ConnectionStatistics = newStatistics(),
    firstSequence = 1,
  ) {
    this.#portId = portId;
    this.#walker = new MessageWalker(view, 0, 0);
    this.statistics = statistics;
    this.#nextSequence = firstSequence;
  }

  /** How many requests have not ended, an abandoned dump included. */
  get pending(): number {
    return this.#pending.size;
  }

  /** The dump that runs on the socket, abandoned or not. */
  get dump(): PendingRequest | undefined {
    return this.#dump;
  }

  /** Whether replies were lost and the datagrams that had arrived before have not all been read. */
  get overrun(): boolean {
    return this.#overrun;
  }

  /**
   * Appends a request to a datagram and expects its replies; `owner` is told its outcome. Call
   * {@link endDatagram} when the datagram is complete, and {@link datagramSent} when it has been sent.
   *
   * `undefined`, and nothing appended, when the datagram would grow beyond `limit` bytes and holds another
   * request already. Throws what the call's encoder throws; then nothing is appended either. There can be no
   * dump while another one runs (rule 6).
   */
  request<Result>(
    writer: MessageWriter,
    call: Call<Result>,
    limit: number = Number.POSITIVE_INFINITY,
    owner?: RequestOwner,
    index = 0,
  ): PendingRequest<Result> | undefined {
    if (call.dump && this.#dump !== undefined) throw new Error('a dump runs already');
    const offset = writer.length;
    const sequence = this.#freeSequence();
    try {
      encodeRequest(writer, call, sequence, this.#portId, call.sharesAck !== true);
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
    if (call.sharesAck === true) this.#sharing.push(request);
    if (call.acknowledged === false) this.#unacknowledged.push(request);
    this.statistics.requests++;
    return request;
  }

  /** Completes a datagram: the last of its requests that share an ack asks for it. */
  endDatagram(writer: MessageWriter): void {
    const last = this.#sharing.pop();
    if (last === undefined) return;
    writer.setFlags(last.offset, requestFlags(last.call, true));
    if (this.#sharing.length === 0) return;
    for (const request of this.#sharing) request.cover = last;
    last.covered = this.#sharing;
    this.#sharing = [];
  }

  /** Ends the requests of the datagram that the kernel will not acknowledge. */
  datagramSent(): void {
    if (this.#unacknowledged.length === 0) return;
    for (const request of this.#unacknowledged.splice(0)) {
      this.#forget(request);
      request.settle(acknowledged(request, this.statistics.stale));
    }
  }

  /**
   * Processes one datagram, which lies at `start` to `end` of `view`.
   *
   * Nothing refers to its bytes afterwards. Throws a {@link TruncatedError} when a message does not fit the
   * datagram; the socket cannot be used any more then.
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
        this.lose();
      } else if (message.sequence === 0) {
        statistics.notifications++;
      } else {
        // The next message of a dump answers what the last one did.
        if (request?.sequence !== message.sequence || request.outcome !== undefined)
          request = this.#pending.get(message.sequence);
        if (request === undefined) {
          statistics.stale++;
        } else {
          if (request.abandoned) statistics.stale++;
          this.#take(request, message);
        }
      }
    }
  }

  /**
   * Processes a datagram that was cut off at `end`, the end of the buffer. The request that it answers fails
   * with a {@link TruncatedError} when its end has come.
   */
  receiveTruncated(view: ByteView, end: number): void {
    const first = end < HEADER_LENGTH ? 0 : view.data.getUint32(8, LITTLE_ENDIAN);
    try {
      this.receive(view, 0, end);
    } catch (error) {
      if (!(error instanceof TruncatedError)) throw error;
    }
    const request = this.#pending.get(first);
    if (request !== undefined)
      request.failure ??= new TruncatedError(`a datagram did not fit the ${end} bytes of the buffer`);
  }

  /** How many pending requests the datagram at `start` to `end` ends. The datagram is not processed. */
  endsIn(view: ByteView, start: number, end: number): number {
    let ends = 0;
    this.#walker.reset(view, start, end);
    for (const sequence of endingSequences(this.#walker, this.#portId)) {
      const request = this.#pending.get(sequence);
      if (request === undefined) continue;
      ends++;
      for (const { sequence: covered } of request.covered) if (this.#pending.has(covered)) ends++;
    }
    return ends;
  }

  /** Ends the dump that runs, whose NLMSG_DONE the socket dropped; see `doneFilter`. */
  endDump(): void {
    const request = this.#dump;
    if (request === undefined) return;
    this.#forget(request);
    request.settle(acknowledged(request, this.statistics.stale));
  }

  /**
   * Forgets a request: its late replies are dropped. A dump goes on in the kernel, so it stays
   * pending until its end has been read; so does one whose ack others wait for.
   */
  abandon(request: PendingRequest): void {
    request.abandoned = true;
    if (request === this.#dump) return;
    this.#forgetAbandoned(request);
    if (request.cover?.abandoned === true) this.#forgetAbandoned(request.cover);
  }

  #forgetAbandoned({ covered, sequence }: PendingRequest): void {
    if (!covered.some((other) => this.#pending.has(other.sequence))) this.#pending.delete(sequence);
  }

  /**
   * Notes that replies were lost (ENOBUFS, NLMSG_OVERRUN): the datagrams that are still queued have to be
   * read first.
   */
  lose(): void {
    this.statistics.overruns++;
    this.#overrun = true;
    if (this.#dump !== undefined) this.#dump.lossy = true;
  }

  /** Notes that no datagram is left: every request that is still unanswered has lost its reply. */
  drained(): void {
    const reason = this.#overrun ? 'overflow' : 'silence';
    this.failAll(({ call, failure }) => failure ?? new ReplyLostError(call, reason));
  }

  /** Ends every request with the error that `errorOf` gives for it. */
  failAll(errorOf: (request: PendingRequest) => Error): void {
    this.#overrun = false;
    const requests = [...this.#pending.values()];
    this.#pending.clear();
    this.#dump = undefined;
    for (const request of requests) request.settle({ ok: false, error: errorOf(request) });
  }

  /** Removes a request that could not be sent. */
  unsent(request: PendingRequest, error: Error): void {
    this.#unacknowledged.length = 0;
    this.#forget(request);
    request.settle({ ok: false, error });
  }

  #forget(request: PendingRequest): void {
    this.#pending.delete(request.sequence);
    if (request === this.#dump) this.#dump = undefined;
  }

  #freeSequence(): number {
    let sequence = this.#nextSequence;
    while (this.#pending.has(sequence)) sequence = sequence === MAX_SEQUENCE ? 1 : sequence + 1;
    return sequence;
  }

  #take(request: PendingRequest, message: Message): void {
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
        throw new DecodeError(`a message of type ${message.type} answers nothing`, message.offset);
      }
      request.received++;
      call.receive(message);
    } catch (error) {
      request.failure = failureAt(error, message.offset);
    }
  }

  #end(request: PendingRequest, message: Message): void {
    this.#forget(request);
    this.#settleCovered(request);
    if (request.abandoned) return;
    request.settle(
      endedBy(request, message, this.statistics.stale, () => {
        const writer = new MessageWriter();
        encodeRequest(writer, request.call, request.sequence, this.#portId, true);
        return writer.bytes;
      }),
    );
  }

  /**
   * Settles the requests that shared an ack. Replies arrive in the order in which the kernel carried
   * requests out, so those without an error have succeeded, unless replies were lost.
   */
  #settleCovered({ covered }: PendingRequest): void {
    if (this.#overrun) return;
    for (const request of covered)
      if (this.#pending.delete(request.sequence))
        request.settle(acknowledged(request, this.statistics.stale));
  }
}
