/** Interval between two lines about the same step in a log, in milliseconds. */
const LOG_INTERVAL = 10_000;

/** Shows the progress on a terminal, where it overwrites the last line, or in a log. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #started = performance.now();
  #step = '';
  /** When the last line was written to a log. */
  #lastLineTime = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Shows the current step: its name, a colon and what it does. */
  readonly show = (text: string): void => {
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(0);
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\x1b[K${seconds} s: ${text}`.slice(0, this.#stream.columns));
      return;
    }
    // A log gets a line for each step, and one every LOG_INTERVAL milliseconds.
    const [step = text] = text.split(': ');
    const now = performance.now();
    if (step === this.#step && now - this.#lastLineTime < LOG_INTERVAL) return;
    this.#step = step;
    this.#lastLineTime = now;
    this.#stream.write(`${seconds} s: ${text}\n`);
  };

  /** Clears the line. */
  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[K');
  }
}
