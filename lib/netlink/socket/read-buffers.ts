import { ByteView } from '../../../protocol/netlink/index.ts';

/**
 * Initial size of a buffer for reads, in bytes: twice the size of the kernel's datagrams of a dump (rule 9 of
 * lib/netlink/README.md).
 */
export const BUFFER_LENGTH = 65536;
/** Maximum size of a buffer for reads, in bytes. */
const MAXIMUM_LENGTH = 1 << 24;

/**
 * The two buffers into which datagrams are read: one is filled while the other is decoded. They are reused,
 * as decoded objects do not refer to them.
 */
export class ReadBuffers {
  #length = BUFFER_LENGTH;
  readonly #views: [ByteView, ByteView] = [newView(BUFFER_LENGTH), newView(BUFFER_LENGTH)];
  #last = 0;

  /** Size of the buffers, in bytes. */
  get length(): number {
    return this.#length;
  }

  /** Returns the buffer for the next read: the other one than last time. */
  next(): ByteView {
    this.#last = 1 - this.#last;
    if (this.#views[this.#last]!.bytes.length < this.#length) this.#views[this.#last] = newView(this.#length);
    return this.#views[this.#last]!;
  }

  /**
   * Enlarges the buffers, after a datagram did not fit into `length` bytes, to 4 times that, at most 16 MiB.
   */
  grow(length: number): void {
    this.#length = Math.max(this.#length, Math.min(4 * length, MAXIMUM_LENGTH));
  }
}

function newView(length: number): ByteView {
  return new ByteView(new Uint8Array(length));
}
