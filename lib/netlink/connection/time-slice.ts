/** Maximum time of sending and receiving in one iteration of the event loop, in milliseconds. */
const SLICE = 1;

/** Limits the time for which a connection works in one iteration (turn) of the event loop. */
export class TimeSlice {
  readonly #next: () => void;
  #turn: NodeJS.Immediate | undefined;
  #start = 0;

  /** `next` is called in the turn after each one in which {@link lasts} was called. */
  constructor(next: () => void) {
    this.#next = next;
  }

  /** Whether there is time left in this turn. The slice starts with the first call in a turn. */
  lasts(): boolean {
    if (this.#turn !== undefined) return performance.now() - this.#start < SLICE;
    this.#start = performance.now();
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#next();
    });
    return true;
  }

  /** Cancels the pending call of `next`. */
  cancel(): void {
    if (this.#turn !== undefined) clearImmediate(this.#turn);
  }
}
