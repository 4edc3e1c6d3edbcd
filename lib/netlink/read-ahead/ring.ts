import { ByteView } from '../../../protocol/netlink/index.ts';
import { BUFFER_LENGTH } from '../socket/read-buffers.ts';

/** Number of slots: the maximum number of datagrams that have been read and not yet freed. */
export const SLOTS = 16;

/** States of the read-ahead thread. */
export const ReaderState = { STARTING: 0, IDLE: 1, READING: 2, STOPPING: 3, FAILED: 4 } as const;

/** Indexes in the control array. The element at CHANGES counts the changes by either thread; both wait for more. */
const CHANGES = 0;
const STATE = 1;
const DESCRIPTOR = 2;
const SEQUENCE = 3;
const WRITTEN = 4;
const FREED = 5;
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

  get state(): number {
    return Atomics.load(this.#control, STATE);
  }

  set state(state: number) {
    this.#change(STATE, state);
  }

  /** Whether the thread is reading, or may still be. */
  get isReading(): boolean {
    const { state } = this;
    return state === ReaderState.READING || state === ReaderState.STOPPING;
  }

  /** The descriptor to read, and the sequence number of the dump after whose end the thread stops reading. */
  get job(): { readonly descriptor: number; readonly sequence: number } {
    return { descriptor: this.#control[DESCRIPTOR]!, sequence: this.#control[SEQUENCE]! >>> 0 };
  }

  /** Makes the thread, which must be idle, read a dump. */
  begin(descriptor: number, sequence: number): void {
    const control = this.#control;
    control[DESCRIPTOR] = descriptor;
    control[SEQUENCE] = sequence;
    Atomics.store(control, WRITTEN, 0);
    Atomics.store(control, FREED, 0);
    this.state = ReaderState.READING;
  }

  /** Number of reads since `begin`: of datagrams, and those that timed out or failed. */
  get written(): number {
    return Atomics.load(this.#control, WRITTEN);
  }

  /** Number of reads since `begin` whose slots have been freed. */
  get freed(): number {
    return Atomics.load(this.#control, FREED);
  }

  /** Returns the length of the datagram by the number of its read; -1 if there was none, -1 minus the errno if it failed. */
  length(read: number): number {
    return this.#control[FIRST_LENGTH + (read % SLOTS)]!;
  }

  /** Publishes a read, after its datagram has been stored in its slot. */
  put(read: number, length: number): void {
    this.#control[FIRST_LENGTH + (read % SLOTS)] = length;
    this.#change(WRITTEN, read + 1);
  }

  /** Frees the slot of a read. */
  free(read: number): void {
    this.#change(FREED, read + 1);
  }

  /**
   * Blocks this thread while `condition` returns true; it is called again after each change by either thread. Returns
   * false if there was no change for `timeout` milliseconds.
   */
  waitWhile(condition: () => boolean, timeout: number = Number.POSITIVE_INFINITY): boolean {
    for (;;) {
      // Loaded first: a change that the condition does not see yet must end the wait.
      const changes = Atomics.load(this.#control, CHANGES);
      if (!condition()) return true;
      if (Atomics.wait(this.#control, CHANGES, changes, timeout) === 'timed-out') return false;
    }
  }

  /** Resolves as soon as `condition`, which is called again after each change by either thread, returns false. */
  async waitWhileAsync(condition: () => boolean): Promise<void> {
    for (;;) {
      const changes = Atomics.load(this.#control, CHANGES);
      if (!condition()) return;
      await Atomics.waitAsync(this.#control, CHANGES, changes).value;
    }
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
