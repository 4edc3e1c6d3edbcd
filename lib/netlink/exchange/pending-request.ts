import type { Call } from '../request/call.ts';
import type { Outcome } from '../request/outcome.ts';

/** Receives the outcomes of requests; `index` identifies the request. */
export interface RequestOwner {
  settle(index: number, outcome: Outcome<unknown>): void;
}

const NONE: readonly PendingRequest[] = [];

/** A request that has been sent and has no outcome yet. */
export class PendingRequest<Result = unknown> {
  readonly call: Call<Result>;
  readonly sequence: number;
  /** Offset of its message in the datagram. */
  readonly offset: number;
  /** The connection's number of dropped stale messages (`ConnectionStatistics.stale`) when it was sent. */
  readonly staleBefore: number;
  /** Its outcome; `undefined` until it has ended. */
  outcome: Outcome<Result> | undefined = undefined;
  /** Number of reply messages so far. */
  received = 0;
  /** Whether a message of the dump was marked NLM_F_DUMP_INTR. */
  interrupted = false;
  /** Whether some of its replies may have been lost. */
  mayLackReplies = false;
  /** Whether it was cancelled; a dump must still be read to its end. */
  abandoned = false;
  /** The first error in its replies, with which it will fail. */
  failure: Error | undefined = undefined;
  /** Earlier requests of the same datagram that share this request's ack. */
  ackSharers: readonly PendingRequest[] = NONE;
  /** The later request of the same datagram whose ack this request shares. */
  ackOwner: PendingRequest | undefined = undefined;
  /** Identifies the request to its owner. */
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

  /** Sets the outcome, unless the request is abandoned or has one. */
  settle(outcome: Outcome<Result>): void {
    if (this.abandoned || this.outcome !== undefined) return;
    this.outcome = outcome;
    this.#owner?.settle(this.index, outcome);
  }
}
