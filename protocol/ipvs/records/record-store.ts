import { InternedNames } from './interned-names.ts';

const WORD_BYTES = 4;
/** Size of a chunk in words: 8 KiB, not more, as an object made from a record keeps the record's chunk alive. */
const OBJECT_CHUNK_WORDS = 2048;
/** Size of the first chunk in words: enough for a reply about one service. */
const FIRST_CHUNK_WORDS = 256;

/**
 * Zero-initialised memory for records, as bytes, as 32-bit words, and as 64-bit counters in host byte order.
 */
export class RecordChunk {
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** The same bytes as 32-bit words in host byte order. */
  readonly words: Int32Array;
  /** The same bytes as 64-bit counters. */
  readonly counters: BigUint64Array;

  /** Allocates `words` 32-bit words, a multiple of 2. */
  constructor(words: number) {
    const buffer = new ArrayBuffer(WORD_BYTES * words);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.counters = new BigUint64Array(buffer);
  }
}

/**
 * The records of one dump, allocated in chunks, and the names that they refer to. An object created from a
 * record refers to the record's chunk for its counters, and so keeps it alive.
 */
export class RecordStore {
  /** The interned names in the records, such as scheduler names. */
  readonly names: InternedNames = new InternedNames();
  /** The chunk of the last record. */
  chunk: RecordChunk;
  #used = 0;
  readonly #chunkWords: number;

  /**
   * `length` is the size of the first chunk in words: one record's size if there will be just one;
   * `chunkWords` is the size of the others.
   */
  constructor(length: number = FIRST_CHUNK_WORDS, chunkWords: number = OBJECT_CHUNK_WORDS) {
    this.chunk = new RecordChunk(length);
    this.#chunkWords = chunkWords;
  }

  /** Allocates a record of zeros and returns the index of its first word in {@link chunk}. */
  allocate(words: number): number {
    if (this.#used + words > this.chunk.words.length) {
      this.chunk = new RecordChunk(this.#chunkWords);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += words;
    return at;
  }

  /** Frees the last record, whose first word is at index `at`. */
  free(at: number): void {
    this.chunk.words.fill(0, at, this.#used);
    this.#used = at;
  }
}
