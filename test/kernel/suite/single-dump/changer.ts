import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BatchOperation } from '../../../../lib/index.ts';

/** A message to the process of a Changer. */
export type ChangerCommand =
  | { readonly command: 'change'; readonly operations: readonly BatchOperation[]; readonly delay: number }
  | { readonly command: 'cycle' | 'force-resizes' | 'stop' };

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

  /** Has it change the table after `delay` milliseconds; resolves when it has. */
  async change(operations: readonly BatchOperation[], delay: number): Promise<void> {
    const changed = this.#answer();
    this.#send({ command: 'change', operations, delay });
    await changed;
  }

  /** Has it change the table without pause, step by step as in test/conformance/cycling-table.ts. */
  cycle(): void {
    this.#send({ command: 'cycle' });
  }

  /**
   * Has it add and delete the services of extra-services.ts without pause, so that the kernel resizes its hash table.
   */
  forceResizes(): void {
    this.#send({ command: 'force-resizes' });
  }

  /** Stops what it does without pause; resolves with the number of steps taken. */
  async stop(): Promise<number> {
    const stopped = this.#answer();
    this.#send({ command: 'stop' });
    return (await stopped) as number;
  }

  end(): void {
    this.#child.kill();
  }

  async #answer(): Promise<unknown> {
    const [answer] = await Promise.race([once(this.#child, 'message'), this.#ended]);
    return answer;
  }

  #send(command: ChangerCommand): void {
    this.#child.send(command);
  }
}
