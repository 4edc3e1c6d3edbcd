import { ByteView } from '../../../protocol/netlink/index.ts';

/** How much room a read gets, in bytes: the kernel's dumps fill up to 32 KiB, rule 9. */
export const READ_ROOM = 65536;

/** Where datagrams are read to, one at a time. */
export class ReadSlot {
  readonly view: ByteView = new ByteView(new Uint8Array(READ_ROOM));
}

/**
 * The memory that datagrams are read into. Two slots: one is filled while the other is decoded. Both are
 * used again and again, as nothing that was decoded refers to them.
 */
export class ReceiveBuffer {
  readonly #slots: readonly [ReadSlot, ReadSlot] = [new ReadSlot(), new ReadSlot()];
  #last = 0;

  /** Room for one read, apart from the slot that was taken last. */
  take(): ReadSlot {
    this.#last = 1 - this.#last;
    return this.#slots[this.#last]!;
  }
}
