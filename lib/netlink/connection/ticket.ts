import type { PendingRequest } from '../exchange/exchange.ts';
import type { Call } from '../request/call.ts';
import type { Outcome } from '../request/outcome.ts';

/** One call on its way through the connection. */
export class Ticket {
  readonly call: Call<unknown>;
  /** Set for a stream: how far its consumer is. */
  readonly stream: StreamState | undefined;
  request: PendingRequest | undefined = undefined;
  attempts: number;
  attempt = 1;
  done = false;
  readonly #settled: (outcome: Outcome<unknown>) => void;

  constructor(
    call: Call<unknown>,
    attempts: number,
    stream: StreamState | undefined,
    settled: (outcome: Outcome<unknown>) => void,
  ) {
    this.call = call;
    this.attempts = attempts;
    this.stream = stream;
    this.#settled = settled;
  }

  settle(outcome: Outcome<unknown>): void {
    if (this.done) return;
    this.done = true;
    this.#settled(outcome);
  }
}

/** How far a stream and its consumer are. */
export interface StreamState {
  /** Messages that the consumer has been told of. */
  delivered: number;
  /** Datagrams that it has not been told of. */
  ahead: number;
  wake: (() => void) | undefined;
}
