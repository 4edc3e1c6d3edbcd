import { NetlinkError } from '../../../../protocol/netlink/index.ts';

/** Where something stands in a configuration. */
export interface Position {
  /** The file, by the name that it was opened with. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** In characters, from 1. Words that a parameter stands for have the parameter's column. */
  readonly column: number;
}

/** Something in a configuration that is worth knowing about it. */
export interface KeepalivedNote extends Position {
  /** The keyword that it is about. */
  readonly keyword: string;
  /** Such as `is a health check: the server is imported as one that passed it`. */
  readonly text: string;
}

/** Something in a configuration that is wrong or not understood. */
export interface KeepalivedMistake extends Position {
  /** What is wrong, beginning with the word that it is about. */
  readonly problem: string;
}

/** A configuration is refused as a whole. */
export class KeepalivedError extends NetlinkError {
  readonly code = 'ERR_KEEPALIVED';
  /** Every mistake in order, up to 1000. */
  readonly mistakes: readonly KeepalivedMistake[];

  constructor(mistakes: readonly KeepalivedMistake[]) {
    super(mistakes.map(({ file, line, column, problem }) => `${file}:${line}:${column}: ${problem}`));
    this.name = 'KeepalivedError';
    this.mistakes = mistakes;
  }
}

const MAX_MISTAKES = 1000;
const MAX_NOTES = 10_000;

/** Collects what is said about a configuration while it is read. */
export class Report {
  readonly notes: KeepalivedNote[] = [];
  readonly #mistakes: KeepalivedMistake[] = [];

  note({ file, line, column }: Position, keyword: string, text: string): void {
    if (this.notes.length < MAX_NOTES) this.notes.push({ file, line, column, keyword, text });
  }

  mistake({ file, line, column }: Position, problem: string): void {
    if (this.#mistakes.length < MAX_MISTAKES) this.#mistakes.push({ file, line, column, problem });
  }

  /** Throws a {@link KeepalivedError} where there were mistakes. */
  check(): void {
    if (this.#mistakes.length > 0) throw new KeepalivedError(this.#mistakes);
  }
}
