import type { ExtendedAck } from '../../protocol/netlink/index.ts';
import {
  align,
  ByteView,
  encodeAck,
  encodeDone,
  HEADER_LENGTH,
  LITTLE_ENDIAN,
  MessageFlag,
  MessageType,
  MessageWriter,
} from '../../protocol/netlink/index.ts';
import { Queue } from '../netlink/connection/queue/queue.ts';
import { SystemCallError } from '../netlink/errors.ts';
import { Consistency, DumpPart } from './dump-part.ts';
import type { FakeSocketOptions } from './fake-options.ts';
import type { Dump } from './family.ts';
import type { Fault, FaultyArrival } from './faults.ts';
import { FaultPlan } from './faults.ts';
import type { AckNote } from './request-refused.ts';
import { Errno, RequestRefused } from './request-refused.ts';

/** A message of a request datagram. */
export interface RequestMessage {
  /** The datagram that it lies in. */
  readonly view: ByteView;
  /** Offset of the header. */
  readonly offset: number;
  /** Offset after the message, without padding. */
  readonly end: number;
  /** The header's message type. */
  readonly type: number;
  /** The header's flags. */
  readonly flags: number;
  /** The header's sequence number. */
  readonly sequence: number;
}

/** The kernel's side of a socket. */
export interface Protocol {
  /** How many bytes of the receive buffer a datagram of `length` bytes takes (`truesize`). */
  charge(length: number): number;
  /** Answers one message; gives the dump that it starts. Throws a RequestRefused. */
  request(message: RequestMessage, socket: FakeSocket, note: (message: string) => void): Dump | undefined;
  /** Called before part `part` of a dump is made, counted from 1. */
  beforeDumpPart(part: number): void;
}

/** Header and shared info of a socket buffer; what the kernel's page and limits lose to them. */
const SHARED_INFO = 320;
/** Room in the first datagram of a dump (`NLMSG_GOODSIZE`). */
const FIRST_PART: number = 4096 - SHARED_INFO;
/** Room in the largest datagram of a dump. */
const LARGEST_PART: number = 32768 - SHARED_INFO;
const DEFAULT_BUFFER = 212992;
/** Part of the send buffer that `netlink_sendmsg` reserves, in bytes. */
const SEND_OVERHEAD = 32;
const DONE_LENGTH = HEADER_LENGTH + 4;

interface RunningDump {
  readonly dump: Dump;
  readonly request: { readonly type: number; readonly sequence: number; readonly portId: number };
  readonly consistency: Consistency;
  note: string | undefined;
  more: boolean;
  errno: number;
  part: number;
}

/**
 * A netlink socket as the kernel sees it: requests go in, datagrams come out, with the queue, the
 * limits and the dump of `af_netlink.c`. A do is answered inside {@link send}; a dump makes its
 * first part there, and each next part inside the {@link receive} that takes the one before.
 */
export class FakeSocket {
  /** The socket's address. */
  readonly portId: number;
  /** Called whenever something has arrived. */
  onArrival: (() => void) | undefined;
  readonly #protocol: Protocol;
  readonly #extendedAcks: boolean;
  readonly #cappedAcks: boolean;
  /** Whether it has CAP_NET_ADMIN in the initial user namespace. */
  readonly privileged: boolean;
  /** The receive buffer in bytes of the kernel's accounting. */
  readonly receiveBuffer: number;
  /** The largest datagram that can be sent, in bytes. */
  readonly maximumDatagram: number;
  readonly #writer = new MessageWriter(1024);
  #faults: FaultPlan | undefined;
  readonly #queue = new Queue<FaultyArrival>();
  #charged = 0;
  #largestReceive = 0;
  #congested = false;
  #errno = 0;
  #running: RunningDump | undefined;

  constructor(protocol: Protocol, portId: number, options: FakeSocketOptions = {}) {
    this.#protocol = protocol;
    this.portId = portId;
    this.#extendedAcks = options.extendedAcks ?? true;
    this.#cappedAcks = options.cappedAcks ?? true;
    this.privileged = options.privileged ?? true;
    this.receiveBuffer = options.receiveBuffer ?? DEFAULT_BUFFER;
    this.maximumDatagram = (options.sendBuffer ?? DEFAULT_BUFFER) - SEND_OVERHEAD;
    this.setFaults(options.faults ?? []);
  }

  /** Sets the faults of the datagrams that follow. */
  setFaults(faults: readonly Fault[]): void {
    this.#faults = faults.length === 0 ? undefined : new FaultPlan(faults);
  }

  /** How many datagrams wait to be received. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Takes a datagram of requests and answers it.
   *
   * Throws a SystemCallError: EMSGSIZE above the send buffer less 32 bytes, ENODATA when empty.
   */
  send(datagram: Uint8Array): void {
    if (datagram.length === 0) throw new SystemCallError('write', Errno.ENODATA);
    if (datagram.length > this.maximumDatagram) throw new SystemCallError('write', Errno.EMSGSIZE);
    const view = new ByteView(datagram.slice());
    const { data } = view;
    let offset = 0;
    while (view.bytes.length - offset >= HEADER_LENGTH) {
      const length = data.getUint32(offset, LITTLE_ENDIAN);
      if (length < HEADER_LENGTH || length > view.bytes.length - offset) return;
      this.#take({
        view,
        offset,
        end: offset + length,
        type: data.getUint16(offset + 4, LITTLE_ENDIAN),
        flags: data.getUint16(offset + 6, LITTLE_ENDIAN),
        sequence: data.getUint32(offset + 8, LITTLE_ENDIAN),
      });
      offset += align(length);
    }
  }

  /**
   * Takes the next datagram, as a read with room for `length` bytes does; `undefined` when nothing
   * waits. Makes the next part of a dump. Throws a SystemCallError, ENOBUFS when replies were lost.
   */
  receive(length: number): Uint8Array | undefined {
    if (this.#errno !== 0) {
      const errno = this.#errno;
      this.#errno = 0;
      throw new SystemCallError('read', errno);
    }
    const arrival = this.#queue.shift();
    if (arrival === undefined) {
      this.#congested = false;
      return undefined;
    }
    if (typeof arrival === 'number') throw new SystemCallError('read', arrival);
    this.#charged -= this.#protocol.charge(arrival.length);
    this.#largestReceive = Math.max(this.#largestReceive, Math.min(length, LARGEST_PART));
    if (this.#running !== undefined && this.#charged <= this.receiveBuffer / 2) {
      this.#errno = this.#makePart(this.#running);
    }
    if (this.waiting === 0) this.#congested = false;
    return arrival.length > length ? arrival.subarray(0, length) : arrival;
  }

  /** Queues a reply, or drops it where the receive buffer is full. */
  deliver(datagram: Uint8Array): void {
    const charge = this.#protocol.charge(datagram.length);
    const full = this.#charged > 0 && this.#charged + charge > this.receiveBuffer;
    if (full || this.#congested) {
      if (!this.#congested) this.#errno = Errno.ENOBUFS;
      this.#congested = true;
      this.onArrival?.();
      throw new RequestRefused(Errno.EAGAIN, 'the receive buffer is full');
    }
    this.#push(datagram);
  }

  /** Ends the dump that runs and drops the queued datagrams. */
  close(): void {
    this.#running?.dump.close?.();
    this.#running = undefined;
    this.#queue.clear();
    this.#charged = 0;
  }

  #take(message: RequestMessage): void {
    let errno = 0;
    let note: AckNote = {};
    const { flags, type } = message;
    if ((flags & MessageFlag.REQUEST) !== 0 && type >= MessageType.MIN) {
      try {
        const dump = this.#protocol.request(message, this, (text) => {
          note = { message: text };
          if (this.#running !== undefined) this.#running.note = text;
        });
        if (dump !== undefined) {
          errno = this.#startDump(dump, message);
          if (errno === 0) return;
        }
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error;
        errno = error.errno;
        note = error.note;
      }
    }
    if ((flags & MessageFlag.ACK) !== 0 || errno !== 0) this.#acknowledge(message, errno, note);
  }

  #acknowledge(message: RequestMessage, errno: number, note: AckNote): void {
    const writer = this.#writer;
    writer.reset();
    encodeAck(writer, {
      sequence: message.sequence,
      portId: this.portId,
      errno,
      extended: this.#extended(note, errno),
      request: message.view.bytes.subarray(message.offset, message.end),
      capped: this.#cappedAcks,
    });
    try {
      this.deliver(writer.copy());
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
    }
  }

  #extended(note: AckNote, errno: number): ExtendedAck | undefined {
    if (!this.#extendedAcks) return undefined;
    const { message } = note;
    const offset = errno === 0 ? undefined : note.offset;
    return message === undefined && offset === undefined ? undefined : { message, offset };
  }

  #startDump(dump: Dump, message: RequestMessage): number {
    if (this.#running !== undefined) {
      dump.close?.();
      return Errno.EBUSY;
    }
    this.#running = {
      dump,
      request: { type: message.type, sequence: message.sequence, portId: this.portId },
      consistency: new Consistency(),
      note: undefined,
      more: true,
      errno: 0,
      part: 0,
    };
    return this.#makePart(this.#running);
  }

  /** Makes the next datagram of a dump (`netlink_dump`); gives ENOBUFS when there is no room for it. */
  #makePart(running: RunningDump): number {
    const capacity = Math.max(FIRST_PART, this.#largestReceive);
    const charge = this.#protocol.charge(capacity);
    if (this.#charged > 0 && this.#charged + charge >= this.receiveBuffer) return Errno.ENOBUFS;
    const part = new DumpPart(capacity, running.request, running.consistency);
    if (running.more) {
      running.part++;
      this.#protocol.beforeDumpPart(running.part);
      running.note = undefined;
      try {
        running.more = running.dump.fill(part, running.consistency);
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error;
        running.more = false;
        running.errno = error.errno;
      }
    }
    const ends = !running.more && part.room >= DONE_LENGTH;
    if (ends) {
      const { sequence, portId } = running.request;
      encodeDone(part.writer, {
        sequence,
        portId,
        errno: running.errno,
        flags: running.consistency.interrupted() ? MessageFlag.DUMP_INTR : 0,
        extended: this.#extended({ message: running.note }, 0),
      });
    }
    this.#push(part.writer.bytes);
    if (ends) {
      this.#running = undefined;
      running.dump.close?.();
    }
    return 0;
  }

  #push(datagram: Uint8Array): void {
    for (const arrival of this.#faults?.pass(datagram) ?? [datagram]) {
      if (typeof arrival !== 'number') this.#charged += this.#protocol.charge(arrival.length);
      this.#queue.push(arrival);
    }
    this.onArrival?.();
  }
}
