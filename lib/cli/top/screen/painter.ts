import type { Size } from '../frame.ts';

const CLEAR = '\x1b[2J';
const REST_OF_LINE = '\x1b[K';

/** Turns frames into what has to be written so that a screen shows them: the lines that have changed. */
export class Painter {
  #lines: readonly string[] = [];
  #size: Size | undefined;

  /** Forgets what the screen shows. */
  clear(): void {
    this.#size = undefined;
  }

  /** What shows these lines; empty where they are shown already. */
  paint(lines: readonly string[], size: Size): string {
    const isNew = this.#size?.columns !== size.columns || this.#size.rows !== size.rows;
    const before = isNew ? [] : this.#lines;
    let text = isNew ? CLEAR : '';
    for (const [index, line] of lines.entries()) {
      if (line === (before[index] ?? '')) continue;
      // The rest of the line first: where the line ends in the last column, it would take that away.
      text += `\x1b[${index + 1};1H${REST_OF_LINE}${line}`;
    }
    this.#lines = lines;
    this.#size = size;
    return text;
  }
}
