import { MessageType } from '../../../../protocol/netlink/index.ts';
import type { ConnectionStatistics } from '../../exchange/statistics.ts';
import type { Call } from '../../request/call.ts';
import { DumpRequest } from './dump-request.ts';
import { Queue } from './queue.ts';
import { Task } from './task.ts';

/** NLMSG_NOOP with an ack: a request without effect, which every protocol with acks acknowledges. */
const NOOP: Call<void> = {
  command: 'NOOP',
  object: '',
  type: MessageType.NOOP,
  dump: false,
  encode() {},
  receive() {},
  result() {},
  restart() {},
};

/** Requests that are to be sent: dumps one at a time (rule 6 of lib/netlink/README.md), all others in order beside them. */
export class SendQueue {
  readonly #tasks = new Queue<Task>();
  readonly #dumps = new Queue<DumpRequest>();
  readonly #attempts: number;
  readonly #repeat: (dump: DumpRequest) => void;
  readonly #bufferLength: () => number;
  /** The request that is acknowledged before the first dump is sent (rule 9). */
  #beforeDumps: Task | undefined;

  /** `attempts`: how often a dump is tried; `statistics` count its retries. */
  constructor(attempts: number, statistics: ConnectionStatistics, buffers: { readonly length: number }) {
    this.#attempts = attempts;
    this.#bufferLength = () => buffers.length;
    this.#repeat = (dump) => {
      statistics.retries++;
      this.#dumps.putBack(dump);
    };
  }

  /** Whether a dump waits to be sent. */
  get dumpsWait(): boolean {
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

  /** The task whose call is to be sent next. */
  nextTask(): Task | undefined {
    for (let task = this.#tasks.first; task !== undefined; task = this.#tasks.first) {
      if (task.advance()) return task;
      this.#tasks.shift();
    }
    return undefined;
  }

  /**
   * The dump that is to be sent next. `isFirst` where nothing was read before it: then an acknowledged
   * request goes ahead of it.
   */
  nextDump(isFirst: boolean): DumpRequest | undefined {
    while (this.#dumps.first?.task.settled === true) this.#dumps.shift();
    const { first } = this.#dumps;
    if (first === undefined || !isFirst || this.#beforeDumps?.settled === true) return first;
    if (this.#beforeDumps === undefined) this.#tasks.push((this.#beforeDumps = new Task(NOOP)));
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
