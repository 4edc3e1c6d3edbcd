import { align, ByteView } from '../protocol/netlink/index.ts';

/** How much room a read gets, in bytes: the kernel's dumps fill up to 32 KiB, rule 9. */
export const READ_ROOM = 65536;
/** Small enough that a stream's slabs, which the collector has to find, never add up to much. */
const SLAB_LENGTH = 1 << 18;

/** Where one datagram goes: `start` is a multiple of 4. */
export interface ReadSlot {
  readonly view: ByteView;
  readonly start: number;
  /** The part of the slab that the read may fill. */
  readonly room: Uint8Array;
}

/**
 * The memory that datagrams are read into: large slabs, each with its views made once.
 *
 * Where what is decoded refers to the bytes, they are retained: the next datagram goes behind
 * them, and a full slab is left to whoever refers to it. Otherwise the same bytes are used again.
 * Two slots may be in use at a time, so that one is filled while the other is decoded.
 */
export class ReceiveBuffer {
  readonly #slabLength: number;
  #view: ByteView;
  /** Everything before it may be referred to by decoded objects. */
  #retained = 0;
  #lastStart = 0;
  #lastEnd = 0;

  constructor(slabLength: number = SLAB_LENGTH) {
    if (slabLength < 2 * READ_ROOM) throw new RangeError(`a slab of ${slabLength} bytes is too small`);
    this.#slabLength = slabLength;
    this.#view = this.#newSlab();
  }

  /** Room for one read, apart from the datagram that was received last. */
  take(): ReadSlot {
    let start = this.#retained;
    if (this.#lastEnd > this.#lastStart && this.#lastStart < start + READ_ROOM && this.#lastEnd > start) {
      start = this.#lastEnd;
    }
    if (start + READ_ROOM > this.#slabLength) {
      this.#view = this.#newSlab();
      this.#retained = 0;
      this.#lastStart = 0;
      this.#lastEnd = 0;
      start = 0;
    }
    const view = this.#view;
    return { view, start, room: view.bytes.subarray(start, start + READ_ROOM) };
  }

  /** Keeps the datagram of `length` bytes in `slot` apart from the slot that is taken next. */
  received(slot: ReadSlot, length: number): void {
    if (slot.view !== this.#view) return;
    this.#lastStart = slot.start;
    this.#lastEnd = align(slot.start + length);
  }

  /** Gives the datagram in `slot` up to whoever refers to it: its bytes are never written again. */
  retain(slot: ReadSlot, length: number): void {
    if (slot.view === this.#view) this.#retained = Math.max(this.#retained, align(slot.start + length));
  }

  #newSlab(): ByteView {
    // Not zeroed: nobody sees bytes that no read has filled.
    return new ByteView(Buffer.allocUnsafeSlow(this.#slabLength));
  }
}
