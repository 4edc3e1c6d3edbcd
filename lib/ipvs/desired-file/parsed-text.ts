import type { StatePath } from '../plan/desired-services.ts';

/** A position in a text: line and column, both from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A syntax error in a file, such as a missing comma or a duplicate key. */
export interface SyntaxErrorDetail {
  readonly offset: number;
  readonly problem: string;
}

/** A parsed text, and the positions of its parts. */
export interface ParsedText {
  readonly value: unknown;
  readonly errors: readonly SyntaxErrorDetail[];
  /**
   * Returns the offsets of the fields or entries at these paths, in UTF-16 code units; for one that does not
   * exist, the offset of the object or list that should contain it.
   */
  locate(paths: readonly StatePath[]): number[];
}

/** Returns the line and column of each offset, in their order. Scans the text once. */
export function positionsOf(text: string, offsets: readonly number[]): TextPosition[] {
  const positions: TextPosition[] = new Array(offsets.length);
  const order = offsets.map((_, index) => index).sort((a, b) => offsets[a]! - offsets[b]!);
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
