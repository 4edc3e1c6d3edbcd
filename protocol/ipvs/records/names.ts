import { type ByteView, readString } from '../../netlink/index.ts';

const SLOTS = 64;
/** A slot: the first two words of a name, its length in bytes, and its number. */
const SLOT_WORDS = 4;
/** A name of at most so many bytes is decided by its first two words. */
const SHORT_NAME = 8;

/**
 * The names of schedulers and persistence engines in a table, numbered from 0 as they are met, so that a
 * record holds a number. Equal bytes have the same number; the text is made once.
 */
export class Names {
  readonly #texts: string[] = [];
  /** By the bytes, each as a character. */
  readonly #numbers = new Map<string, number>();
  /** The short name that was met last with each hash. */
  readonly #slots = new Int32Array(SLOTS * SLOT_WORDS);

  /** The text of a name by its number. */
  text(number: number): string {
    return this.#texts[number]!;
  }

  /** The number of the name whose bytes lie at `start` to `end`; `start` is a multiple of 4. */
  number(view: ByteView, start: number, end: number): number {
    const length = end - start;
    if (length === 0 || length > SHORT_NAME) return this.#lookUp(view, start, end);
    const { words } = view;
    const first = words[start >> 2]!;
    const second = length > 4 ? words[(start >> 2) + 1]! : 0;
    const slots = this.#slots;
    const slot = ((first ^ (first >>> 8) ^ (first >>> 16) ^ second ^ length) & (SLOTS - 1)) * SLOT_WORDS;
    if (slots[slot] === first && slots[slot + 1] === second && slots[slot + 2] === length)
      return slots[slot + 3]!;
    const number = this.#lookUp(view, start, end);
    slots[slot] = first;
    slots[slot + 1] = second;
    slots[slot + 2] = length;
    slots[slot + 3] = number;
    return number;
  }

  #lookUp({ bytes }: ByteView, start: number, end: number): number {
    const key = String.fromCharCode(...bytes.subarray(start, end));
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#texts.length;
      this.#numbers.set(key, number);
      this.#texts.push(readString(bytes, start, end));
    }
    return number;
  }
}
