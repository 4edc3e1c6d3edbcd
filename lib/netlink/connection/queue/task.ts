import { channel } from 'node:diagnostics_channel';
import { NotSentError } from '../../errors.ts';
import type { PendingRequest, RequestOwner } from '../../exchange/pending-request.ts';
import type { Call } from '../../request/call.ts';
import {
  DumpStream,
  type Operation,
  type OperationIteratorResult,
  type Step,
} from '../../request/operation.ts';
import type { Outcome } from '../../request/outcome.ts';

/** The diagnostics channel on which each request is published when it ends, as a {@link RequestEnded}. */
const endedChannel = channel('ipvs-netlink:request');

/** The message on the `node:diagnostics_channel` channel `ipvs-netlink:request`: a request has ended. */
export interface RequestEnded {
  /** Name of the request: `GET_SERVICE`. */
  readonly command: string;
  /** The object of the request: `service tcp 10.0.0.1:80`; empty for none in particular. */
  readonly object: string;
  /** Whether it was a dump. */
  readonly dump: boolean;
  /** Milliseconds from when the request was queued to its end. */
  readonly milliseconds: number;
  /** The error; absent if it succeeded. */
  readonly error?: unknown;
}

/** A step of an operation that the engine carries out: its calls and their outcomes. */
export class Task implements RequestOwner {
  readonly calls: readonly Call<unknown>[];
  readonly stream: DumpStream<unknown> | undefined;
  /** The requests that have been sent. */
  readonly requests: PendingRequest[] = [];
  /** Index of the next call to be sent. */
  next = 0;
  /** Number of datagrams of a stream that have been decoded and not delivered. */
  undeliveredDatagrams = 0;
  /** Called when the operation becomes {@link resumable}. */
  onResumable: (() => void) | undefined;
  readonly #step: Step;
  readonly #outcomes: Outcome<unknown>[];
  #unsettled: number;
  /** Number of the stream's reply messages whose items have been delivered. */
  #deliveredMessages = 0;
  /** Start time, if the diagnostics channel has subscribers. */
  readonly #startTime: number | undefined = endedChannel.hasSubscribers ? performance.now() : undefined;

  constructor(step: Step) {
    this.#step = step;
    this.stream = step instanceof DumpStream ? step : undefined;
    this.calls = isBatch(step) ? step : [this.stream?.call ?? (step as Call<unknown>)];
    this.#outcomes = new Array(this.calls.length);
    this.#unsettled = this.calls.length;
  }

  /** Whether every call has an outcome. */
  get settled(): boolean {
    return this.#unsettled === 0;
  }

  /** Whether the operation can be resumed: every call has an outcome, or a stream has messages to deliver. */
  get resumable(): boolean {
    return this.settled || this.#deliverable;
  }

  settle(index: number, outcome: Outcome<unknown>): void {
    if (this.#outcomes[index] !== undefined) return;
    this.#outcomes[index] = outcome;
    if (this.#startTime !== undefined) this.#publish(index, outcome, this.#startTime);
    if (--this.#unsettled === 0) this.onResumable?.();
  }

  /** Moves {@link next} to the first do request that is still to be sent; false if there is none. */
  advance(): boolean {
    if (this.settled) return false;
    while (this.calls[this.next]?.dump === true || this.#outcomes[this.next] !== undefined) this.next++;
    return this.next < this.calls.length;
  }

  /** Called when a datagram of the running stream has been processed. */
  datagramProcessed(): void {
    if (!this.#deliverable) return;
    this.undeliveredDatagrams++;
    this.onResumable?.();
  }

  /**
   * Settles every call without an outcome with an error. In a batch the calls that were never sent get a
   * {@link NotSentError}, whose cause is the error.
   */
  end(errorFor: (call: Call<unknown>) => Error): void {
    const sent = new Set(this.requests.map(({ index }) => index));
    for (const [index, call] of this.calls.entries()) {
      if (this.#outcomes[index] !== undefined) continue;
      const error = errorFor(call);
      const isUnsent = isBatch(this.#step) && !sent.has(index);
      this.settle(index, { ok: false, error: isUnsent ? new NotSentError(call, error) : error });
    }
  }

  /** Resumes the operation with the outcome of this step. */
  resume<Result, Item>(operation: Operation<Result, Item>): OperationIteratorResult<Result, Item> {
    if (isBatch(this.#step)) return operation.next(this.#outcomes);
    if (this.#deliverable) {
      this.#deliveredMessages = this.requests[0]!.received;
      this.undeliveredDatagrams = 0;
      return operation.next(true);
    }
    const outcome = this.#outcomes[0]!;
    if (!outcome.ok) return operation.throw(outcome.error);
    if (this.stream === undefined) return operation.next(outcome.value);
    this.stream.result = outcome.value;
    return operation.next(false);
  }

  #publish(index: number, outcome: Outcome<unknown>, startTime: number): void {
    const { command, object, dump } = this.calls[index]!;
    const milliseconds = performance.now() - startTime;
    const message: RequestEnded = { command, object, dump, milliseconds };
    endedChannel.publish(outcome.ok ? message : { ...message, error: outcome.error });
  }

  get #deliverable(): boolean {
    return this.stream !== undefined && (this.requests[0]?.received ?? 0) > this.#deliveredMessages;
  }
}

function isBatch(step: Step): step is readonly Call<unknown>[] {
  return Array.isArray(step);
}
