import type { Worker } from 'node:worker_threads';
import { type ByteView, MessageWriter } from '../../../protocol/netlink/index.ts';
import { receiveDatagram, SHORT_DATAGRAM } from '../connection/small-dumps.ts';
import { ReplyLostError, SystemCallError, TruncatedError } from '../errors.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { PendingRequest } from '../exchange/pending-request.ts';
import type { ConnectionStatistics } from '../exchange/statistics.ts';
import type { Call } from '../request/call.ts';
import type { DumpTransport } from '../socket/transport.ts';
import {
  controlIndex,
  type DumpThreadData,
  datagramViews,
  Limit,
  newDumpThreadData,
  SlotWord,
  State,
  slotOffset,
  Word,
} from './dump-slots.ts';

/** Maximum wait for the thread, in milliseconds; the kernel answers a dump within the write that requests it. */
const THREAD_TIMEOUT = 1000;
/** Each slot has sequence numbers of its own, so that a late reply to another slot's request is recognised. */
const SEQUENCES_PER_SLOT = 2 ** 26;

interface Slot {
  /** Index of its first control word. */
  readonly firstWord: number;
  readonly views: readonly ByteView[];
  readonly exchange: Exchange;
  request: PendingRequest | undefined;
}

/**
 * Runs dumps of few objects on a dedicated socket in a worker thread, while this thread decodes earlier dumps. Each
 * takes one write, and one read for each datagram of the reply. Cannot be used after a method has thrown.
 */
export class DumpReadAhead {
  readonly #transport: DumpTransport;
  readonly #statistics: ConnectionStatistics;
  readonly #data: DumpThreadData;
  readonly #worker: Worker;
  readonly #slots: readonly Slot[];
  readonly #writer = new MessageWriter(Limit.MAX_REQUEST_LENGTH);
  #requested = 0;
  #taken = 0;

  private constructor(transport: DumpTransport, descriptor: number, statistics: ConnectionStatistics) {
    this.#transport = transport;
    this.#statistics = statistics;
    this.#data = newDumpThreadData(descriptor);
    this.#slots = Array.from({ length: Limit.SLOTS }, (_, slot) => {
      const views = datagramViews(this.#data.bytes, slot);
      return {
        firstWord: controlIndex(slot),
        views,
        exchange: new Exchange(transport.portId, views[0]!, statistics, 1 + slot * SEQUENCES_PER_SLOT),
        request: undefined,
      };
    });
    // Loaded lazily, as it takes milliseconds. Node before 20.16 has no getBuiltinModule, and so no thread.
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    this.#worker = new Worker(new URL('./dump-thread.cjs', import.meta.url), { workerData: this.#data });
    // An error ends the thread. The caller then reads the remaining dumps itself.
    this.#worker.on('error', () => undefined);
    this.#worker.unref();
  }

  /**
   * Starts a thread that uses the transport, which then belongs to the `DumpReadAhead`. What is sent and received is
   * counted in `statistics`.
   * Returns `undefined` if no thread may use the transport, or none can be started.
   */
  static start(transport: DumpTransport, statistics: ConnectionStatistics): DumpReadAhead | undefined {
    try {
      if (transport.detach !== undefined && transport.omitsDone)
        return new DumpReadAhead(transport, transport.detach(), statistics);
    } catch {
      // For example no permission to start threads.
    }
    transport.close();
    return undefined;
  }

  /** Whether the thread has started. */
  get ready(): boolean {
    return Atomics.load(this.#data.control, Word.STATE) !== State.STARTING;
  }

  /** Number of further dumps that can be requested; 0 until half of the slots are free. */
  get free(): number {
    const free = Limit.SLOTS - (this.#requested - this.#taken);
    return free < Limit.SLOTS / 2 ? 0 : free;
  }

  /**
   * Encodes the request for a dump, to be sent by {@link send}. Not more than {@link free} may be encoded. Throws what
   * `call.encode` throws.
   */
  request(call: Call<unknown>): void {
    const index = this.#requested++ % Limit.SLOTS;
    const slot = this.#slots[index]!;
    this.#writer.reset();
    slot.request = slot.exchange.request(this.#writer, call);
    const datagram = this.#writer.bytes;
    if (datagram.length > Limit.MAX_REQUEST_LENGTH)
      throw new TruncatedError('the request is too long for its slot');
    this.#data.bytes.set(datagram, slotOffset(index));
    this.#data.control[slot.firstWord + SlotWord.REQUEST_LENGTH] = datagram.length;
  }

  /** Lets the thread send the requests. */
  send(): void {
    const { control } = this.#data;
    Atomics.store(control, Word.REQUESTED, this.#requested);
    Atomics.notify(control, Word.REQUESTED);
  }

  /**
   * Processes the reply to the oldest request; waits for the thread if necessary. Returns false if the reply did
   * not fit its slot and was discarded. Throws the dump's error, and a ReplyLostError if the thread does not
   * respond within a second.
   */
  take(): boolean {
    const { control } = this.#data;
    const statistics = this.#statistics;
    const slot = this.#slots[this.#taken % Limit.SLOTS]!;
    const request = slot.request!;
    while (Atomics.load(control, Word.READ) === this.#taken)
      if (Atomics.wait(control, Word.READ, this.#taken, THREAD_TIMEOUT) === 'timed-out')
        throw new ReplyLostError(request.call, 'no-response');
    this.#taken++;
    const datagrams = control[slot.firstWord + SlotWord.DATAGRAMS]!;
    if (datagrams < 0) throw new SystemCallError('recvmsg', -datagrams);
    statistics.sends++;
    statistics.bytesSent += control[slot.firstWord + SlotWord.REQUEST_LENGTH]!;
    statistics.receives += Math.max(1, datagrams);
    if (datagrams > Limit.MAX_DATAGRAMS) {
      slot.exchange.endDump();
      return false;
    }
    for (let index = 0; index < datagrams; index++) {
      const length = control[slot.firstWord + SlotWord.DATAGRAM_LENGTHS + index]!;
      // The thread recognised the end by one more read, which returned EAGAIN.
      if (index === datagrams - 1 && length >= SHORT_DATAGRAM) statistics.receives++;
      receiveDatagram(slot.exchange, slot.views[index]!, length);
    }
    if (datagrams > 0 && request.received === 0 && request.outcome === undefined)
      throw new ReplyLostError(request.call, 'no-response');
    slot.exchange.endDump();
    if (request.outcome?.ok === false) throw request.outcome.error;
    return true;
  }

  /** Ends the thread, and closes the socket as soon as the thread does not use it any more. */
  close(): void {
    const { control } = this.#data;
    if (Atomics.compareExchange(control, Word.STATE, State.STARTING, State.ENDED) === State.RUNNING) {
      Atomics.store(control, Word.REQUESTED, -1);
      Atomics.notify(control, Word.REQUESTED);
      if (Atomics.wait(control, Word.STATE, State.RUNNING, THREAD_TIMEOUT) === 'timed-out') {
        void this.#worker.terminate().then(() => this.#transport.close());
        return;
      }
    }
    this.#transport.close();
  }
}
