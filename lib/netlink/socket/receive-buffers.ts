import { ByteView } from '../../../protocol/netlink/index.ts';

/** Size of a buffer for one datagram, in bytes: twice what the kernel fills for a dump (rule 9). */
export const BUFFER_LENGTH = 65536;
/** Maximum size of such a buffer, in bytes. */
const MAXIMUM_LENGTH = 1 << 24;

/**
 * The buffers that datagrams are read into: one is filled while the other is decoded. Both are used
 * again and again, as nothing that was decoded refers to them.
 */
export class ReceiveBuffers {
  #length = BUFFER_LENGTH;
  readonly #views: [ByteView, ByteView] = [newView(BUFFER_LENGTH), newView(BUFFER_LENGTH)];
  #last = 0;

  /** Size of the buffers, in bytes. */
  get length(): number {
    return this.#length;
  }

  /** A buffer for one read, not the one that was taken last. */
  take(): ByteView {
    this.#last = 1 - this.#last;
    if (this.#views[this.#last]!.bytes.length < this.#length) this.#views[this.#last] = newView(this.#length);
    return this.#views[this.#last]!;
  }

  /** Makes room for larger datagrams than one that did not fit `length` bytes, up to 16 MiB. */
  grow(length: number): void {
    this.#length = Math.max(this.#length, Math.min(4 * length, MAXIMUM_LENGTH));
  }
}

function newView(length: number): ByteView {
  return new ByteView(new Uint8Array(length));
}
