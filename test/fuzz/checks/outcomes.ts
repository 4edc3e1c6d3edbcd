import assert from 'node:assert/strict';

type ErrorClass = abstract new (...parameters: never[]) => Error;

/** What a reader came to. */
export type Outcome<Value> = { readonly value: Value } | { readonly error: Error };

/** Runs a reader; an error must be one of these kinds, and its message fit for a terminal. */
export function outcomeOf<Value>(kinds: readonly ErrorClass[], read: () => Value): Outcome<Value> {
  try {
    return { value: read() };
  } catch (error) {
    return { error: typed(kinds, error) };
  }
}

/** The same for a reader that gives a promise. */
export async function asyncOutcomeOf<Value>(
  kinds: readonly ErrorClass[],
  read: () => Promise<Value>,
): Promise<Outcome<Value>> {
  try {
    return { value: await read() };
  } catch (error) {
    return { error: typed(kinds, error) };
  }
}

function typed(kinds: readonly ErrorClass[], error: unknown): Error {
  const kind = kinds.find((known) => error instanceof known);
  if (kind === undefined) throw error;
  const { message } = error as Error;
  for (const line of message.split('\n')) assertPlain(line);
  return error as Error;
}

/** Checks that a printed line holds no control character, line end, bidirectional control or lone surrogate. */
export function assertPlain(line: string): void {
  for (let at = 0; at < line.length; at++) {
    const code = line.codePointAt(at)!;
    if (code > 0xffff) at++;
    if (isUnfit(code))
      assert.fail(
        `U+${code.toString(16).padStart(4, '0')} is printed: ${JSON.stringify(line.slice(0, 200))}`,
      );
  }
}

/** The same for text of many lines. */
export function assertPlainLines(text: string): void {
  for (const line of text.split('\n')) assertPlain(line);
}

function isUnfit(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  if (code < 0x061c) return false;
  if (code === 0x061c || code === 0x200e || code === 0x200f || code === 0x2028 || code === 0x2029)
    return true;
  return (
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069) ||
    (code >= 0xd800 && code <= 0xdfff)
  );
}

const GUARDED: readonly object[] = [
  Object.prototype,
  Array.prototype,
  Function.prototype,
  String.prototype,
  Uint8Array.prototype,
  Error.prototype,
];
const names: readonly ReadonlySet<PropertyKey>[] = GUARDED.map((object) => new Set(Reflect.ownKeys(object)));

/** Checks that nothing was added to a prototype; what was is removed again. */
export function assertPrototypes(): void {
  for (const [index, prototype] of GUARDED.entries()) {
    const now = Reflect.ownKeys(prototype);
    if (now.length === names[index]!.size) continue;
    const added = now.filter((name) => !names[index]!.has(name));
    for (const name of added) Reflect.deleteProperty(prototype, name);
    assert.fail(`a prototype was given ${added.map(String).join()}`);
  }
}
