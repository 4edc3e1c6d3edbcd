import type { Size } from '../frame.ts';

const CLEAR = '\x1b[2J';
const REST_OF_LINE = '\x1b[K';

/** Computes the terminal output that updates the screen to a frame, with only the lines that have changed. */
export class Painter {
  #lines: readonly string[] = [];
  #size: Size | undefined;

  /** Makes the next frame draw all lines. */
  invalidate(): void {
    this.#size = undefined;
  }

  /** Returns the output that shows these lines; empty if they are already shown. */
  paint(lines: readonly string[], size: Size): string {
    const redrawsAll = this.#size?.columns !== size.columns || this.#size.rows !== size.rows;
    const before = redrawsAll ? [] : this.#lines;
    let text = redrawsAll ? CLEAR : '';
    for (const [index, line] of lines.entries()) {
      if (line === (before[index] ?? '')) continue;
      // The line is erased before it is written: erasing after a full-width line would delete the character in its
      // last column.
      text += `\x1b[${index + 1};1H${REST_OF_LINE}${line}`;
    }
    this.#lines = lines;
    this.#size = size;
    return text;
  }
}
