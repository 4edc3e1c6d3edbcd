import type { ExtendedAck } from '../../protocol/netlink/index.ts';
import {
  align,
  ByteView,
  encodeAck,
  encodeDone,
  HEADER_LENGTH,
  HOST_IS_LITTLE_ENDIAN,
  MessageFlag,
  MessageType,
  MessageWriter,
} from '../../protocol/netlink/index.ts';
import { Queue } from '../netlink/connection/queue/queue.ts';
import { SystemCallError } from '../netlink/errors.ts';
import { Consistency, DumpDatagram, type DumpHeader } from './dump-datagram.ts';
import type { FakeSocketOptions } from './fake-options.ts';
import type { Dump } from './family.ts';
import type { Arrival, Fault } from './faults.ts';
import { FaultInjector } from './faults.ts';
import type { Extack } from './request-refused.ts';
import { Errno, RequestRefused } from './request-refused.ts';

/** A message of a request datagram. */
export interface RequestMessage {
  /** The datagram that contains it. */
  readonly view: ByteView;
  /** Offset of the header. */
  readonly offset: number;
  /** Offset of the message's end (exclusive), without padding. */
  readonly end: number;
  /** The header's message type. */
  readonly type: number;
  /** The header's flags. */
  readonly flags: number;
  /** The header's sequence number. */
  readonly sequence: number;
}

/** The kernel's implementation of a netlink protocol. */
export interface Protocol {
  /** Returns the memory that a datagram takes in the receive buffer (`truesize`), in bytes. */
  charge(length: number): number;
  /** Processes one message; returns the dump that it starts, if any. `warn` sets a positive ack's message. */
  request(message: RequestMessage, socket: FakeSocket, warn: (message: string) => void): Dump | undefined;
  /** Called before a datagram of a dump is made, with its number from 1. */
  beforeDumpDatagram(number: number): void;
}

/** Size of `skb_shared_info`, which reduces the data that an allocation can hold, in bytes. */
const SHARED_INFO = 320;
/** Maximum size of the first datagram of a dump, in bytes (`NLMSG_GOODSIZE`). */
const FIRST_DATAGRAM: number = 4096 - SHARED_INFO;
/** Maximum size of a datagram of a dump, in bytes. */
const LARGEST_DATAGRAM: number = 32768 - SHARED_INFO;
const DEFAULT_BUFFER = 212992;
/** Part of the send buffer that `netlink_sendmsg` does not use for data, in bytes. */
const SEND_OVERHEAD = 32;
const DONE_LENGTH = HEADER_LENGTH + 4;

interface RunningDump {
  readonly dump: Dump;
  readonly request: DumpHeader;
  readonly consistency: Consistency;
  warning: string | undefined;
  more: boolean;
  errno: number;
  datagrams: number;
}

/**
 * The kernel's side of a netlink socket: the queue, the limits and the dumps of `af_netlink.c`. A do is
 * processed inside {@link send}; the first datagram of a dump is made there, and each next one inside the {@link
 * receive} that fetches the one before.
 */
export class FakeSocket {
  /** The socket's port id. */
  readonly portId: number;
  /** Called whenever a datagram or an error has arrived. */
  onArrival: (() => void) | undefined;
  readonly #protocol: Protocol;
  readonly #extendedAcks: boolean;
  readonly #cappedAcks: boolean;
  /** Whether it has CAP_NET_ADMIN in the initial user namespace. */
  readonly privileged: boolean;
  /** Size of the receive buffer, in bytes by the kernel's accounting. */
  readonly receiveBuffer: number;
  /** Maximum size of a datagram to send, in bytes. */
  readonly maximumDatagram: number;
  readonly #writer = new MessageWriter(1024);
  readonly #dumpWriter = new MessageWriter();
  #faults: FaultInjector | undefined;
  readonly #queue = new Queue<Arrival>();
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

  /** Sets the faults to inject into later datagrams. */
  setFaults(faults: readonly Fault[]): void {
    this.#faults = faults.length === 0 ? undefined : new FaultInjector(faults);
  }

  /** Number of datagrams in the receive buffer. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Processes a datagram of requests.
   *
   * Throws a SystemCallError: EMSGSIZE if it exceeds the send buffer less 32 bytes, ENODATA if it is empty.
   */
  send(datagram: Uint8Array): void {
    if (datagram.length === 0) throw new SystemCallError('write', Errno.ENODATA);
    if (datagram.length > this.maximumDatagram) throw new SystemCallError('write', Errno.EMSGSIZE);
    const view = new ByteView(datagram.slice());
    const { data } = view;
    let offset = 0;
    while (view.bytes.length - offset >= HEADER_LENGTH) {
      const length = data.getUint32(offset, HOST_IS_LITTLE_ENDIAN);
      if (length < HEADER_LENGTH || length > view.bytes.length - offset) return;
      this.#process({
        view,
        offset,
        end: offset + length,
        type: data.getUint16(offset + 4, HOST_IS_LITTLE_ENDIAN),
        flags: data.getUint16(offset + 6, HOST_IS_LITTLE_ENDIAN),
        sequence: data.getUint32(offset + 8, HOST_IS_LITTLE_ENDIAN),
      });
      offset += align(length);
    }
  }

  /**
   * Receives the next datagram, as a read of `length` bytes does, and makes the next datagram of a dump. Returns
   * `undefined` if there is no datagram. Throws a SystemCallError, such as ENOBUFS if replies were lost.
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
    this.#largestReceive = Math.max(this.#largestReceive, Math.min(length, LARGEST_DATAGRAM));
    if (this.#running !== undefined && this.#charged <= this.receiveBuffer / 2) {
      this.#errno = this.#makeDatagram(this.#running);
    }
    if (this.waiting === 0) this.#congested = false;
    return arrival.length > length ? arrival.subarray(0, length) : arrival;
  }

  /** Queues a reply, or drops it if the receive buffer is full. */
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

  /** Ends the running dump and drops the queued datagrams. */
  close(): void {
    this.#running?.dump.close?.();
    this.#running = undefined;
    this.#queue.clear();
    this.#charged = 0;
  }

  #process(message: RequestMessage): void {
    let errno = 0;
    let extack: Extack = {};
    const { flags, type } = message;
    if ((flags & MessageFlag.REQUEST) !== 0 && type >= MessageType.MIN) {
      try {
        const dump = this.#protocol.request(message, this, (text) => {
          extack = { message: text };
          if (this.#running !== undefined) this.#running.warning = text;
        });
        if (dump !== undefined) {
          errno = this.#startDump(dump, message);
          if (errno === 0) return;
        }
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error;
        errno = error.errno;
        extack = error.extack;
      }
    }
    if ((flags & MessageFlag.ACK) !== 0 || errno !== 0) this.#acknowledge(message, errno, extack);
  }

  #acknowledge(message: RequestMessage, errno: number, extack: Extack): void {
    const writer = this.#writer;
    writer.reset();
    encodeAck(writer, {
      sequence: message.sequence,
      portId: this.portId,
      errno,
      extended: this.#extended(extack, errno),
      request: message.view.bytes.subarray(message.offset, message.end),
      capped: this.#cappedAcks,
    });
    try {
      this.deliver(writer.copy());
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
    }
  }

  #extended(extack: Extack, errno: number): ExtendedAck | undefined {
    if (!this.#extendedAcks) return undefined;
    const { message } = extack;
    const offset = errno === 0 ? undefined : extack.offset;
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
      warning: undefined,
      more: true,
      errno: 0,
      datagrams: 0,
    };
    return this.#makeDatagram(this.#running);
  }

  /** Makes the next datagram of a dump (`netlink_dump`); returns ENOBUFS if the receive buffer is full. */
  #makeDatagram(running: RunningDump): number {
    const capacity = Math.max(FIRST_DATAGRAM, this.#largestReceive);
    const charge = this.#protocol.charge(capacity);
    if (this.#charged > 0 && this.#charged + charge >= this.receiveBuffer) return Errno.ENOBUFS;
    const datagram = new DumpDatagram(this.#dumpWriter, capacity, running.request, running.consistency);
    if (running.more) {
      running.datagrams++;
      this.#protocol.beforeDumpDatagram(running.datagrams);
      running.warning = undefined;
      try {
        running.more = running.dump.fill(datagram, running.consistency);
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error;
        running.more = false;
        running.errno = error.errno;
      }
    }
    const ends = !running.more && datagram.remaining >= DONE_LENGTH;
    if (ends) {
      const { sequence, portId } = running.request;
      encodeDone(datagram.writer, {
        sequence,
        portId,
        errno: running.errno,
        flags: running.consistency.interrupted() ? MessageFlag.DUMP_INTR : 0,
        extended: this.#extended({ message: running.warning }, 0),
      });
    }
    this.#push(datagram.writer.copy());
    if (ends) {
      this.#running = undefined;
      running.dump.close?.();
    }
    return 0;
  }

  #push(datagram: Uint8Array): void {
    for (const arrival of this.#faults?.apply(datagram) ?? [datagram]) {
      if (typeof arrival !== 'number') this.#charged += this.#protocol.charge(arrival.length);
      this.#queue.push(arrival);
    }
    this.onArrival?.();
  }
}
