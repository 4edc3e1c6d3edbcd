import type { ReadAhead } from '../read-ahead/reader.ts';

/** Transfers datagrams to and from a kernel: a netlink socket, a fake kernel in memory, or a capture file. */
export interface Transport {
  /** The local port id, which the kernel writes into the header of every reply. */
  readonly portId: number;
  /** The netlink protocol (`NETLINK_*`), for traces. Default: 16, generic netlink. */
  readonly protocol?: number | undefined;
  /**
   * Whether every reply to a request, and the first datagram of a dump, is available when `send`
   * returns, and every further datagram is made by the `receive` that fetches it, so that reading after
   * writing never waits. True for the kernel (`netlink_unicast_kernel`), false for a peer that is
   * another process or thread.
   */
  readonly repliesWithinSend: boolean;
  /** Maximum size of a datagram for `send`, in bytes. Default: 32 KiB. */
  readonly maximumDatagram?: number | undefined;
  /**
   * Size of the receive buffer, in bytes by the kernel's accounting; replies beyond it are lost.
   * Default: 208 KiB.
   */
  readonly receiveBuffer?: number | undefined;
  /**
   * Whether the size of a dump's first datagram depends on the largest read so far, as in the kernel, so that on
   * a fresh socket a large object would end the dump (rule 9 of lib/netlink/README.md). Default: false.
   */
  readonly dumpDatagramSizeDependsOnReads?: boolean | undefined;
  /** Sends one datagram of one or more messages. Throws a SystemCallError. */
  send(datagram: Uint8Array): void;
  /**
   * Receives one datagram into `into` and returns its length in bytes, or -1 if none arrived
   * within a short timeout of the transport (at most about 100 ms). Throws a SystemCallError,
   * also for ENOBUFS.
   */
  receive(into: Uint8Array): number;
  /** As {@link receive}, without blocking the event loop. */
  receiveAsync(into: Uint8Array): Promise<number>;
  /**
   * Lets another thread read until the dump with this sequence number has ended; nobody else may receive
   * meanwhile. Returns `undefined` if the caller must read by itself, as always for a transport without this
   * method.
   */
  readAhead?(sequence: number): ReadAhead | undefined;
  /**
   * Opens another socket to the same kernel, for thousands of dumps of few objects. It is closed with this
   * transport at the latest. Returns `undefined` if there cannot be another one, as for a transport without this
   * method. Throws a SystemCallError.
   */
  openForDumps?(): DumpTransport | undefined;
  /** Closes the transport; has no effect if it is closed already. */
  close(): void;
}

/** A transport for dumps only, whose `receive` never waits. */
export interface DumpTransport extends Pick<Transport, 'portId' | 'send' | 'receive' | 'close'> {
  /** Whether the NLMSG_DONE of a successful dump is dropped, see `doneFilter`. */
  readonly omitsDone: boolean;
  /**
   * Returns its non-blocking descriptor for another thread, and leaves it to the caller to close this transport:
   * it is no longer closed with the one that opened it, as the number of a closed descriptor could be reused
   * while the thread writes. Without this method no thread may use it.
   */
  detach?(): number;
}
