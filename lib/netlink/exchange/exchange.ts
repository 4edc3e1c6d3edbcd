import type { Ack, ByteView, Message } from '../../../protocol/netlink/index.ts';
import {
  DecodeError,
  decodeAck,
  MessageFlag,
  MessageType,
  MessageWalker,
  MessageWriter,
} from '../../../protocol/netlink/index.ts';
import {
  DumpInterruptedError,
  DumpRunningError,
  KernelError,
  ReplyLostError,
  TruncatedError,
} from '../errors.ts';
import type { Call } from '../request/call.ts';
import type { Outcome } from '../request/outcome.ts';
import type { ConnectionStatistics } from './statistics.ts';
import { newStatistics } from './statistics.ts';

/** Who waits for a request's outcome. */
export interface Waiting<Result = unknown> {
  settle(outcome: Outcome<Result>): void;
}

const NONE: readonly PendingRequest[] = [];
/** What every write comes to that is done: thousands share it. */
const DONE: Outcome<undefined> = Object.freeze({ ok: true, value: undefined });

/** A request between its sending and its outcome. */
export class PendingRequest<Result = unknown> {
  readonly call: Call<Result>;
  readonly sequence: number;
  /** Offset of its message in the writer that it was put into. */
  readonly offset: number;
  /** What it came to; `undefined` until then. */
  outcome: Outcome<Result> | undefined = undefined;
  /** Replies that its call has taken. */
  received = 0;
  /** A part of the dump was marked NLM_F_DUMP_INTR. */
  interrupted = false;
  /** Some of its replies may have been lost. */
  lossy = false;
  /** Nobody waits for it any more; a dump still has to be read to its end. */
  abandoned = false;
  /** What its call threw at a reply. */
  failure: Error | undefined = undefined;
  /** Requests ahead of it in its datagram that share its ack. */
  covered: readonly PendingRequest[] = NONE;
  readonly #waiting: Waiting<Result> | undefined;

  constructor(call: Call<Result>, sequence: number, offset: number, waiting: Waiting<Result> | undefined) {
    this.call = call;
    this.sequence = sequence;
    this.offset = offset;
    this.#waiting = waiting;
  }

  /** Ends it, unless it is abandoned or has ended before. */
  settle(outcome: Outcome<Result>): void {
    if (this.abandoned || this.outcome !== undefined) return;
    this.outcome = outcome;
    this.#waiting?.settle(outcome);
  }
}

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
  /** Requests of the datagram in the making that have not asked for an ack. */
  #sharing: PendingRequest[] = [];
  #nextSequence: number;
  #dump: PendingRequest | undefined;
  #overrun = false;

  /**
   * `portId` is our own: replies to any other are not for us. `firstSequence` (1 to 2^32 - 1) is
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

  /** Replies were lost, and what had arrived before has not been drained yet. */
  get overrun(): boolean {
    return this.#overrun;
  }

  /**
   * Appends a request to a datagram and expects its replies. When the datagram holds all that it
   * will, {@link endDatagram} is to be called.
   *
   * `undefined`, and nothing appended, when the datagram would grow beyond `room` bytes and holds
   * another request already. Throws what the call's encoder throws, and a
   * {@link DumpRunningError} while another dump runs; then nothing is appended either.
   */
  request<Result>(
    writer: MessageWriter,
    call: Call<Result>,
    room: number = Number.POSITIVE_INFINITY,
    waiting?: Waiting<Result>,
  ): PendingRequest<Result> | undefined {
    if (call.dump && this.#dump !== undefined) throw new DumpRunningError(call.command);
    const offset = writer.length;
    const sequence = this.#freeSequence();
    try {
      this.#encode(writer, call, sequence, call.sharesAck !== true);
    } catch (error) {
      writer.reset(offset);
      throw error;
    }
    if (writer.length > room && offset > 0) {
      writer.reset(offset);
      return undefined;
    }
    this.#nextSequence = sequence === MAX_SEQUENCE ? 1 : sequence + 1;
    const request = new PendingRequest(call, sequence, offset, waiting);
    this.#pending.set(sequence, request as PendingRequest);
    if (call.dump) this.#dump = request as PendingRequest;
    if (call.sharesAck === true) this.#sharing.push(request as PendingRequest);
    this.statistics.requests++;
    return request;
  }

  /** Lets the last of the requests in the datagram that share an ack ask for it. */
  endDatagram(writer: MessageWriter): void {
    const last = this.#sharing.pop();
    if (last === undefined) return;
    writer.setFlags(last.offset, flagsOf(last.call, true));
    if (this.#sharing.length === 0) return;
    last.covered = this.#sharing;
    this.#sharing = [];
  }

  /**
   * Takes one datagram, which lies at `start` to `end` of `view`.
   *
   * Nothing refers to its bytes afterwards. Throws a {@link TruncatedError} when a message does not
   * fit the datagram: nothing on this socket can be trusted then.
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

  /** How many pending requests the datagram at `start` to `end` ends. Nothing is taken from it. */
  endsIn(view: ByteView, start: number, end: number): number {
    const walker = this.#walker;
    const { message } = walker;
    let ends = 0;
    walker.reset(view, start, end);
    while (nextMessage(walker)) {
      if (message.type !== MessageType.DONE && message.type !== MessageType.ERROR) continue;
      if (message.portId !== this.#portId) continue;
      const request = this.#pending.get(message.sequence);
      if (request === undefined) continue;
      ends++;
      for (const { sequence } of request.covered) if (this.#pending.has(sequence)) ends++;
    }
    return ends;
  }

  /**
   * Forgets a request: its late replies are dropped. A dump goes on in the kernel, so it stays
   * pending until its end has been read; so does one whose ack others share.
   */
  abandon(request: PendingRequest): void {
    request.abandoned = true;
    if (request === this.#dump || request.covered.length > 0) return;
    this.#pending.delete(request.sequence);
  }

  /** Notes that replies were lost (ENOBUFS, NLMSG_OVERRUN): what is still queued is to be read first. */
  lose(): void {
    this.statistics.overruns++;
    this.#overrun = true;
    if (this.#dump !== undefined) this.#dump.lossy = true;
  }

  /** Nothing more will come: every request that is still unanswered has lost its reply. */
  drained(): void {
    this.#overrun = false;
    this.#endAll(
      (request) => request.failure ?? new ReplyLostError(request.call.command, request.call.object),
    );
  }

  /** Ends every request with `error`. */
  failAll(error: Error): void {
    this.#overrun = false;
    this.#endAll(() => error);
  }

  /** Takes back a request that could not be sent. */
  unsent(request: PendingRequest, error: Error): void {
    this.#forget(request);
    request.settle({ ok: false, error });
  }

  #endAll(errorOf: (request: PendingRequest) => Error): void {
    const requests = [...this.#pending.values()];
    this.#pending.clear();
    this.#dump = undefined;
    for (const request of requests) request.settle({ ok: false, error: errorOf(request) });
  }

  #forget(request: PendingRequest): void {
    this.#pending.delete(request.sequence);
    if (request === this.#dump) this.#dump = undefined;
  }

  #encode(writer: MessageWriter, call: Call<unknown>, sequence: number, asksForAck: boolean): void {
    const flags = flagsOf(call, asksForAck);
    const offset = writer.beginMessage({ type: call.type, flags, sequence, portId: this.#portId });
    call.encode(writer);
    writer.endMessage(offset);
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
    let ack: Ack;
    try {
      ack = decodeAck(message);
    } catch (error) {
      request.settle({ ok: false, error: failureAt(error, message.offset) });
      return;
    }
    request.settle(ack.errno === 0 ? outcomeOf(request) : { ok: false, error: this.#refusal(request, ack) });
  }

  /**
   * Errors arrive in the order in which the kernel carried requests out, so what shared the ack that
   * has come and has no error was done; unless replies were lost, which would have shown before.
   */
  #settleCovered({ covered }: PendingRequest): void {
    if (this.#overrun) return;
    for (const request of covered) {
      if (this.#pending.delete(request.sequence)) request.settle(outcomeOf(request));
    }
  }

  #refusal(request: PendingRequest, ack: Ack): KernelError {
    const { call } = request;
    return new KernelError({
      command: call.command,
      object: call.object,
      errno: ack.errno,
      kernelMessage: ack.extended.message,
      attribute: this.#attributePath(request, ack),
      hint: call.hint?.(ack.errno),
    });
  }

  /** What the kernel points at. Nothing in here may hide the errno. */
  #attributePath(request: PendingRequest, { extended }: Ack): string | undefined {
    const { call } = request;
    const { offset, missingType, missingNest } = extended;
    if (offset === undefined && missingType === undefined) return undefined;
    try {
      const writer = new MessageWriter();
      this.#encode(writer, call, request.sequence, true);
      if (missingType === undefined) return call.attributePath?.(writer.bytes, offset as number);
      return (
        call.attributePath?.(writer.bytes, missingNest ?? 0, missingType) ??
        `missing attribute ${missingType}`
      );
    } catch {
      return undefined;
    }
  }
}

function flagsOf(call: Call<unknown>, asksForAck: boolean): number {
  return (
    MessageFlag.REQUEST |
    (asksForAck ? MessageFlag.ACK : 0) |
    (call.dump ? MessageFlag.DUMP : 0) |
    (call.flags ?? 0)
  );
}

/** Steps to the next message; a length that does not fit means that bytes are missing. */
function nextMessage(walker: MessageWalker): boolean {
  try {
    return walker.next();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new TruncatedError(`a datagram was cut off: ${error.problem}`);
  }
}

function outcomeOf(request: PendingRequest): Outcome<unknown> {
  const { call } = request;
  if (request.failure !== undefined) return { ok: false, error: request.failure };
  if (request.lossy) return { ok: false, error: new ReplyLostError(call.command, call.object) };
  try {
    const value = call.result();
    if (!request.interrupted) return value === undefined ? DONE : { ok: true, value };
    return { ok: false, error: new DumpInterruptedError(call.command, value, 1) };
  } catch (error) {
    return { ok: false, error: asError(error) };
  }
}

function failureAt(error: unknown, start: number): Error {
  return error instanceof DecodeError ? error.relativeTo(start) : asError(error);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
