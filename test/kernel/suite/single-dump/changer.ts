import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BatchOperation } from '../../../../lib/index.ts';

/** What a table-changer is told. */
export type ChangerOrder =
  | { readonly order: 'change'; readonly operations: readonly BatchOperation[]; readonly delay: number }
  | { readonly order: 'cycle' | 'crowd' | 'stop' };

/** A process of its own that changes the table. */
export class Changer {
  readonly #child: ChildProcess;
  /** Rejects when the process has ended. */
  readonly #ended: Promise<never>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'exit').then(([status]) => {
      throw new Error(`the table-changer ended with status ${status}`);
    });
    this.#ended.catch(() => undefined);
  }

  static async start(netns: string): Promise<Changer> {
    const child = fork(join(import.meta.dirname, 'table-changer.js'), [netns]);
    await once(child, 'message');
    return new Changer(child);
  }

  /** Has it change the table after so many milliseconds; resolves when it has. */
  async change(operations: readonly BatchOperation[], delay: number): Promise<void> {
    const changed = this.#answer();
    this.#order({ order: 'change', operations, delay });
    await changed;
  }

  /** Has it cycle the table without pause, as cycling-table.ts says. */
  cycle(): void {
    this.#order({ order: 'cycle' });
  }

  /** Has it crowd and empty the table without pause, as crowd.ts says, so that the kernel resizes it. */
  crowd(): void {
    this.#order({ order: 'crowd' });
  }

  /** Stops what it does without pause; resolves with the number of steps taken. */
  async stop(): Promise<number> {
    const stopped = this.#answer();
    this.#order({ order: 'stop' });
    return (await stopped) as number;
  }

  end(): void {
    this.#child.kill();
  }

  async #answer(): Promise<unknown> {
    const [answer] = await Promise.race([once(this.#child, 'message'), this.#ended]);
    return answer;
  }

  #order(order: ChangerOrder): void {
    this.#child.send(order);
  }
}
