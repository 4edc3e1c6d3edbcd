import type { StatePath } from '../plan/desired-state.ts';

/** A place in a text, both counted from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A mistake in the spelling of a file, such as a missing comma or a name that comes twice. */
export interface SyntaxMistake {
  readonly offset: number;
  readonly problem: string;
}

/** A text that was read as a value. */
export interface Source {
  readonly value: unknown;
  readonly mistakes: readonly SyntaxMistake[];
  /**
   * Where the fields or entries at these paths begin, in characters from the start; for one that
   * is not there, the place of what should hold it.
   */
  locate(paths: readonly StatePath[]): number[];
}

/** Turns offsets into lines and columns. */
export class LineIndex {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  position(offset: number): TextPosition {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#starts[low]! + 1 };
  }
}
