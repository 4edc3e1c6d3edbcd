import { LITTLE_ENDIAN } from './constants.ts';

/** An attribute as a walk over a nest found it. */
export interface FoundAttribute {
  readonly type: number;
  /** Where its header lies, in words from the nest's start. */
  readonly position: number;
  /** Its header, length and type, as one word. */
  readonly header: number;
  /** Length of its value, in words; the last one may be only in part its own. */
  readonly words: number;
  /** Whether it lies in the one nest that the index looks into. */
  readonly isInner: boolean;
}

/** By how much the header grows from a type to the next. */
const NEXT_TYPE = LITTLE_ENDIAN ? 1 << 16 : 1;
const FIELDS = 4;

/**
 * Attributes that follow each other, as the few numbers that it takes to recognise them again: runs of
 * attributes of one size whose types count up, as counters do.
 */
export class AttributeRuns {
  /** For each run: its first header, how many there are, words from one to the next, words of value to copy. */
  readonly #runs: Int32Array;

  /**
   * All attributes in their order, up to the word `end`. `copied` says how many words of an attribute's
   * value {@link copy} takes.
   */
  constructor(
    attributes: readonly FoundAttribute[],
    end: number,
    copied: (attribute: FoundAttribute) => number,
  ) {
    const runs: number[] = [];
    let last = 0;
    for (const [index, attribute] of attributes.entries()) {
      const { header, position } = attribute;
      const stride = (attributes[index + 1]?.position ?? end) - position;
      const words = copied(attribute);
      const at = runs.length - FIELDS;
      if (header === last + NEXT_TYPE && runs[at + 2] === stride && runs[at + 3] === words) runs[at + 1]!++;
      else runs.push(header, 1, stride, words);
      last = header;
    }
    this.#runs = Int32Array.from(runs);
  }

  /** Whether all the headers from the word `start` on are the same. */
  fits(words: Int32Array, start: number): boolean {
    const runs = this.#runs;
    let position = start;
    for (let run = 0; run < runs.length; run += FIELDS) {
      const stride = runs[run + 2]!;
      let header = runs[run]!;
      for (let left = runs[run + 1]!; left > 0; left--) {
        if (words[position] !== header) return false;
        position += stride;
        header += NEXT_TYPE;
      }
    }
    return true;
  }

  /** The same, and copies values on the way, to the word `to` of `into`; what it copied is of no use after a false. */
  copy(words: Int32Array, start: number, into: Int32Array, to: number): boolean {
    const runs = this.#runs;
    let position = start;
    let next = to;
    for (let run = 0; run < runs.length; run += FIELDS) {
      const stride = runs[run + 2]!;
      const copied = runs[run + 3]!;
      let header = runs[run]!;
      for (let left = runs[run + 1]!; left > 0; left--) {
        if (words[position] !== header) return false;
        for (let word = position + 1; word <= position + copied; word++) into[next++] = words[word]!;
        position += stride;
        header += NEXT_TYPE;
      }
    }
    return true;
  }
}
