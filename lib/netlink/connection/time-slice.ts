/** Maximum time of sending and receiving in one iteration of the event loop, in milliseconds. */
const SLICE = 1;

/** Limits the time for which a connection works in one iteration (turn) of the event loop. */
export class TimeSlice {
  readonly #next: () => void;
  #turn: NodeJS.Immediate | undefined;
  #start = 0;

  /** `next` is called in the next check phase (setImmediate) after a call of {@link hasTimeLeft}. */
  constructor(next: () => void) {
    this.#next = next;
  }

  /** Whether there is time left in this turn. The first call in a turn starts the slice and schedules `next`. */
  hasTimeLeft(): boolean {
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
