import { ByteView } from '../../../protocol/netlink/index.ts';
import { BUFFER_LENGTH } from '../socket/receive-buffers.ts';

/** How many datagrams may have been read and not yet taken. */
export const SLOTS = 16;

/** What the reading thread does. */
export const ReaderState = { STARTING: 0, IDLE: 1, READING: 2, STOPPING: 3, FAILED: 4 } as const;

/** Counts everything that either thread does here: who waits, waits for the next. */
const CHANGES = 0;
const STATE = 1;
const DESCRIPTOR = 2;
const SEQUENCE = 3;
const WRITTEN = 4;
const TAKEN = 5;
const FIRST_LENGTH = 6;
const INT_BYTES = 4;

/** The memory of a {@link ReadRing}, in a form that can be handed to a thread. */
export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
}

/**
 * Datagrams on their way from the thread that reads them to the one that decodes them: memory that both
 * share, and the few numbers by which they wait for each other.
 */
export class ReadRing {
  readonly memory: RingMemory;
  readonly views: readonly ByteView[];
  readonly #control: Int32Array;

  constructor(memory: RingMemory = newMemory()) {
    this.memory = memory;
    this.#control = new Int32Array(memory.control);
    this.views = Array.from(
      { length: SLOTS },
      (_, slot) => new ByteView(new Uint8Array(memory.slots, slot * BUFFER_LENGTH, BUFFER_LENGTH)),
    );
  }

  /** How much has happened so far, for {@link sleepAfter} and {@link changedAfter}: ask before looking. */
  get changes(): number {
    return Atomics.load(this.#control, CHANGES);
  }

  get state(): number {
    return Atomics.load(this.#control, STATE);
  }

  set state(state: number) {
    this.#change(STATE, state);
  }

  /** Whether the thread reads, or may still do so. */
  get reads(): boolean {
    const { state } = this;
    return state === ReaderState.READING || state === ReaderState.STOPPING;
  }

  /** Which descriptor is read, up to the end of the dump with this sequence number. */
  get job(): { readonly descriptor: number; readonly sequence: number } {
    return { descriptor: this.#control[DESCRIPTOR]!, sequence: this.#control[SEQUENCE]! >>> 0 };
  }

  /** Gives the thread, which must be idle, something to read. */
  begin(descriptor: number, sequence: number): void {
    const control = this.#control;
    control[DESCRIPTOR] = descriptor;
    control[SEQUENCE] = sequence;
    Atomics.store(control, WRITTEN, 0);
    Atomics.store(control, TAKEN, 0);
    this.state = ReaderState.READING;
  }

  /** Datagrams that were read since the beginning. */
  get written(): number {
    return Atomics.load(this.#control, WRITTEN);
  }

  /** Datagrams that were taken since the beginning. */
  get taken(): number {
    return Atomics.load(this.#control, TAKEN);
  }

  /** Length of the datagram of this number; below 0 it is what was put in its place. */
  length(datagram: number): number {
    return this.#control[FIRST_LENGTH + (datagram % SLOTS)]!;
  }

  /** Says that a datagram is in its slot. */
  put(datagram: number, length: number): void {
    this.#control[FIRST_LENGTH + (datagram % SLOTS)] = length;
    this.#change(WRITTEN, datagram + 1);
  }

  /** Says that a datagram's slot may be filled again. */
  take(datagram: number): void {
    this.#change(TAKEN, datagram + 1);
  }

  /** Sleeps, this thread and all, until more than this has happened. */
  sleepAfter(changes: number): void {
    Atomics.wait(this.#control, CHANGES, changes);
  }

  /** Settles when more than this has happened. */
  async changedAfter(changes: number): Promise<void> {
    await Atomics.waitAsync(this.#control, CHANGES, changes).value;
  }

  #change(index: number, value: number): void {
    Atomics.store(this.#control, index, value);
    Atomics.add(this.#control, CHANGES, 1);
    Atomics.notify(this.#control, CHANGES);
  }
}

function newMemory(): RingMemory {
  return {
    control: new SharedArrayBuffer((FIRST_LENGTH + SLOTS) * INT_BYTES),
    slots: new SharedArrayBuffer(SLOTS * BUFFER_LENGTH),
  };
}
