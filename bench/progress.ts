/** Says on a terminal or in a log what is being done; the last line of a terminal is written over. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #started = performance.now();
  #shown = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Shows what is being done now. */
  readonly show = (text: string): void => {
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(0);
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\x1b[K${seconds} s: ${text}`.slice(0, this.#stream.columns));
      return;
    }
    // A log gets a line for each benchmark, not for each round of it.
    const [benchmark = text] = text.split(': ');
    if (benchmark !== this.#shown) this.#stream.write(`${seconds} s: ${benchmark}\n`);
    this.#shown = benchmark;
  };

  /** Clears the line. */
  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[K');
  }
}
