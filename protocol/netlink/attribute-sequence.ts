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

/** Recognises attributes in `words` from `start` on, and copies values to `into` from `to` on; false where they differ. */
type Copy = (words: Int32Array, start: number, into: Int32Array, to: number) => boolean;

/** No memory has more words than this (4 GiB), all bits of which are set. */
const MOST_WORDS = 0x3fff_ffff;

/** Copies after which a function of its own is worth what compiling it costs. */
const COPIES_BEFORE_COMPILING = 256;

/**
 * Attributes that follow each other, as the few numbers that it takes to recognise them again: runs of
 * attributes of one size whose types count up, as counters do.
 */
export class AttributeSequence {
  /** For each run: its first header, how many there are, words from one to the next, words of value to copy. */
  readonly #runs: Int32Array;
  readonly #attributes: readonly FoundAttribute[];
  readonly #copied: (attribute: FoundAttribute) => number;
  #compiled: Copy | undefined;
  #copies = 0;

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
    this.#attributes = attributes;
    this.#copied = copied;
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
    if (this.#compiled !== undefined) return this.#compiled(words, start, into, to);
    if (++this.#copies === COPIES_BEFORE_COMPILING) this.#compiled = compile(this.#attributes, this.#copied);
    return this.#copyRuns(words, start, into, to);
  }

  #copyRuns(words: Int32Array, start: number, into: Int32Array, to: number): boolean {
    const runs = this.#runs;
    let position = start;
    let next = to;
    for (let run = 0; run < runs.length; run += FIELDS) {
      const stride = runs[run + 2]!;
      const copied = runs[run + 3]!;
      let header = runs[run]!;
      for (let left = runs[run + 1]!; left > 0; left--) {
        if (words[position] !== header) return false;
        for (let word = 1; word <= copied; word++) into[next++] = words[position + word]!;
        position += stride;
        header += NEXT_TYPE;
      }
    }
    return true;
  }
}

/**
 * The same as straight code, a third of the instructions: a table of thousands of objects is thousands of
 * nests of one layout. `undefined` where Node was told to make no code of text.
 */
function compile(
  attributes: readonly FoundAttribute[],
  copied: (attribute: FoundAttribute) => number,
): Copy | undefined {
  const differences: string[] = [];
  const copies: string[] = [];
  for (const attribute of attributes) {
    const { position, header } = attribute;
    differences.push(`words[start + ${position}] !== ${header}`);
    for (let word = 1; word <= copied(attribute); word++)
      copies.push(`into[to + ${copies.length}] = words[start + ${position + word}];`);
  }
  if (differences.length === 0) return undefined;
  // Without the masks, which change nothing, V8 guards each sum against overflow: that doubles the time.
  const code = `start &= ${MOST_WORDS};\nto &= ${MOST_WORDS};\nif (${differences.join(' || ')}) return false;\n${copies.join('\n')}\nreturn true;`;
  try {
    return new Function('words', 'start', 'into', 'to', code) as Copy;
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}
