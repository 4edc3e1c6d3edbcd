/** How grave a line of a log is. */
export type Level = 'error' | 'warning' | 'info';

/** Where a service says what it does. */
export interface Log {
  /**
   * `event` is a stable name of what happened, `message` a line for people, and `values` go with it as data.
   */
  write(level: Level, event: string, message: string, values?: Readonly<Record<string, unknown>>): void;
}

/** Milliseconds after which what stays wrong is said again. */
const REPEAT = 600_000;

/** Lets a problem through when it is new, and again every ten minutes while it stays. */
export class Repeats {
  #text: string | undefined;
  #at = 0;

  isNew(text: string): boolean {
    const now = Date.now();
    if (text === this.#text && now - this.#at < REPEAT) return false;
    this.#text = text;
    this.#at = now;
    return true;
  }

  /** Whether a problem lasts. */
  get lasts(): boolean {
    return this.#text !== undefined;
  }

  /** The problem is over; whether there was one. */
  clear(): boolean {
    const had = this.#text !== undefined;
    this.#text = undefined;
    return had;
  }
}
