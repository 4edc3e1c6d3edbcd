/** The severity of a log entry. */
export type Level = 'error' | 'warning' | 'info';

/** The log of the reconciler process. */
export interface Log {
  /**
   * Writes an entry: `event` is the stable name of the event, `message` a line for people, `values` its data.
   */
  write(level: Level, event: string, message: string, values?: Readonly<Record<string, unknown>>): void;
}

/** Milliseconds after which a problem that persists is logged again. */
const REPEAT_INTERVAL = 600_000;

/** Limits the logging of a problem: once when it is new, and every ten minutes while it persists. */
export class LogThrottle {
  #text: string | undefined;
  #at = 0;

  /** Whether to log this problem now; if so, it counts as logged. */
  shouldLog(text: string): boolean {
    const now = Date.now();
    if (text === this.#text && now - this.#at < REPEAT_INTERVAL) return false;
    this.#text = text;
    this.#at = now;
    return true;
  }

  /** Whether there is a problem. */
  get hasProblem(): boolean {
    return this.#text !== undefined;
  }

  /** Records that there is no problem any more. Returns whether there was one. */
  clear(): boolean {
    const had = this.#text !== undefined;
    this.#text = undefined;
    return had;
  }
}
