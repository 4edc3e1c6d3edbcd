/** A delay that can be ended early. */
export class InterruptibleDelay {
  #wake: (() => void) | undefined;
  #woken = false;

  /** Ends the current wait, or the next one if none is running. */
  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Waits for `milliseconds`, or until `wake` is called or the signal is aborted. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#woken && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => end(), milliseconds);
        const end = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          this.#wake = undefined;
          resolve();
        };
        this.#wake = end;
        signal.addEventListener('abort', end, { once: true });
      });
    }
    this.#woken = false;
  }
}
