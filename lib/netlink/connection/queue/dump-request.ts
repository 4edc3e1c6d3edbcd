import { DumpInterruptedError, TruncatedError } from '../../errors.ts';
import type { RequestOwner } from '../../exchange/pending-request.ts';
import type { Outcome } from '../../request/outcome.ts';
import type { Task } from './task.ts';

/** A dump of a task, which may be sent more than once. */
export class DumpRequest implements RequestOwner {
  readonly task: Task;
  readonly index: number;
  /** Datagrams that have been read since it was sent. */
  datagrams = 0;
  /** Size of the receive buffer when it was sent, in bytes. */
  bufferLength = 0;
  #attempt = 1;
  readonly #attempts: number;
  readonly #repeat: (dump: DumpRequest) => void;
  readonly #lengthNow: () => number;

  /** `repeat` sends it again, `lengthNow` gives the size of the receive buffer. */
  constructor(
    task: Task,
    index: number,
    attempts: number,
    repeat: (dump: DumpRequest) => void,
    lengthNow: () => number,
  ) {
    this.task = task;
    this.index = index;
    this.#attempts = attempts;
    this.#repeat = repeat;
    this.#lengthNow = lengthNow;
  }

  settle(index: number, outcome: Outcome<unknown>): void {
    if (!outcome.ok && this.#mayHelp(outcome.error)) {
      this.task.calls[index]!.restart();
      this.#repeat(this);
      return;
    }
    if (!outcome.ok && outcome.error instanceof DumpInterruptedError) {
      const { command } = this.task.calls[index]!;
      const error = new DumpInterruptedError(command, outcome.error.data, this.#attempt);
      this.task.settle(index, { ok: false, error });
      return;
    }
    this.task.settle(index, outcome);
  }

  /** Whether to send it again: parts of a stream have been delivered, so it cannot start over. */
  #mayHelp(error: Error): boolean {
    if (this.task.stream !== undefined) return false;
    if (error instanceof TruncatedError) return this.#lengthNow() > this.bufferLength;
    if (!(error instanceof DumpInterruptedError) || this.#attempt >= this.#attempts) return false;
    this.#attempt++;
    return true;
  }
}
