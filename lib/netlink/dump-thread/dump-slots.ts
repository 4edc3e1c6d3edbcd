import { ByteView } from '../../../protocol/netlink/index.ts';
import { READ_LENGTH, SHORT_DATAGRAM } from '../connection/small-dumps.ts';

// The memory shared between the worker thread of `DumpReadAhead` and the thread that started it: a ring of slots, each
// with the request for one dump and the datagrams of its reply, and an array of control words.

/** States of the worker thread. */
export const State = { STARTING: 0, RUNNING: 1, ENDED: 2 } as const;

/** Indexes of the control words. */
export const Word = {
  /** State of the worker thread. */
  STATE: 0,
  /** Number of dumps that have been requested; -1 makes the worker thread exit. */
  REQUESTED: 1,
  /** Number of dumps that have been read. */
  READ: 2,
  /** First control word of the first slot; the control words of the other slots follow. */
  FIRST_SLOT: 3,
} as const;

/** Indexes of control words, relative to the first one of their slot. */
export const SlotWord = {
  /** Length of the request, in bytes. */
  REQUEST_LENGTH: 0,
  /** Number of datagrams of the reply, including discarded ones; a negative errno if the dump failed. */
  DATAGRAMS: 1,
  /** Length of the first datagram, in bytes; the lengths of the others follow. */
  DATAGRAM_LENGTHS: 2,
} as const;

/** The number of slots and what each can hold. */
export const Limit = {
  /** Number of slots: the maximum number of dumps that have been requested and not been taken yet. */
  SLOTS: 32,
  /** Maximum number of datagrams that a slot holds; further ones are read and discarded. */
  MAX_DATAGRAMS: 8,
  /** Maximum length of a request, in bytes; it is at the start of the slot, before the datagrams. */
  MAX_REQUEST_LENGTH: 256,
} as const;

/**
 * The `workerData` of the worker thread. It contains the constants of this module, as the thread imports nothing,
 * in order to start quickly.
 */
export interface DumpThreadData {
  /** File descriptor of the netlink socket. */
  readonly descriptor: number;
  /** The control words. */
  readonly control: Int32Array;
  /** The slots. */
  readonly bytes: Uint8Array;
  readonly State: typeof State;
  readonly Word: typeof Word;
  readonly SlotWord: typeof SlotWord;
  readonly Limit: typeof Limit;
  /** Length of the buffer for one read, and so the maximum length of a datagram in a slot, in bytes. */
  readonly readLength: number;
  /** A datagram shorter than this, in bytes, is the last one of its dump. */
  readonly shortDatagram: number;
}

/** Allocates the shared memory for dumps on a netlink socket, given by its file descriptor. */
export function newDumpThreadData(descriptor: number): DumpThreadData {
  const controlLength = controlIndex(Limit.SLOTS);
  return {
    descriptor,
    control: new Int32Array(new SharedArrayBuffer(controlLength * Int32Array.BYTES_PER_ELEMENT)),
    bytes: new Uint8Array(new SharedArrayBuffer(slotOffset(Limit.SLOTS))),
    State,
    Word,
    SlotWord,
    Limit,
    readLength: READ_LENGTH,
    shortDatagram: SHORT_DATAGRAM,
  };
}

/** Returns the index of a slot's first control word. */
export function controlIndex(slot: number): number {
  return Word.FIRST_SLOT + slot * (SlotWord.DATAGRAM_LENGTHS + Limit.MAX_DATAGRAMS);
}

/** Returns the offset of a slot. Each slot ends with a buffer for the datagrams that are discarded. */
export function slotOffset(slot: number): number {
  return slot * (Limit.MAX_REQUEST_LENGTH + (Limit.MAX_DATAGRAMS + 1) * READ_LENGTH);
}

/** Returns views of the datagrams in a slot. */
export function datagramViews({ buffer }: Uint8Array, slot: number): ByteView[] {
  const first = slotOffset(slot) + Limit.MAX_REQUEST_LENGTH;
  return Array.from(
    { length: Limit.MAX_DATAGRAMS },
    (_, index) => new ByteView(new Uint8Array(buffer, first + index * READ_LENGTH, READ_LENGTH)),
  );
}
