import { hostname } from 'node:os';

/** A line of a configuration, with the columns that its characters come from. */
export interface Line {
  readonly file: string;
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** The column, from 1, of everything from the first character that a parameter stood for; undefined without one. */
  readonly substitutedFrom?: number;
}

/** A name that can be defined. */
const NAME = '[A-Za-z_][A-Za-z0-9_]*';
/** The definition of a parameter. */
const DEFINITION = new RegExp(`^\\s*\\$(${NAME})=(.*)$`, 's');
/** Where a parameter may stand: in braces, or followed by white space or nothing. */
const REFERENCE = new RegExp(`\\$(?:\\{(${NAME})\\}|(${NAME})(?=\\s|$))`);
/** Values may refer to each other; those that refer to themselves end here. */
const MAX_SUBSTITUTIONS = 1000;
/** A line that is longer after all parameters are put in is refused, in characters. */
const MAX_LENGTH = 1 << 16;

/** What stands behind a `$`, and how lines with it read. */
export class Parameters {
  readonly #values = new Map<string, string>();

  /** The name and value of a line that defines a parameter; undefined for any other. */
  static definition(text: string): { readonly name: string; readonly value: string } | undefined {
    const [, name, value] = DEFINITION.exec(text) ?? [];
    return name === undefined ? undefined : { name, value: value! };
  }

  define(name: string, value: string): void {
    this.#values.set(name, value);
  }

  /**
   * The line with the value of each defined parameter in its place; `folder` is what `_PWD` stands for. Throws an
   * Error that says what is wrong.
   */
  substitute(line: Line, folder: string): Line {
    let { text, substitutedFrom } = line;
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
      substitutedFrom ??= at + 1;
      text = text.slice(0, at) + value + text.slice(at + found[0].length);
      from = at;
    }
    return substitutedFrom === undefined ? line : { ...line, text, substitutedFrom };
  }

  #valueOf(name: string, folder: string): string | undefined {
    if (name === '_PWD') return folder;
    if (name === '_INSTANCE') return this.#values.get(name) ?? hostname().split('.')[0]!;
    return this.#values.get(name);
  }
}
