import { Names } from './names.ts';

const WORD = 4;
/** Length of a chunk that objects are made of, in words: 8 KiB, for a kept object keeps its chunk. */
const OBJECT_CHUNK_WORDS = 2048;
/** Of the first one: enough for a reply about one service. */
const FIRST_CHUNK_WORDS = 256;

/** Memory for records, all zeros at first, as bytes, as words of 32 bits, and as counters of 64 bits in host order. */
export class RecordChunk {
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** The same bytes as 32-bit words in host order. */
  readonly words: Int32Array;
  /** The same bytes as counters, two words each. */
  readonly counters: BigUint64Array;

  /** Memory for so many words, which are a multiple of 2. */
  constructor(words: number) {
    const buffer = new ArrayBuffer(WORD * words);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.counters = new BigUint64Array(buffer);
  }
}

/**
 * Memory for the records of one dump, allocated in chunks, and the names that they refer to. An object that was
 * made of a record keeps the record's chunk, for its counters.
 */
export class RecordStore {
  /** The short texts of the records, such as schedulers, by number. */
  readonly names: Names = new Names();
  /** The chunk that the last record was allocated in. */
  chunk: RecordChunk;
  #used = 0;
  readonly #chunkWords: number;

  /**
   * `length` is that of the first chunk, in words: exactly a record's, where there will be just one. `chunkWords`
   * is that of the others.
   */
  constructor(length: number = FIRST_CHUNK_WORDS, chunkWords: number = OBJECT_CHUNK_WORDS) {
    this.chunk = new RecordChunk(length);
    this.#chunkWords = chunkWords;
  }

  /** Allocates a record and returns the word of {@link chunk} that it begins at; it is all zeros. */
  allocate(words: number): number {
    if (this.#used + words > this.chunk.words.length) {
      this.chunk = new RecordChunk(this.#chunkWords);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += words;
    return at;
  }

  /** Frees the record that was allocated last, which begins at the word `at`. */
  free(at: number): void {
    this.chunk.words.fill(0, at, this.#used);
    this.#used = at;
  }
}
