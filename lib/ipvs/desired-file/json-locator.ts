import type { StatePath } from '../plan/desired-state.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
/** Brackets and braces differ in one bit, which BRACKET masks out. */
const OPENING = 0x5b;
const CLOSING = 0x5d;
const BRACKET = ~0x20;
const SPACE = 0x20;

/** A value to be located in a JSON text, its offset (-1 until found), and the values to be located in it. */
interface Target {
  offset: number;
  readonly inner: Map<string | number, Target>;
}

/**
 * Returns the offsets of the fields or entries at these paths in valid JSON; for one that does not exist, the
 * offset of the object or list that should contain it. Scans the text once, however many paths there are.
 */
export function locateInJson(text: string, paths: readonly StatePath[]): number[] {
  const root: Target = { offset: 0, inner: new Map() };
  const places = paths.map((path) => {
    const place = [root];
    for (const part of path) {
      const { inner } = place.at(-1)!;
      let next = inner.get(part);
      if (next === undefined) inner.set(part, (next = { offset: -1, inner: new Map() }));
      place.push(next);
    }
    return place;
  });
  new JsonLocator(text).find(root);
  return places.map((place) => place.findLast(({ offset }) => offset >= 0)!.offset);
}

class JsonLocator {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Sets the offsets of targets in the value at the current position, and moves past the value. */
  find(target: Target): void {
    this.#skipBlank();
    const first = this.#code();
    if (target.inner.size === 0 || (first & BRACKET) !== OPENING) {
      this.#skip();
      return;
    }
    const named = first !== OPENING;
    this.#at++;
    this.#skipBlank();
    for (let position = 0; (this.#code() & BRACKET) !== CLOSING; position++) {
      const offset = this.#at;
      const next = target.inner.get(named ? this.#name() : position);
      if (next === undefined) this.#skip();
      else {
        next.offset = offset;
        this.find(next);
      }
      this.#skipBlank();
      if (this.#code() === COMMA) this.#at++;
      this.#skipBlank();
    }
    this.#at++;
  }

  /** Reads a name and the colon after it. */
  #name(): string {
    const start = this.#at;
    this.#at = endOfString(this.#text, start);
    const name = JSON.parse(this.#text.slice(start, this.#at)) as string;
    this.#skipBlank();
    this.#at++;
    this.#skipBlank();
    return name;
  }

  /** Skips a value. */
  #skip(): void {
    const text = this.#text;
    let level = 0;
    let at = this.#at;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        at = endOfString(text, at);
        continue;
      }
      const bracket = code & BRACKET;
      if (level === 0 && (code === COMMA || bracket === CLOSING)) break;
      if (bracket === OPENING) level++;
      else if (bracket === CLOSING) level--;
      at++;
    }
    this.#at = at;
  }

  #skipBlank(): void {
    while (this.#at < this.#text.length && this.#code() <= SPACE) this.#at++;
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }
}

/** Returns the offset after the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at++;
  }
}
