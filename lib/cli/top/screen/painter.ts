import type { Size } from '../frame.ts';

const CLEAR = '\x1b[2J';
const REST_OF_LINE = '\x1b[K';

/** Returns the output that makes a screen show a frame: only the lines that have changed. */
export class Painter {
  #lines: readonly string[] = [];
  #size: Size | undefined;

  /** Makes the next frame draw all lines. */
  clear(): void {
    this.#size = undefined;
  }

  /** Returns the output that shows these lines; empty if they are already shown. */
  paint(lines: readonly string[], size: Size): string {
    const isNew = this.#size?.columns !== size.columns || this.#size.rows !== size.rows;
    const before = isNew ? [] : this.#lines;
    let text = isNew ? CLEAR : '';
    for (const [index, line] of lines.entries()) {
      if (line === (before[index] ?? '')) continue;
      // Erased before writing: after a line that fills the last column, it would erase that column.
      text += `\x1b[${index + 1};1H${REST_OF_LINE}${line}`;
    }
    this.#lines = lines;
    this.#size = size;
    return text;
  }
}
