import { type ByteView, readString } from '../../netlink/index.ts';

const SLOTS = 64;
/** Words of a slot: the first two words of a name, its length in bytes, and its id. */
const SLOT_WORDS = 4;
/** Maximum length of a name that its first two words identify, in bytes. */
const SHORT_NAME = 8;

/**
 * Interned names of schedulers and persistence engines, with ids from 0, so that a record holds an id and
 * each name is decoded once.
 */
export class InternedNames {
  readonly #texts: string[] = [];
  /** Ids by name: a key has one character for each byte of the name. */
  readonly #ids = new Map<string, number>();
  /** A cache of short names by hash: the last one with each hash. */
  readonly #slots = new Int32Array(SLOTS * SLOT_WORDS);

  /** Returns a name by its id. */
  text(id: number): string {
    return this.#texts[id]!;
  }

  /** Returns the id of the name from `start` to `end`; `start` must be a multiple of 4. */
  intern(view: ByteView, start: number, end: number): number {
    const length = end - start;
    if (length === 0 || length > SHORT_NAME) return this.#lookUp(view, start, end);
    const { words } = view;
    const first = words[start >> 2]!;
    const second = length > 4 ? words[(start >> 2) + 1]! : 0;
    const slots = this.#slots;
    const slot = ((first ^ (first >>> 8) ^ (first >>> 16) ^ second ^ length) & (SLOTS - 1)) * SLOT_WORDS;
    if (slots[slot] === first && slots[slot + 1] === second && slots[slot + 2] === length)
      return slots[slot + 3]!;
    const id = this.#lookUp(view, start, end);
    slots[slot] = first;
    slots[slot + 1] = second;
    slots[slot + 2] = length;
    slots[slot + 3] = id;
    return id;
  }

  #lookUp({ bytes }: ByteView, start: number, end: number): number {
    const key = String.fromCharCode(...bytes.subarray(start, end));
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#texts.length;
      this.#ids.set(key, id);
      this.#texts.push(readString(bytes, start, end));
    }
    return id;
  }
}
