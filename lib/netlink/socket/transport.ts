import type { ReadAhead } from '../read-ahead/reader.ts';

/** Carries datagrams to a kernel and back: a netlink socket, a fake kernel in memory, a capture file. */
export interface Transport {
  /** The port id of this side, which the kernel writes into the header of every reply. */
  readonly portId: number;
  /** The netlink protocol (`NETLINK_*`), for traces. Default: 16, generic netlink. */
  readonly protocol?: number;
  /**
   * True where every reply to a request, and the first part of a dump, is there when `send`
   * returns, and every further part is made by the `receive` that fetches it: then reading after
   * writing never waits. True for the kernel (`netlink_unicast_kernel`), false for a peer that is
   * another process or thread.
   */
  readonly repliesWithinSend: boolean;
  /** Maximum size of a datagram that `send` takes, in bytes. Default: 32 KiB. */
  readonly maximumDatagram?: number;
  /**
   * Size of the receive buffer, in bytes of the kernel's accounting: what is beyond it is lost.
   * Default: 208 KiB.
   */
  readonly receiveBuffer?: number;
  /**
   * True where the first part of a dump is as large as what was read before, so that a large object in it
   * ends the dump on a fresh socket (rule 9). Default: false.
   */
  readonly dumpSizeFollowsReads?: boolean;
  /** Sends one datagram of one or more messages. Throws a SystemCallError. */
  send(datagram: Uint8Array): void;
  /**
   * Receives one datagram into `into` and returns its length in bytes, or -1 when none arrived
   * within a short time that the transport sets (at most about 100 ms). Throws a SystemCallError,
   * ENOBUFS included.
   */
  receive(into: Uint8Array): number;
  /** Like {@link receive}, without holding the event loop. */
  receiveAsync(into: Uint8Array): Promise<number>;
  /**
   * Lets another thread read until the dump with this sequence number has ended; meanwhile nothing else
   * receives. `undefined`, as where this is missing, when {@link receiveAsync} is to be used instead.
   */
  readAhead?(sequence: number): ReadAhead | undefined;
  /**
   * Opens another socket to the same kernel, for dumps of few objects by the thousand. It is closed with this
   * transport at the latest. `undefined`, as where this is missing, when there is only this one. Throws a
   * SystemCallError.
   */
  openForDumps?(): DumpTransport | undefined;
  /** Closes the transport; harmless when repeated. */
  close(): void;
}

/** A transport for dumps alone: {@link receive} says at once when nothing is there. */
export interface DumpTransport extends Pick<Transport, 'portId' | 'send' | 'receive' | 'close'> {
  /** Whether the end of a dump that went well is dropped, see `doneFilter`. */
  readonly omitsDone: boolean;
}
