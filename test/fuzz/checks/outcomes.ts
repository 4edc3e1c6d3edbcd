import assert from 'node:assert/strict';

type ErrorClass = abstract new (...parameters: never[]) => Error;

/** What the tested code returned, or the error that it threw. */
export type Outcome<Value> = { readonly value: Value } | { readonly error: Error };

/** Runs the code under test. An error must be of one of these classes, and its message safe to print. */
export function outcomeOf<Value>(classes: readonly ErrorClass[], run: () => Value): Outcome<Value> {
  try {
    return { value: run() };
  } catch (error) {
    return { error: documentedError(classes, error) };
  }
}

/** As {@link outcomeOf} for code that returns a promise. */
export async function asyncOutcomeOf<Value>(
  classes: readonly ErrorClass[],
  run: () => Promise<Value>,
): Promise<Outcome<Value>> {
  try {
    return { value: await run() };
  } catch (error) {
    return { error: documentedError(classes, error) };
  }
}

function documentedError(classes: readonly ErrorClass[], error: unknown): Error {
  if (!classes.some((documented) => error instanceof documented)) throw error;
  const { message } = error as Error;
  for (const line of message.split('\n')) assertPrintable(line);
  return error as Error;
}

/** Checks that a printed line holds no control character, line end, bidirectional control or lone surrogate. */
export function assertPrintable(line: string): void {
  for (let at = 0; at < line.length; at++) {
    const code = line.codePointAt(at)!;
    if (code > 0xffff) at++;
    if (isUnprintable(code))
      assert.fail(
        `U+${code.toString(16).padStart(4, '0')} is printed: ${JSON.stringify(line.slice(0, 200))}`,
      );
  }
}

/** As {@link assertPrintable} for text of several lines. */
export function assertPrintableLines(text: string): void {
  for (const line of text.split('\n')) assertPrintable(line);
}

function isUnprintable(code: number): boolean {
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

const PROTOTYPES: readonly object[] = [
  Object.prototype,
  Array.prototype,
  Function.prototype,
  String.prototype,
  Uint8Array.prototype,
  Error.prototype,
];
const names: readonly ReadonlySet<PropertyKey>[] = PROTOTYPES.map(
  (object) => new Set(Reflect.ownKeys(object)),
);

/** Checks that no property was added to a built-in prototype, and removes those that were. */
export function assertPrototypes(): void {
  for (const [index, prototype] of PROTOTYPES.entries()) {
    const now = Reflect.ownKeys(prototype);
    if (now.length === names[index]!.size) continue;
    const added = now.filter((name) => !names[index]!.has(name));
    for (const name of added) Reflect.deleteProperty(prototype, name);
    assert.fail(`a prototype was given ${added.map(String).join()}`);
  }
}
