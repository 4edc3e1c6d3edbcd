/** A key: a character that it types, or its name. */
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

/** What follows ESC [ or ESC O. */
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

/** What follows ESC: a whole sequence, and what may become one. */
const WHOLE = /^(?:\[([0-?]*[ -/]*[@-~])|O([ -~]))/;
const BEGUN = /^(?:\[[0-?]*[ -/]*|O)?$/;

/** Keys that a terminal has sent, and what may be the beginning of another. */
export interface Typed {
  readonly keys: readonly Key[];
  readonly rest: string;
}

/**
 * Reads keys as terminals send them. Keys without a meaning here are left out. What an escape sequence may
 * begin with is the rest, to be put in front of what comes next; if nothing does, `isAll` tells that the key
 * was Escape itself.
 */
export function readKeys(text: string, isAll = false): Typed {
  const keys: Key[] = [];
  let rest = text;
  while (rest !== '') {
    const character = String.fromCodePoint(rest.codePointAt(0)!);
    const behind = rest.slice(character.length);
    if (character !== ESCAPE) {
      const key = CONTROLS[character] ?? (character < ' ' ? undefined : character);
      if (key !== undefined) keys.push(key);
      rest = behind;
      continue;
    }
    const whole = WHOLE.exec(behind);
    if (whole !== null) {
      const key = SEQUENCES[whole[1] ?? whole[2]!];
      if (key !== undefined) keys.push(key);
      rest = behind.slice(whole[0].length);
      continue;
    }
    const isBegun = BEGUN.test(behind);
    if (isBegun && !isAll) break;
    keys.push('escape');
    rest = isBegun ? '' : behind;
  }
  return { keys, rest };
}
