/** A key: the character that it types, or its name. */
export type Key = string;

const CONTROLS: Readonly<Record<string, Key>> = {
  '\x03': 'ctrl-c',
  '\x15': 'ctrl-u',
  '\x1a': 'ctrl-z',
  '\x0c': 'ctrl-l',
  '\r': 'enter',
  '\n': 'enter',
  '\x7f': 'backspace',
  '\b': 'backspace',
};

const ESCAPE = '\x1b';

/** Keys by the part of an escape sequence after ESC [ or ESC O. */
const SEQUENCES: Readonly<Record<string, Key>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  M: 'enter',
  '1~': 'home',
  '7~': 'home',
  '4~': 'end',
  '8~': 'end',
  '5~': 'page-up',
  '6~': 'page-down',
};

/** The part of an escape sequence after ESC: complete, and the beginning of one. */
const COMPLETE = /^(?:\[([0-?]*[ -/]*[@-~])|O([ -~]))/;
const BEGINNING = /^(?:\[[0-?]*[ -/]*|O)?$/;

/** Keys sent by a terminal, and the rest of the input, which may be the beginning of another key. */
export interface ParsedKeys {
  readonly keys: readonly Key[];
  readonly rest: string;
}

/**
 * Parses keys from the input of a terminal. Unknown keys are left out. The beginning of an escape sequence is
 * returned as the rest, to be prepended to further input. With `atEnd` there is no further input, so such a
 * beginning is the key Escape.
 */
export function readKeys(text: string, atEnd = false): ParsedKeys {
  const keys: Key[] = [];
  let rest = text;
  while (rest !== '') {
    const character = String.fromCodePoint(rest.codePointAt(0)!);
    const after = rest.slice(character.length);
    if (character !== ESCAPE) {
      const key = CONTROLS[character] ?? (character < ' ' ? undefined : character);
      if (key !== undefined) keys.push(key);
      rest = after;
      continue;
    }
    const complete = COMPLETE.exec(after);
    if (complete !== null) {
      const key = SEQUENCES[complete[1] ?? complete[2]!];
      if (key !== undefined) keys.push(key);
      rest = after.slice(complete[0].length);
      continue;
    }
    const isBeginning = BEGINNING.test(after);
    if (isBeginning && !atEnd) break;
    keys.push('escape');
    rest = isBeginning ? '' : after;
  }
  return { keys, rest };
}
