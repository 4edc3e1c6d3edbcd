import { channel } from 'node:diagnostics_channel';
import { NotSentError } from '../../errors.ts';
import type { PendingRequest, RequestOwner } from '../../exchange/pending-request.ts';
import type { Call } from '../../request/call.ts';
import { DumpStream, type Operation, type Progress, type Step } from '../../request/operation.ts';
import type { Outcome } from '../../request/outcome.ts';

/** Where each request that has ended is published, as a {@link RequestEnded}. */
const ended = channel('ipvs-netlink:request');

/** What is published on the `node:diagnostics_channel` channel `ipvs-netlink:request`. */
export interface RequestEnded {
  /** Name of the request: `GET_SERVICE`. */
  readonly command: string;
  /** The object that it was about: `service tcp 10.0.0.1:80`; empty for none in particular. */
  readonly object: string;
  /** Whether it was a dump. */
  readonly dump: boolean;
  /** Milliseconds from the call to the end, with the time in the queue. */
  readonly milliseconds: number;
  /** Why it failed; absent where it did not. */
  readonly error?: unknown;
}

/** A step of an operation in the engine: its calls and their outcomes. */
export class Task implements RequestOwner {
  readonly calls: readonly Call<unknown>[];
  readonly stream: DumpStream<unknown> | undefined;
  /** Its requests that have been sent. */
  readonly requests: PendingRequest[] = [];
  /** Index of the next call to be sent. */
  next = 0;
  /** Datagrams of a stream that have been decoded and not delivered. */
  ahead = 0;
  /** Called when it becomes {@link done}. */
  wake: (() => void) | undefined;
  readonly #step: Step;
  readonly #outcomes: Outcome<unknown>[];
  #unsettled: number;
  /** Messages of a stream that have been delivered. */
  #delivered = 0;
  /** Absent where nobody listens. */
  readonly #asked: number | undefined = ended.hasSubscribers ? performance.now() : undefined;

  constructor(step: Step) {
    this.#step = step;
    this.stream = step instanceof DumpStream ? step : undefined;
    this.calls = isBatch(step) ? step : [this.stream?.call ?? (step as Call<unknown>)];
    this.#outcomes = new Array(this.calls.length);
    this.#unsettled = this.calls.length;
  }

  /** Whether every call has its outcome. */
  get settled(): boolean {
    return this.#unsettled === 0;
  }

  /** Whether the operation can go on. */
  get done(): boolean {
    return this.settled || this.#deliverable;
  }

  settle(index: number, outcome: Outcome<unknown>): void {
    if (this.#outcomes[index] !== undefined) return;
    this.#outcomes[index] = outcome;
    if (this.#asked !== undefined) this.#publish(index, outcome, this.#asked);
    if (--this.#unsettled === 0) this.wake?.();
  }

  /** Moves {@link next} to a do call that is to be sent; false when there is none. */
  advance(): boolean {
    if (this.settled) return false;
    while (this.calls[this.next]?.dump === true || this.#outcomes[this.next] !== undefined) this.next++;
    return this.next < this.calls.length;
  }

  /** Notes that a datagram of the running stream has been taken. */
  received(): void {
    if (!this.#deliverable) return;
    this.ahead++;
    this.wake?.();
  }

  /**
   * Gives every call without an outcome an error. Of several calls those that were never sent get a
   * {@link NotSentError}, whose cause is the error.
   */
  end(errorFor: (call: Call<unknown>) => Error): void {
    const sent = new Set(this.requests.map(({ index }) => index));
    for (const [index, call] of this.calls.entries()) {
      if (this.#outcomes[index] !== undefined) continue;
      const error = errorFor(call);
      const unsent = isBatch(this.#step) && !sent.has(index);
      this.settle(index, { ok: false, error: unsent ? new NotSentError(call, error) : error });
    }
  }

  /** Resumes the operation with the outcome. */
  resume<Result, Item>(operation: Operation<Result, Item>): Progress<Result, Item> {
    if (isBatch(this.#step)) return operation.next(this.#outcomes);
    if (this.#deliverable) {
      this.#delivered = this.requests[0]!.received;
      this.ahead = 0;
      return operation.next(true);
    }
    const outcome = this.#outcomes[0]!;
    if (!outcome.ok) return operation.throw(outcome.error);
    if (this.stream === undefined) return operation.next(outcome.value);
    this.stream.result = outcome.value;
    return operation.next(false);
  }

  #publish(index: number, outcome: Outcome<unknown>, asked: number): void {
    const { command, object, dump } = this.calls[index]!;
    const milliseconds = performance.now() - asked;
    const message: RequestEnded = { command, object, dump, milliseconds };
    ended.publish(outcome.ok ? message : { ...message, error: outcome.error });
  }

  get #deliverable(): boolean {
    return this.stream !== undefined && (this.requests[0]?.received ?? 0) > this.#delivered;
  }
}

function isBatch(step: Step): step is readonly Call<unknown>[] {
  return Array.isArray(step);
}
