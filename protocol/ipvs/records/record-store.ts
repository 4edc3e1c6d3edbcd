import { ByteView } from '../../netlink/index.ts';
import { Names } from './names.ts';

const WORD = 4;
/** Length of a chunk that objects are made of, in words: 8 KiB, for a kept object keeps its chunk. */
const OBJECT_CHUNK_WORDS = 2048;
/** Of the first one: enough for a reply about one service. */
const FIRST_CHUNK_WORDS = 256;

/**
 * Memory for the records of one dump, allocated in chunks, and the names that they refer to. An object that was
 * made of a record keeps the record's chunk, for its counters.
 */
export class RecordStore {
  /** The short texts of the records, such as schedulers, by number. */
  readonly names: Names = new Names();
  /** The chunk that the last record was allocated in. */
  chunk: ByteView;
  #used = 0;
  readonly #chunkWords: number;

  /**
   * `length` is that of the first chunk, in words: exactly a record's, where there will be just one. `chunkWords`
   * is that of the others.
   */
  constructor(length: number = FIRST_CHUNK_WORDS, chunkWords: number = OBJECT_CHUNK_WORDS) {
    this.chunk = newChunk(length);
    this.#chunkWords = chunkWords;
  }

  /** Allocates a record and returns the word of {@link chunk} that it begins at; it is all zeros. */
  allocate(words: number): number {
    if (this.#used + words > this.chunk.words.length) {
      this.chunk = newChunk(this.#chunkWords);
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

/** Memory for so many words, all zeros. */
export function newChunk(words: number): ByteView {
  return new ByteView(new Uint8Array(WORD * words));
}
