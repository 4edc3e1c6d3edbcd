import { MAXIMUM_ERRORS, type StatePath } from '../plan/desired-services.ts';
import type { ParsedText, SyntaxErrorDetail } from './parsed-text.ts';

/**
 * Maximum number of objects and arrays, and of all values: more than a desired state in a file of the maximum size has,
 * and few enough to fit in memory.
 */
const LIMITS = { objects: 2_000_000, values: 8_000_000 };
/**
 * Maximum number of distinct keys: far more than a desired state has field names. Every additional distinct key slows
 * access to all parsed objects.
 */
const MAX_KEYS = 1000;
/** Maximum nesting: deeper than any desired state, and shallow enough for the stack. */
const MAX_LEVELS = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** The literal names of JSON. */
const WORD = /true|false|null/y;
const WORDS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };

class JsonSyntaxError extends Error {
  readonly offset: number;

  constructor(problem: string, offset: number) {
    super(problem);
    this.offset = offset;
  }
}

/**
 * Parses JSON as `JSON.parse` does, but reports the position of an error, and rejects duplicate keys in an
 * object, nesting beyond 32 levels, more than 1000 distinct keys, and more values than `limits`.
 */
export function parseJson(text: string, limits: typeof LIMITS = LIMITS): ParsedText {
  const parser = new JsonParser(text, limits);
  try {
    return {
      value: parser.parse(),
      errors: parser.errors,
      locate: (paths) => locate(new JsonParser(text, limits), paths),
    };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const errors = [...parser.errors, { offset: error.offset, problem: error.message }];
    return { value: undefined, errors, locate: (paths) => paths.map(() => 0) };
  }
}

/** A value to be located in a JSON text, its offset (-1 until found), and the values to be located in it. */
interface Target {
  offset: number;
  readonly inner: Map<string | number, Target>;
}

/**
 * Returns the offset of each path, or of its nearest ancestor that exists. Reads the text once, however many paths
 * there are.
 */
function locate(parser: JsonParser, paths: readonly StatePath[]): number[] {
  const root: Target = { offset: 0, inner: new Map() };
  const targetsOnPaths = paths.map((path) => {
    const targetsOnPath = [root];
    for (const part of path) {
      const { inner } = targetsOnPath.at(-1)!;
      let next = inner.get(part);
      if (next === undefined) inner.set(part, (next = { offset: -1, inner: new Map() }));
      targetsOnPath.push(next);
    }
    return targetsOnPath;
  });
  parser.parse(root);
  return targetsOnPaths.map((targets) => targets.findLast(({ offset }) => offset >= 0)!.offset);
}

class JsonParser {
  readonly errors: SyntaxErrorDetail[] = [];
  readonly #text: string;
  readonly #limits: typeof LIMITS;
  readonly #keys = new Set<string>();
  #at = 0;
  #level = 0;
  #objects = 0;
  #values = 0;

  constructor(text: string, limits: typeof LIMITS) {
    this.#text = text;
    this.#limits = limits;
  }

  /**
   * Returns the value of the text. With a target, sets the offsets of all targets; arrays that are targets, or on
   * the path to one, are returned empty.
   */
  parse(target?: Target): unknown {
    this.#skipWhitespace();
    const value = this.#value(target);
    if (this.#at < this.#text.length) throw this.#unexpected('the end of the text');
    return value;
  }

  #value(target: Target | undefined): unknown {
    if (++this.#values > this.#limits.values)
      throw new JsonSyntaxError(`there are more than ${this.#limits.values} values`, this.#at);
    const first = this.#text[this.#at];
    let value: unknown;
    if (first === '{') value = this.#object(target?.inner);
    else if (first === '[') value = this.#array(target?.inner);
    else if (first === '"') value = this.#string();
    else if (first === 't' || first === 'f' || first === 'n') value = WORDS[this.#match(WORD, 'a value')];
    else value = Number(this.#match(NUMBER, 'a value'));
    this.#skipWhitespace();
    return value;
  }

  #object(targets: Target['inner'] | undefined): Readonly<Record<string, unknown>> {
    const object: Record<string, unknown> = {};
    this.#open();
    while (this.#text[this.#at] !== '}') {
      const start = this.#at;
      if (this.#text[start] !== '"') throw this.#unexpected('a key in quotes or }');
      const key = this.#string();
      if (this.#keys.add(key).size > MAX_KEYS)
        throw new JsonSyntaxError(`there are more than ${MAX_KEYS} distinct keys`, start);
      this.#skipWhitespace();
      this.#expect(':');
      const target = targets?.get(key);
      if (target !== undefined) target.offset = start;
      const value = this.#value(target);
      if (Object.hasOwn(object, key) && this.errors.length < MAXIMUM_ERRORS) {
        this.errors.push({ offset: start, problem: `duplicate key ${JSON.stringify(key)}` });
      }
      // A plain assignment to __proto__ would change the prototype.
      if (key === '__proto__')
        Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      else object[key] = value;
      this.#separate('}');
    }
    this.#close();
    return object;
  }

  #array(targets: Target['inner'] | undefined): readonly unknown[] {
    const array: unknown[] = [];
    this.#open();
    for (let index = 0; this.#text[this.#at] !== ']'; index++) {
      const target = targets?.get(index);
      if (target !== undefined) target.offset = this.#at;
      const value = this.#value(target);
      if (targets === undefined) array.push(value);
      this.#separate(']');
    }
    this.#close();
    return array;
  }

  #open(): void {
    if (++this.#level > MAX_LEVELS) {
      throw new JsonSyntaxError(`is nested deeper than ${MAX_LEVELS} levels`, this.#at);
    }
    if (++this.#objects > this.#limits.objects) {
      throw new JsonSyntaxError(`there are more than ${this.#limits.objects} objects and arrays`, this.#at);
    }
    this.#at++;
    this.#skipWhitespace();
  }

  #close(): void {
    this.#level--;
    this.#at++;
  }

  /** Expects a comma that is followed by another entry, or the closing bracket. */
  #separate(end: string): void {
    if (this.#text[this.#at] === end) return;
    this.#expect(',', `, or ${end}`);
    if (this.#text[this.#at] === end) throw this.#unexpected('an entry after the comma');
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at;
    let escaped = false;
    let end = start + 1;
    for (let code: number; (code = text.charCodeAt(end)) !== QUOTE; end++) {
      if (code < FIRST_PRINTABLE)
        throw new JsonSyntaxError('a string contains an unescaped control character', end);
      if (end >= text.length) throw new JsonSyntaxError('expected a closing quote, but the text ends', end);
      if (code === BACKSLASH) {
        escaped = true;
        end++;
      }
    }
    this.#at = end + 1;
    if (!escaped) return text.slice(start + 1, end);
    try {
      return JSON.parse(text.slice(start, end + 1)) as string;
    } catch {
      throw new JsonSyntaxError('a string contains an invalid escape', start);
    }
  }

  #expect(character: string, expected = character): void {
    if (this.#text[this.#at] !== character) throw this.#unexpected(expected);
    this.#at++;
    this.#skipWhitespace();
  }

  #match(pattern: RegExp, expected: string): string {
    pattern.lastIndex = this.#at;
    const matched = pattern.exec(this.#text)?.[0];
    if (matched === undefined) throw this.#unexpected(expected);
    this.#at += matched.length;
    return matched;
  }

  #skipWhitespace(): void {
    const code = this.#text.charCodeAt(this.#at);
    if (code > 0x20) return;
    WHITESPACE.lastIndex = this.#at;
    this.#at += WHITESPACE.exec(this.#text)![0].length;
  }

  #unexpected(expected: string): JsonSyntaxError {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    const found = this.#at >= this.#text.length ? 'the text ends' : `found ${JSON.stringify(character)}`;
    return new JsonSyntaxError(`expected ${expected}, but ${found}`, this.#at);
  }
}
