import { dirname } from 'node:path';
import { type Line, Parameters } from './parameters.ts';
import { MAX_REPEATED, repetitionOf } from './repetitions.ts';
import type { Report } from './report.ts';

/** A file of a configuration. */
export interface ConfigurationFile {
  /** Its path, as shown in messages; relative names in it are relative to its folder. */
  readonly file: string;
  /** Its contents. */
  readonly text: string;
}

/** The main file of a configuration, and how to read the rest of it. */
export interface Configuration extends ConfigurationFile {
  /**
   * Reads the files whose paths match `pattern`, which is relative to `folder` unless it begins with a slash.
   * Default: `include` in a configuration is an error.
   */
  readonly include?: ((pattern: string, folder: string) => readonly ConfigurationFile[]) | undefined;
  /**
   * The configuration id: lines that begin with `@ID` apply only if this is `ID`, those that begin with `@^ID` only
   * if it is not. Default: none.
   */
  readonly configId?: string | undefined;
}

const INCLUDE = /^\s*include([arwmb]?)\s+(\S.*)$/;
const CONDITION = /^\s*@(\^?)(\S*)\s?(.*)$/s;
const MAX_DEPTH = 32;
/** Maximum number of lines after `include`, `~SEQ` and `~LST` are expanded. */
const MAX_LINES = 200_000;
/** Maximum number of characters in these lines. */
const MAX_CHARACTERS = 16 << 20;

/**
 * Reads the lines of a configuration as keepalived does: without comments, with the files that it includes,
 * `@` conditions evaluated and parameters substituted, in that order on each line; an `include` is evaluated last.
 */
export class LineReader {
  readonly #configuration: Configuration;
  readonly #report: Report;
  readonly #parameters = new Parameters();
  /** Number of nested includes that lead to the file that is being read. */
  #depth = 0;
  #lineCount = 0;
  #characters = 0;
  /** Number of lines that repetitions have made. */
  #repeated = 0;
  #tooLong = false;

  constructor(configuration: Configuration, report: Report) {
    this.#configuration = configuration;
    this.#report = report;
  }

  lines(): Generator<Line> {
    return this.#linesOf(this.#configuration);
  }

  *#linesOf({ file, text }: ConfigurationFile): Generator<Line> {
    const raw = text.split(/\r?\n/);
    for (let index = 0; index < raw.length; index++) {
      const number = index + 1;
      const line: Line = { file, number, text: withoutComment(raw[index]!) };
      const unconditional = this.#withoutCondition(line);
      const definition = unconditional && Parameters.definition(unconditional.text);
      if (definition === undefined) {
        yield* this.#expanded(line, 0);
        continue;
      }
      const value = [definition.value];
      while (value.at(-1)!.trimEnd().endsWith('\\') && index + 1 < raw.length) {
        value.push(value.pop()!.trimEnd().slice(0, -1));
        value.push(withoutComment(raw[++index]!));
      }
      // A value of several lines may begin on the line after the name.
      if (value.length > 1 && value[0]!.trim() === '') value.shift();
      this.#parameters.define(definition.name, value.join('\n'));
    }
  }

  /** Yields a line that is completely expanded or, if it is an `include`, the lines of the included files. */
  *#final(line: Line): Generator<Line> {
    const pattern = INCLUDE.exec(line.text)?.[2]?.trim();
    if (pattern === undefined) {
      yield line;
      return;
    }
    const { include } = this.#configuration;
    const at = { file: line.file, line: line.number, column: line.text.search(/\S/) + 1 };
    if (include === undefined) return this.#report.error(at, 'includes cannot be read here');
    if (this.#depth === MAX_DEPTH)
      return this.#report.error(at, `includes are nested more than ${MAX_DEPTH} deep`);
    let files: readonly ConfigurationFile[];
    try {
      files = include(pattern, dirname(line.file));
    } catch (error) {
      return this.#report.error(at, `${pattern} cannot be read: ${(error as Error).message}`);
    }
    if (files.length === 0) this.#report.note(at, 'include', `matches no file: ${pattern}`);
    this.#depth++;
    for (const file of files) yield* this.#linesOf(file);
    this.#depth--;
  }

  /** Returns a line without its condition; undefined if the condition does not hold. */
  #withoutCondition(line: Line): Line | undefined {
    const condition = CONDITION.exec(line.text);
    if (condition === null) return line;
    const [, not, id, rest] = condition;
    if ((id === this.#configuration.configId) !== (not === '')) return undefined;
    return { ...line, text: ' '.repeat(line.text.length - rest!.length) + rest! };
  }

  /**
   * Yields the lines that a line expands to: its condition evaluated, and parameters and repetitions (`~SEQ`,
   * `~LST`) expanded.
   */
  *#expanded(line: Line, depth: number): Generator<Line> {
    const fail = (problem: string): void => {
      const column = line.firstSubstitutionColumn ?? Math.max(line.text.search(/\S/), 0) + 1;
      this.#report.error({ file: line.file, line: line.number, column }, problem);
    };
    if (depth === MAX_DEPTH) return fail(`parameters are nested more than ${MAX_DEPTH} deep`);
    if (this.#lineCount > MAX_LINES || this.#characters > MAX_CHARACTERS || this.#repeated > MAX_REPEATED) {
      if (!this.#tooLong) fail('the configuration is too long after expanding include, ~SEQ and ~LST');
      this.#tooLong = true;
      return;
    }
    this.#lineCount++;
    const unconditional = this.#withoutCondition(line);
    if (unconditional === undefined) return;
    if (unconditional !== line) {
      yield* this.#expanded(unconditional, depth + 1);
      return;
    }
    const definition = Parameters.definition(line.text);
    if (definition !== undefined) {
      this.#parameters.define(definition.name, definition.value);
      return;
    }
    try {
      const repetition = repetitionOf(line.text);
      if (repetition !== undefined) {
        for (const iteration of repetition.iterations) {
          this.#repeated++;
          for (const [name, value] of iteration) this.#parameters.define(name, value);
          yield* this.#expanded({ ...line, text: repetition.rest }, depth + 1);
        }
        return;
      }
      const substituted = this.#parameters.substitute(line, dirname(line.file));
      this.#characters += substituted.text.length;
      if (substituted === line) {
        yield* this.#final(line);
        return;
      }
      const texts = substituted.text.split('\n');
      if (texts.length === 1 && !/^\s*[@~$]/.test(substituted.text)) yield* this.#final(substituted);
      else for (const text of texts) yield* this.#expanded({ ...substituted, text }, depth + 1);
    } catch (error) {
      fail((error as Error).message);
    }
  }
}

/** Matches the part of a line before its comment: unquoted text, quoted text, escaped characters. */
const BEFORE_COMMENT = /^(?:[^#!"'\\]+|"(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$)|\\.?)*/;

/** Returns a line without its comment, which begins with `#` or `!` outside of quotes. */
function withoutComment(text: string): string {
  return BEFORE_COMMENT.exec(text)![0];
}
