import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { ByteView } from '../../../protocol/netlink/index.ts';
import { SystemCallError } from '../errors.ts';
import { NO_DATAGRAM } from '../socket/socket-reads.ts';
import { ReaderState, ReadRing, SLOTS } from './ring.ts';

/** A datagram that the read-ahead thread has read; its bytes are valid until the next call of `next`. */
export interface ReadDatagram {
  /** The bytes, in a slot of the ring. */
  readonly view: ByteView;
  /** Length in bytes; negative if `error` is set; -1 without an error if nothing arrived within the read timeout. */
  readonly length: number;
  /** The error with which the read failed. */
  readonly error: Error | undefined;
}

/** A dump whose datagrams another thread reads while this one decodes them. */
export interface ReadAhead {
  /** Returns the next datagram, or `undefined` if there is none yet. The previous one may be overwritten. */
  next(): ReadDatagram | undefined;
  /** Whether there will be no more datagrams: the dump has ended, or reading has failed. */
  readonly ended: boolean;
  /** Resolves when there may be a datagram, or there will be none. */
  readable(): Promise<void>;
  /** Blocks this thread until there may be a datagram, or there will be none. */
  waitUntilReadable(): void;
  /** Makes the thread stop reading; `next` still returns the datagrams that it has read. */
  stopReading(): void;
  /**
   * Releases the thread, which can then read another dump; resolves when it no longer reads. Datagrams that `next` has
   * not returned are lost.
   */
  release(): Promise<void>;
  /** Whether the thread has been released. */
  readonly released: boolean;
}

/** The read-ahead thread is started by the second long dump, so that short-lived processes do not pay for it. */
const DUMP_THAT_STARTS_THREAD = 2;

/** Maximum time of one read of the read-ahead thread, in milliseconds. */
export const MAXIMUM_READ_TIME = 1000;
/**
 * Time after which the thread is considered dead if no read of it has ended, not even with a timeout, in milliseconds.
 */
const MAXIMUM_SILENCE: number = 3 * MAXIMUM_READ_TIME;

let longDumps = 0;
let reader: ReaderThread | 'none' | undefined;

/**
 * Lets another thread read the datagrams of the descriptor until the dump with this sequence number has ended. The
 * descriptor's receive timeout (SO_RCVTIMEO) must be at most {@link MAXIMUM_READ_TIME}. To be called for long dumps only;
 * which ones are long is decided by the caller. Returns `undefined` if the thread is not available: it reads one dump at a
 * time, and is started by the second call, for later dumps.
 */
export function readAhead(descriptor: number, sequence: number): ReadAhead | undefined {
  if (++longDumps < DUMP_THAT_STARTS_THREAD) return undefined;
  reader ??= startThread();
  return reader === 'none' ? undefined : reader.begin(descriptor, sequence);
}

/**
 * Starts the thread. Returns 'none' if threads may not be started, or the file is missing (in a bundle);
 * dumps are then read without the thread.
 */
function startThread(): ReaderThread | 'none' {
  try {
    const file = new URL('./reader-thread.js', import.meta.url);
    return existsSync(file) ? new ReaderThread(file) : 'none';
  } catch {
    return 'none';
  }
}

/** The read-ahead thread. It keeps the process alive only while it reads. */
class ReaderThread {
  readonly #ring = new ReadRing();
  readonly #worker: Worker;
  #busy = false;

  constructor(file: URL) {
    // Loaded lazily, as it takes milliseconds. Node before 20.16, and from 22.0 to 22.2, has no getBuiltinModule, and so no
    // thread.
    const threads = process.getBuiltinModule('node:worker_threads');
    this.#worker = new threads.Worker(file, { workerData: this.#ring.memory });
    this.#worker.unref();
    // The error is ignored: later dumps are read without the thread.
    this.#worker.on('error', () => undefined);
    this.#worker.on('exit', () => {
      this.#ring.state = ReaderState.FAILED;
    });
  }

  begin(descriptor: number, sequence: number): ReadAhead | undefined {
    if (this.#busy || this.#ring.state !== ReaderState.IDLE) return undefined;
    this.#busy = true;
    this.#worker.ref();
    this.#ring.begin(descriptor, sequence);
    return new RingReadAhead(this.#ring, () => {
      this.#busy = false;
      this.#worker.unref();
    });
  }
}

class RingReadAhead implements ReadAhead {
  readonly #ring: ReadRing;
  readonly #onReleased: () => void;
  /** Number of datagrams that `next` has returned. */
  #returned = 0;
  #failed = false;
  #releasing: Promise<void> | undefined;
  released = false;

  constructor(ring: ReadRing, onReleased: () => void) {
    this.#ring = ring;
    this.#onReleased = onReleased;
  }

  get ended(): boolean {
    // The state must be loaded first: datagrams written before it changed are then visible.
    return !this.#ring.isReading && this.#ring.written === this.#returned;
  }

  next(): ReadDatagram | undefined {
    const ring = this.#ring;
    // Not each slot by itself, as the other thread may have to be woken to use it.
    if (this.#returned - ring.freed >= SLOTS / 2) ring.free(this.#returned - 1);
    // The state first, as in `ended`.
    const failed = ring.state === ReaderState.FAILED;
    if (ring.written === this.#returned) return failed ? this.#failure() : undefined;
    const datagram = this.#returned++;
    const length = ring.length(datagram);
    const error = length < NO_DATAGRAM ? new SystemCallError('recvmsg', NO_DATAGRAM - length) : undefined;
    return { view: ring.views[datagram % ring.views.length]!, length, error };
  }

  readable(): Promise<void> {
    return this.#ring.waitWhileAsync(() => this.#mustWait);
  }

  waitUntilReadable(): void {
    // While this thread is blocked, the event that the other one has ended cannot arrive.
    if (!this.#ring.waitWhile(() => this.#mustWait, MAXIMUM_SILENCE)) this.#ring.state = ReaderState.FAILED;
  }

  /** Whether there is no datagram yet, but may be one later. */
  get #mustWait(): boolean {
    return !this.ended && this.#ring.written === this.#returned;
  }

  stopReading(): void {
    if (this.#ring.state === ReaderState.READING) this.#ring.state = ReaderState.STOPPING;
  }

  release(): Promise<void> {
    this.#releasing ??= this.#release();
    return this.#releasing;
  }

  async #release(): Promise<void> {
    this.stopReading();
    // Without a promise if the dump has ended: the synchronous client's next dump may begin before promises settle.
    if (this.#ring.isReading) await this.#ring.waitWhileAsync(() => this.#ring.isReading);
    this.released = true;
    this.#onReleased();
  }

  /** Reports once, as ENOBUFS, that the thread died while reading: datagrams may have been lost. */
  #failure(): ReadDatagram | undefined {
    if (this.#failed) return undefined;
    this.#failed = true;
    const error = new SystemCallError('recvmsg', constants.errno.ENOBUFS, 'the read-ahead thread has ended');
    return { view: this.#ring.views[0]!, length: NO_DATAGRAM, error };
  }
}
