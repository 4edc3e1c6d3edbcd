import { DumpInterruptedError, TruncatedError } from '../../errors.ts';
import type { RequestOwner } from '../../exchange/pending-request.ts';
import type { Outcome } from '../../request/outcome.ts';
import type { Task } from './task.ts';

/** A dump of a task, which is sent again if it is interrupted or truncated. */
export class DumpRequest implements RequestOwner {
  /** The step of an operation that the dump belongs to, see {@link Task}. */
  readonly task: Task;
  /** Index of its call in the task. */
  readonly index: number;
  /** Number of datagrams that have been read since it was sent. */
  datagrams = 0;
  /** Size of the buffer for reads when it was sent, in bytes. */
  bufferLength = 0;
  #attempt = 1;
  readonly #attempts: number;
  readonly #repeat: (dump: DumpRequest) => void;
  readonly #currentBufferLength: () => number;

  /** `repeat` queues it again; `currentBufferLength` returns the current size of the buffer for reads, in bytes. */
  constructor(
    task: Task,
    index: number,
    attempts: number,
    repeat: (dump: DumpRequest) => void,
    currentBufferLength: () => number,
  ) {
    this.task = task;
    this.index = index;
    this.#attempts = attempts;
    this.#repeat = repeat;
    this.#currentBufferLength = currentBufferLength;
  }

  settle(index: number, outcome: Outcome<unknown>): void {
    if (!outcome.ok && this.#isRetried(outcome.error)) {
      this.task.calls[index]!.reset();
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

  /** Whether to send it again. A stream cannot start over, as parts of it have been delivered. */
  #isRetried(error: Error): boolean {
    if (this.task.stream !== undefined) return false;
    if (error instanceof TruncatedError) return this.#currentBufferLength() > this.bufferLength;
    if (!(error instanceof DumpInterruptedError) || this.#attempt >= this.#attempts) return false;
    this.#attempt++;
    return true;
  }
}
