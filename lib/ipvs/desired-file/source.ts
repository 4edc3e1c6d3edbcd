import type { StatePath } from '../plan/desired-state.ts';

/** A position in a text: line and column, from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A syntax error in a file, such as a missing comma or a name that occurs twice. */
export interface SyntaxMistake {
  readonly offset: number;
  readonly problem: string;
}

/** The parsed value of a text, and the positions of its parts. */
export interface Source {
  readonly value: unknown;
  readonly mistakes: readonly SyntaxMistake[];
  /**
   * Returns the offsets of the fields or entries at these paths, in UTF-16 code units; for a missing one,
   * that of its nearest existing parent.
   */
  locate(paths: readonly StatePath[]): number[];
}

/** Converts offsets to lines and columns, in the same order. Scans the text once. */
export function positionsOf(text: string, offsets: readonly number[]): TextPosition[] {
  const positions: TextPosition[] = new Array(offsets.length);
  const order = offsets.map((_, index) => index).sort((one, other) => offsets[one]! - offsets[other]!);
  let line = 1;
  let start = 0;
  for (const index of order) {
    const offset = offsets[index]!;
    for (let end = text.indexOf('\n', start); end >= 0 && end < offset; end = text.indexOf('\n', start)) {
      line++;
      start = end + 1;
    }
    positions[index] = { line, column: offset - start + 1 };
  }
  return positions;
}
