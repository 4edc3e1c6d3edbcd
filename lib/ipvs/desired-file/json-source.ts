import { MOST_MISTAKES, pathText, type StatePath } from '../plan/desired-state.ts';
import type { Source, SyntaxMistake } from './source.ts';

/** More than the longest file that is read can hold of a table, and few enough for the memory. */
const MOST_OBJECTS = 2_000_000;
/** Deeper than any wanted state, and shallow enough for the stack. */
const MOST_LEVELS = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const BLANK = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
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
 * Reads JSON as `JSON.parse` does, but says where a mistake is, takes a name that comes twice in an
 * object for one, and refuses nesting beyond 32 levels.
 */
export function jsonSource(text: string): Source {
  const reader = new JsonReader(text);
  try {
    return {
      value: reader.read(),
      mistakes: reader.mistakes,
      locate: (paths) => {
        // What holds a field is looked for too: it stands in for one that is not there.
        const wanted = paths.flatMap((path) => path.map((_, last) => pathText(path.slice(0, last + 1))));
        const locator = new JsonReader(text, new Map(wanted.map((path) => [path, -1])));
        locator.read();
        return paths.map((path) => locator.offsetOf(path));
      },
    };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const mistakes = [...reader.mistakes, { offset: error.offset, problem: error.message }];
    return { value: undefined, mistakes, locate: (paths) => paths.map(() => 0) };
  }
}

class JsonReader {
  readonly mistakes: SyntaxMistake[] = [];
  readonly #text: string;
  /** Where each path that is looked for begins, -1 while it was not met. */
  readonly #wanted: Map<string, number> | undefined;
  #at = 0;
  #level = 0;
  #objects = 0;

  constructor(text: string, wanted?: Map<string, number>) {
    this.#text = text;
    this.#wanted = wanted;
  }

  read(): unknown {
    this.#blank();
    const value = this.#value('');
    if (this.#at < this.#text.length) throw this.#unexpected('nothing more');
    return value;
  }

  offsetOf(path: StatePath): number {
    for (let length = path.length; length > 0; length--) {
      const part = pathText(path.slice(0, length));
      const offset = this.#wanted?.get(part) ?? -1;
      if (offset >= 0) return offset;
    }
    return 0;
  }

  #value(path: string): unknown {
    const first = this.#text[this.#at];
    let value: unknown;
    if (first === '{') value = this.#object(path);
    else if (first === '[') value = this.#array(path);
    else if (first === '"') value = this.#string();
    else if (first === 't' || first === 'f' || first === 'n') value = WORDS[this.#match(WORD, 'a value')];
    else value = Number(this.#match(NUMBER, 'a value'));
    this.#blank();
    return value;
  }

  #object(path: string): Readonly<Record<string, unknown>> {
    const object: Record<string, unknown> = {};
    this.#open();
    while (this.#text[this.#at] !== '}') {
      const start = this.#at;
      if (this.#text[start] !== '"') throw this.#unexpected('a name in quotes or }');
      const name = this.#string();
      const inner = this.#wanted === undefined ? '' : path === '' ? name : `${path}.${name}`;
      this.#note(inner, start);
      this.#blank();
      this.#expect(':');
      const value = this.#value(inner);
      if (Object.hasOwn(object, name) && this.mistakes.length < MOST_MISTAKES) {
        this.mistakes.push({ offset: start, problem: `the name ${JSON.stringify(name)} comes twice` });
      }
      // A plain assignment to __proto__ would change the prototype.
      if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true });
      else object[name] = value;
      this.#separate('}');
    }
    this.#close();
    return object;
  }

  #array(path: string): readonly unknown[] {
    const array: unknown[] = [];
    this.#open();
    while (this.#text[this.#at] !== ']') {
      const inner = this.#wanted === undefined ? '' : `${path}[${array.length}]`;
      this.#note(inner, this.#at);
      array.push(this.#value(inner));
      this.#separate(']');
    }
    this.#close();
    return array;
  }

  #open(): void {
    if (++this.#level > MOST_LEVELS) {
      throw new JsonSyntaxError(`is nested deeper than ${MOST_LEVELS} levels`, this.#at);
    }
    if (++this.#objects > MOST_OBJECTS) {
      throw new JsonSyntaxError(`there are more than ${MOST_OBJECTS} objects and lists`, this.#at);
    }
    this.#at++;
    this.#blank();
  }

  #close(): void {
    this.#level--;
    this.#at++;
  }

  /** A comma and something behind it, or the end. */
  #separate(end: string): void {
    if (this.#text[this.#at] === end) return;
    this.#expect(',', `, or ${end}`);
    if (this.#text[this.#at] === end) throw this.#unexpected('something behind the comma');
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at;
    let escaped = false;
    let end = start + 1;
    for (let code: number; (code = text.charCodeAt(end)) !== QUOTE; end++) {
      if (!(code >= FIRST_PRINTABLE)) {
        this.#at = end;
        throw this.#unexpected('a quote that ends the text on its line');
      }
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
      throw new JsonSyntaxError('a text holds an escape that JSON does not have', start);
    }
  }

  #expect(sign: string, named = sign): void {
    if (this.#text[this.#at] !== sign) throw this.#unexpected(named);
    this.#at++;
    this.#blank();
  }

  #match(pattern: RegExp, named: string): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw this.#unexpected(named);
    this.#at += found.length;
    return found;
  }

  #blank(): void {
    const code = this.#text.charCodeAt(this.#at);
    if (code > 0x20) return;
    BLANK.lastIndex = this.#at;
    this.#at += BLANK.exec(this.#text)![0].length;
  }

  #note(path: string, offset: number): void {
    if (this.#wanted?.has(path) === true) this.#wanted.set(path, offset);
  }

  #unexpected(wanted: string): JsonSyntaxError {
    const sign = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    const found = this.#at >= this.#text.length ? 'the text ends' : `there is ${JSON.stringify(sign)}`;
    return new JsonSyntaxError(`${wanted} is expected, but ${found}`, this.#at);
  }
}
