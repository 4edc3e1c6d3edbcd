import { ByteView } from '../../../protocol/netlink/index.ts';
import { BUFFER_LENGTH } from '../socket/receive-buffers.ts';

/** Number of slots: datagrams that have been read and not yet taken. */
export const SLOTS = 16;

/** States of the reading thread. */
export const ReaderState = { STARTING: 0, IDLE: 1, READING: 2, STOPPING: 3, FAILED: 4 } as const;

/** Counts every change by either thread; a waiting thread waits for the next. */
const CHANGES = 0;
const STATE = 1;
const DESCRIPTOR = 2;
const SEQUENCE = 3;
const WRITTEN = 4;
const TAKEN = 5;
const FIRST_LENGTH = 6;
const INT_BYTES = 4;

/** The shared memory of a {@link ReadRing}, which can be posted to a thread. */
export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
}

/**
 * A ring buffer of datagrams in shared memory, between the thread that reads them and the one that decodes
 * them.
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

  /**
   * Number of changes so far, for {@link sleepAfter} and {@link changedAfter}; to be read before the state
   * is checked.
   */
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

  /** The descriptor that is read, and the sequence number of the dump that ends reading. */
  get job(): { readonly descriptor: number; readonly sequence: number } {
    return { descriptor: this.#control[DESCRIPTOR]!, sequence: this.#control[SEQUENCE]! >>> 0 };
  }

  /** Starts to read a dump; the thread must be idle. */
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

  /** Length of the datagram of this number; a negative value stands for an error or for nothing. */
  length(datagram: number): number {
    return this.#control[FIRST_LENGTH + (datagram % SLOTS)]!;
  }

  /** Publishes a datagram that is in its slot. */
  put(datagram: number, length: number): void {
    this.#control[FIRST_LENGTH + (datagram % SLOTS)] = length;
    this.#change(WRITTEN, datagram + 1);
  }

  /** Releases a datagram's slot. */
  take(datagram: number): void {
    this.#change(TAKEN, datagram + 1);
  }

  /** Blocks this thread until there have been more changes than this. */
  sleepAfter(changes: number): void {
    Atomics.wait(this.#control, CHANGES, changes);
  }

  /** Settles when there have been more changes than this. */
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
