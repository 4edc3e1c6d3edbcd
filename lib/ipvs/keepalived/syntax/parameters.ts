import { hostname } from 'node:os';

/** A line of a configuration, and where it comes from. */
export interface Line {
  readonly file: string;
  /** Line number, from 1. */
  readonly number: number;
  readonly text: string;
  /**
   * The column, from 1, of the first parameter reference that was replaced; everything after it is reported
   * at this column. Undefined if there was none.
   */
  readonly firstSubstitutionColumn?: number;
}

/** The name of a parameter. */
const NAME = '[A-Za-z_][A-Za-z0-9_]*';
/** The definition of a parameter. */
const DEFINITION = new RegExp(`^\\s*\\$(${NAME})=(.*)$`, 's');
/** A reference to a parameter: in braces, or followed by white space or the end of the line. */
const REFERENCE = new RegExp(`\\$(?:\\{(${NAME})\\}|(${NAME})(?=\\s|$))`);
/**
 * Maximum number of references replaced in a line: values may refer to each other, and by accident to
 * themselves.
 */
const MAX_SUBSTITUTIONS = 1000;
/** Maximum length of a line after parameters are replaced, in characters. */
const MAX_LENGTH = 1 << 16;

/** The parameters of a configuration (`$NAME=value`). */
export class Parameters {
  readonly #values = new Map<string, string>();

  /** Returns the name and value in a line that defines a parameter; undefined for any other line. */
  static definition(text: string): { readonly name: string; readonly value: string } | undefined {
    const [, name, value] = DEFINITION.exec(text) ?? [];
    return name === undefined ? undefined : { name, value: value! };
  }

  define(name: string, value: string): void {
    this.#values.set(name, value);
  }

  /**
   * Replaces references to defined parameters by their values; `folder` is the value of `_PWD`. Throws an
   * Error that says what is wrong.
   */
  substitute(line: Line, folder: string): Line {
    let { text, firstSubstitutionColumn } = line;
    let from = 0;
    for (let count = 0; ; ) {
      const found = REFERENCE.exec(text.slice(from));
      if (found === null) break;
      const at = from + found.index;
      const value = this.#valueOf((found[1] ?? found[2])!, folder);
      if (value === undefined) {
        from = at + found[0].length;
        continue;
      }
      if (++count > MAX_SUBSTITUTIONS || text.length > MAX_LENGTH)
        throw new Error('its parameters refer to themselves, or are too long');
      firstSubstitutionColumn ??= at + 1;
      text = text.slice(0, at) + value + text.slice(at + found[0].length);
      from = at;
    }
    return firstSubstitutionColumn === undefined ? line : { ...line, text, firstSubstitutionColumn };
  }

  #valueOf(name: string, folder: string): string | undefined {
    if (name === '_PWD') return folder;
    if (name === '_INSTANCE') return this.#values.get(name) ?? hostname().split('.')[0]!;
    return this.#values.get(name);
  }
}
