import type { ConnectionStatistics } from '../../exchange/statistics.ts';
import { NOOP } from '../../request/noop.ts';
import { DumpRequest } from './dump-request.ts';
import { Queue } from './queue.ts';
import { Task } from './task.ts';

/**
 * The requests to be sent: one queue of dumps, of which one runs at a time (rule 6 of lib/netlink/README.md),
 * and one of all other requests.
 */
export class SendQueue {
  readonly #tasks = new Queue<Task>();
  readonly #dumps = new Queue<DumpRequest>();
  readonly #attempts: number;
  readonly #repeat: (dump: DumpRequest) => void;
  readonly #bufferLength: () => number;
  /** The no-op that must have ended before the first dump is sent (rule 9 of lib/netlink/README.md). */
  #noop: Task | undefined;

  /**
   * `attempts` is the maximum number of attempts at a dump that is interrupted; retries are counted in `statistics`.
   * `buffers.length` is the size of the read buffers, in bytes.
   */
  constructor(attempts: number, statistics: ConnectionStatistics, buffers: { readonly length: number }) {
    this.#attempts = attempts;
    this.#bufferLength = () => buffers.length;
    this.#repeat = (dump) => {
      statistics.retries++;
      this.#dumps.unshift(dump);
    };
  }

  /** Whether a dump is queued. */
  get hasDump(): boolean {
    return this.#dumps.length > 0;
  }

  push(task: Task): void {
    const { calls } = task;
    let queued = false;
    for (let index = 0; index < calls.length; index++) {
      if (calls[index]!.dump) {
        this.#dumps.push(new DumpRequest(task, index, this.#attempts, this.#repeat, this.#bufferLength));
      } else if (!queued) {
        this.#tasks.push(task);
        queued = true;
      }
    }
  }

  /** Returns the task whose call is to be sent next. */
  nextTask(): Task | undefined {
    for (let task = this.#tasks.first; task !== undefined; task = this.#tasks.first) {
      if (task.advance()) return task;
      this.#tasks.shift();
    }
    return undefined;
  }

  /**
   * Returns the dump that is to be sent next. With `needsNoop` there is none until a no-op, which this
   * queues, has ended.
   */
  nextDump(needsNoop: boolean): DumpRequest | undefined {
    while (this.#dumps.first?.task.settled === true) this.#dumps.shift();
    const { first } = this.#dumps;
    if (first === undefined || !needsNoop || this.#noop?.settled === true) return first;
    if (this.#noop === undefined) this.#tasks.push((this.#noop = new Task(NOOP)));
    return undefined;
  }

  /** Removes the dump that {@link nextDump} returned. */
  shiftDump(): void {
    this.#dumps.shift();
  }

  /** Removes all requests, and returns their tasks. */
  clear(): Task[] {
    return [...this.#tasks.clear(), ...this.#dumps.clear().map(({ task }) => task)];
  }
}
