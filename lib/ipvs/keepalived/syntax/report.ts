import { IpvsNetlinkError } from '../../../../protocol/netlink/index.ts';

/** A position in a configuration. */
export interface Position {
  /** Path of the file, as it was opened. */
  readonly file: string;
  /** Line number, from 1. */
  readonly line: number;
  /**
   * Column in UTF-16 code units, from 1. A word that comes from expanding a $PARAMETER has the column where
   * the parameter is referenced.
   */
  readonly column: number;
}

/** A note about a configuration: a setting that is not imported, or a value that was corrected on import. */
export interface KeepalivedNote extends Position {
  /** The keyword that it concerns. */
  readonly keyword: string;
  /**
   * The rest of the sentence, printed after the keyword, such as `is not imported: it only sends
   * notifications`.
   */
  readonly text: string;
}

/** An error in a configuration. */
export interface KeepalivedErrorDetail extends Position {
  /** What is wrong, beginning with the word that it concerns. */
  readonly problem: string;
}

/** Thrown when a configuration has errors; none of it is imported. */
export class KeepalivedError extends IpvsNetlinkError {
  readonly code = 'ERR_KEEPALIVED';
  /** The errors in the order in which they were found, at most 1000. */
  readonly errors: readonly KeepalivedErrorDetail[];

  constructor(errors: readonly KeepalivedErrorDetail[]) {
    super(errors.map(({ file, line, column, problem }) => `${file}:${line}:${column}: ${problem}`));
    this.name = 'KeepalivedError';
    this.errors = errors;
  }
}

const MAX_ERRORS = 1000;
const MAX_NOTES = 10_000;

/** Collects the notes and errors while a configuration is read. */
export class Report {
  readonly notes: KeepalivedNote[] = [];
  readonly #errors: KeepalivedErrorDetail[] = [];

  note({ file, line, column }: Position, keyword: string, text: string): void {
    if (this.notes.length < MAX_NOTES) this.notes.push({ file, line, column, keyword, text });
  }

  error({ file, line, column }: Position, problem: string): void {
    if (this.#errors.length < MAX_ERRORS) this.#errors.push({ file, line, column, problem });
  }

  /** Throws a {@link KeepalivedError} if there were errors. */
  check(): void {
    if (this.#errors.length > 0) throw new KeepalivedError(this.#errors);
  }
}
