import { constants } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { ByteView } from '../../../protocol/netlink/index.ts';
import { SystemCallError } from '../errors.ts';
import { NOTHING } from '../socket/socket-reads.ts';
import { ReaderState, ReadRing } from './ring.ts';

/** A datagram that the thread has read; its bytes are valid until the next one is taken. */
export interface ReadDatagram {
  /** The bytes, in a slot that is used again after the next read. */
  readonly view: ByteView;
  /** Length in bytes; -1 when nothing arrived within the read timeout. */
  readonly length: number;
  /** The error that the read ended with. */
  readonly error: Error | undefined;
}

/** A dump whose datagrams are read by another thread, while they are decoded in this one. */
export interface ReadAhead {
  /** The next datagram, or `undefined` while there is none. The one before may be overwritten. */
  next(): ReadDatagram | undefined;
  /** Whether no more datagrams will come: the dump has ended, or reading has failed. */
  readonly ended: boolean;
  /** Settles when there may be a datagram, or none is to come. */
  readable(): Promise<void>;
  /** Makes the thread stop reading; datagrams that it has read are still to be taken. */
  finish(): void;
  /** Releases the thread; settles when it no longer reads. Datagrams that were not taken are lost. */
  stop(): Promise<void>;
  /** Whether the thread has been released. */
  readonly stopped: boolean;
}

/** Number of long dumps at which a thread is started. */
const DUMPS_BEFORE_THREAD = 2;

let dumps = 0;
let reader: Reader | 'none' | undefined;

/**
 * Lets another thread read the datagrams of the descriptor until the dump with this sequence number has
 * ended. `undefined` where no thread is free: it serves one dump at a time, and is started by the second
 * request for it, for later dumps.
 */
export function readAhead(descriptor: number, sequence: number): ReadAhead | undefined {
  if (++dumps < DUMPS_BEFORE_THREAD) return undefined;
  reader ??= newReader();
  return reader === 'none' ? undefined : reader.begin(descriptor, sequence);
}

/**
 * Starts the thread. Where threads may not be started, or this file is missing (in a bundle), there is none,
 * and dumps are read without.
 */
function newReader(): Reader | 'none' {
  try {
    return new Reader();
  } catch {
    return 'none';
  }
}

/** The reading thread of this thread. It keeps the process alive only while it reads. */
class Reader {
  readonly #ring = new ReadRing();
  readonly #worker: Worker;
  #busy = false;

  constructor() {
    // Loaded only here: it takes milliseconds, which short programs need not pay. Node before 20.16
    // cannot, and reads without.
    const threads = process.getBuiltinModule('node:worker_threads');
    this.#worker = new threads.Worker(new URL('./reader-thread.js', import.meta.url), {
      workerData: this.#ring.memory,
    });
    this.#worker.unref();
    // Without the thread, dumps are read in Node's pool.
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
    return new RingReading(this.#ring, () => {
      this.#busy = false;
      this.#worker.unref();
    });
  }
}

class RingReading implements ReadAhead {
  readonly #ring: ReadRing;
  readonly #release: () => void;
  #datagrams = 0;
  #failed = false;
  #stopping: Promise<void> | undefined;
  #stopped = false;

  constructor(ring: ReadRing, release: () => void) {
    this.#ring = ring;
    this.#release = release;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  get ended(): boolean {
    // The state first: what was read before it changed is then seen.
    return !this.#ring.reads && this.#ring.written === this.#datagrams;
  }

  next(): ReadDatagram | undefined {
    const ring = this.#ring;
    if (this.#datagrams > ring.taken) ring.take(this.#datagrams - 1);
    // In this order, for the same reason.
    const failed = ring.state === ReaderState.FAILED;
    if (ring.written === this.#datagrams) return failed ? this.#failure() : undefined;
    const datagram = this.#datagrams++;
    const length = ring.length(datagram);
    const error = length < NOTHING ? new SystemCallError('recvmsg', NOTHING - length) : undefined;
    return { view: ring.views[datagram % ring.views.length]!, length, error };
  }

  async readable(): Promise<void> {
    const ring = this.#ring;
    const { changes } = ring;
    if (!this.ended && ring.written === this.#datagrams) await ring.changedAfter(changes);
  }

  finish(): void {
    if (this.#ring.state === ReaderState.READING) this.#ring.state = ReaderState.STOPPING;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const ring = this.#ring;
    this.finish();
    for (let { changes } = ring; ring.reads; { changes } = ring) await ring.changedAfter(changes);
    this.#stopped = true;
    this.#release();
  }

  /**
   * Reports once that the thread has died while it read, so that datagrams may be lost, as when the buffer
   * overflows.
   */
  #failure(): ReadDatagram | undefined {
    if (this.#failed) return undefined;
    this.#failed = true;
    const error = new SystemCallError('recvmsg', constants.errno.ENOBUFS, 'the thread that reads has ended');
    return { view: this.#ring.views[0]!, length: NOTHING, error };
  }
}
