import { NetlinkError } from '../../../../protocol/netlink/index.ts';

/** A position in a configuration. */
export interface Position {
  /** Path of the file, as it was opened. */
  readonly file: string;
  /** Line number, from 1. */
  readonly line: number;
  /**
   * Column in UTF-16 code units, from 1. Words from the value of a parameter have the column of its
   * reference.
   */
  readonly column: number;
}

/** A note about a configuration: a setting that is not imported, or a correction. */
export interface KeepalivedNote extends Position {
  /** The keyword that it concerns. */
  readonly keyword: string;
  /**
   * The text of the note, which continues the keyword, such as `is not imported: it only sends
   * notifications`.
   */
  readonly text: string;
}

/** A mistake in a configuration. */
export interface KeepalivedMistake extends Position {
  /** What is wrong, beginning with the word that it concerns. */
  readonly problem: string;
}

/** A configuration has mistakes, so nothing of it is imported. */
export class KeepalivedError extends NetlinkError {
  readonly code = 'ERR_KEEPALIVED';
  /** The mistakes in order, at most 1000. */
  readonly mistakes: readonly KeepalivedMistake[];

  constructor(mistakes: readonly KeepalivedMistake[]) {
    super(mistakes.map(({ file, line, column, problem }) => `${file}:${line}:${column}: ${problem}`));
    this.name = 'KeepalivedError';
    this.mistakes = mistakes;
  }
}

const MAX_MISTAKES = 1000;
const MAX_NOTES = 10_000;

/** Collects the notes and mistakes while a configuration is read. */
export class Report {
  readonly notes: KeepalivedNote[] = [];
  readonly #mistakes: KeepalivedMistake[] = [];

  note({ file, line, column }: Position, keyword: string, text: string): void {
    if (this.notes.length < MAX_NOTES) this.notes.push({ file, line, column, keyword, text });
  }

  mistake({ file, line, column }: Position, problem: string): void {
    if (this.#mistakes.length < MAX_MISTAKES) this.#mistakes.push({ file, line, column, problem });
  }

  /** Throws a {@link KeepalivedError} if there were mistakes. */
  check(): void {
    if (this.#mistakes.length > 0) throw new KeepalivedError(this.#mistakes);
  }
}
