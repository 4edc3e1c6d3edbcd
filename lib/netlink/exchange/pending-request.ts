import type { Call } from '../request/call.ts';
import type { Outcome } from '../request/outcome.ts';

/** Who is told what requests come to; `index` tells its requests apart. */
export interface RequestOwner {
  settle(index: number, outcome: Outcome<unknown>): void;
}

const NONE: readonly PendingRequest[] = [];

/** A request between its sending and its outcome. */
export class PendingRequest<Result = unknown> {
  readonly call: Call<Result>;
  readonly sequence: number;
  /** Offset of its message in the writer that it was put into. */
  readonly offset: number;
  /** How many stale messages had been dropped when it was sent. */
  readonly staleBefore: number;
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
  /** Why what it was answered cannot be used. */
  failure: Error | undefined = undefined;
  /** Requests ahead of it in its datagram that share its ack. */
  covered: readonly PendingRequest[] = NONE;
  /** The request whose ack it shares. */
  cover: PendingRequest | undefined = undefined;
  /** What its owner tells it by. */
  readonly index: number;
  readonly #owner: RequestOwner | undefined;

  constructor(
    call: Call<Result>,
    sequence: number,
    offset: number,
    staleBefore: number,
    owner: RequestOwner | undefined,
    index: number,
  ) {
    this.call = call;
    this.sequence = sequence;
    this.offset = offset;
    this.staleBefore = staleBefore;
    this.#owner = owner;
    this.index = index;
  }

  /** Ends it, unless it is abandoned or has ended before. */
  settle(outcome: Outcome<Result>): void {
    if (this.abandoned || this.outcome !== undefined) return;
    this.outcome = outcome;
    this.#owner?.settle(this.index, outcome);
  }
}
