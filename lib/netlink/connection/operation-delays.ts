import type { Lifetime } from './lifetime.ts';
import { MAXIMUM_DELAY } from './timer-limit.ts';

/**
 * The waits of operations, the generators that a connection runs: each `Pause` that one yields. They end early when the
 * connection closes.
 */
export class OperationDelays {
  /** Functions that end the waits. */
  readonly #wakes = new Set<() => void>();
  #ended = false;

  /**
   * Resolves after so many milliseconds, or when the operation's deadline passes, its signal aborts or the connection
   * closes.
   */
  wait(milliseconds: number, lifetime: Lifetime): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ended || lifetime.ended) {
        resolve();
        return;
      }
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakes.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(milliseconds, MAXIMUM_DELAY));
      this.#wakes.add(wake);
      lifetime.watch(wake);
    });
  }

  /** Ends all waits, present and future. */
  end(): void {
    this.#ended = true;
    for (const wake of this.#wakes) wake();
  }
}
