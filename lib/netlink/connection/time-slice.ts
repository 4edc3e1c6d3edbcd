/** Milliseconds of sending and receiving after which the event loop gets its turn. */
const SLICE = 1;

/** The share of a turn of the event loop that a connection may work in. */
export class TimeSlice {
  readonly #next: () => void;
  #turn: NodeJS.Immediate | undefined;
  #start = 0;

  /** `next` is called in the turn that follows one with work. */
  constructor(next: () => void) {
    this.#next = next;
  }

  /** Whether there is time left in this turn. The slice starts at the first call in a turn. */
  lasts(): boolean {
    if (this.#turn !== undefined) return performance.now() - this.#start < SLICE;
    this.#start = performance.now();
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#next();
    });
    return true;
  }

  /** Keeps `next` from being called for the turns up to now. */
  cancel(): void {
    if (this.#turn !== undefined) clearImmediate(this.#turn);
  }
}
