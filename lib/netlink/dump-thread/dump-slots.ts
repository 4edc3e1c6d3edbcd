import { ByteView } from '../../../protocol/netlink/index.ts';
import { READ_LENGTH, SHORT_PART } from '../connection/small-dumps.ts';

/** States of the thread. */
export const State = { STARTING: 0, RUNNING: 1, ENDED: 2 } as const;

/** Indexes of 32-bit words in the control memory. */
export const Word = {
  /** The thread's state. */
  STATE: 0,
  /** Number of dumps that have been requested; -1 ends the thread. */
  REQUESTED: 1,
  /** Number of dumps that have been read. */
  READ: 2,
  /** The words of the first slot. */
  FIRST_SLOT: 3,
} as const;

/** Indexes of the words of a slot. */
export const SlotWord = {
  /** Length of the request, in bytes. */
  REQUEST: 0,
  /** Number of parts of the dump; a negative errno if it failed. */
  PARTS: 1,
  /** Length of the first part, in bytes; those of the others follow. */
  LENGTHS: 2,
} as const;

/** The sizes of the shared memory. */
export const Size = {
  /** Number of slots: the maximum number of dumps that are requested ahead. */
  SLOTS: 32,
  /** Maximum number of parts of a dump; further ones are read and lost. */
  PARTS: 8,
  /** Maximum length of a request, in bytes. It begins the slot, and the parts follow. */
  REQUEST: 256,
} as const;

/** What the thread is given, with the layout of the shared memory, as it imports nothing. */
export interface DumpThreadData {
  readonly descriptor: number;
  readonly control: Int32Array;
  readonly bytes: Uint8Array;
  readonly State: typeof State;
  readonly Word: typeof Word;
  readonly SlotWord: typeof SlotWord;
  readonly Size: typeof Size;
  /** Size of a read, in bytes. */
  readonly readLength: number;
  /** Length below which a part is the last of its dump, in bytes. */
  readonly shortPart: number;
}

/** Allocates shared memory for a thread that reads dumps from the descriptor. */
export function newDumpThreadData(descriptor: number): DumpThreadData {
  const words = wordsOf(Size.SLOTS);
  return {
    descriptor,
    control: new Int32Array(new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT)),
    bytes: new Uint8Array(new SharedArrayBuffer(startOf(Size.SLOTS))),
    State,
    Word,
    SlotWord,
    Size,
    readLength: READ_LENGTH,
    shortPart: SHORT_PART,
  };
}

/** Returns the index of a slot's first word in the control memory. */
export function wordsOf(slot: number): number {
  return Word.FIRST_SLOT + slot * (SlotWord.LENGTHS + Size.PARTS);
}

/** Returns the offset of a slot in the bytes: of its request, which the parts follow, and space for one more. */
export function startOf(slot: number): number {
  return slot * (Size.REQUEST + (Size.PARTS + 1) * READ_LENGTH);
}

/** Returns views of the parts in a slot. */
export function partViews({ buffer }: Uint8Array, slot: number): ByteView[] {
  const first = startOf(slot) + Size.REQUEST;
  return Array.from(
    { length: Size.PARTS },
    (_, part) => new ByteView(new Uint8Array(buffer, first + part * READ_LENGTH, READ_LENGTH)),
  );
}
