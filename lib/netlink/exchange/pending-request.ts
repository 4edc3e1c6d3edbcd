import type { Call } from '../request/call.ts';
import type { Outcome } from '../request/outcome.ts';

/** Receives the outcomes of requests; `index` tells its requests apart. */
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
  /** Its outcome; `undefined` until it has ended. */
  outcome: Outcome<Result> | undefined = undefined;
  /** Number of replies so far. */
  received = 0;
  /** Whether a part of the dump was marked NLM_F_DUMP_INTR. */
  interrupted = false;
  /** Whether some of its replies may have been lost. */
  lossy = false;
  /** Whether it was cancelled; a dump still has to be read to its end. */
  abandoned = false;
  /** The error in its replies, which it ends with. */
  failure: Error | undefined = undefined;
  /** Requests ahead of it in its datagram that share its ack. */
  covered: readonly PendingRequest[] = NONE;
  /** The request whose ack it shares. */
  cover: PendingRequest | undefined = undefined;
  /** The number by which its owner knows it. */
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
