import { constants } from 'node:os';
import { HEADER_LENGTH, HOST_IS_LITTLE_ENDIAN, NetlinkProtocol } from '../../../protocol/netlink/index.ts';
import { SystemCallError } from '../../netlink/errors.ts';
import { sendTo, setTimeOption } from '../../netlink/socket/libc.ts';
import { NetlinkSocket } from '../../netlink/socket/socket.ts';
import { SocketOption } from '../../netlink/socket/socket-constants.ts';
import type { FakeKernel } from '../fake-kernel.ts';
import type { FakeSocket } from '../fake-socket.ts';

const { EAGAIN, EINTR } = constants.errno;
const BUFFER_LENGTH = 65536;
/** Timeout of a read and of a write, which block the thread, in milliseconds. */
const SOCKET_TIMEOUT = 20;
/** Time between checks whether the server has been stopped, in milliseconds. */
const SLICE = 10;

/**
 * Serves a fake kernel to other threads and processes over NETLINK_USERSOCK.
 *
 * The sender of a request is identified by the port id in its netlink header, which clients fill in.
 * Datagrams of a dump are sent one after the other, as fast as the client reads, whereas a real
 * kernel makes each datagram when the one before is read. The next request is read after all replies have been
 * sent, or if a client's receive buffer is full; replies are never lost.
 */
export class KernelServer {
  readonly #kernel: FakeKernel;
  readonly #socket: NetlinkSocket;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_LENGTH);
  readonly #clients = new Map<number, FakeSocket>();
  /** The next reply to each client that has not received all of them, by port id. */
  readonly #unsent = new Map<number, Uint8Array>();
  #stopped = false;
  #running = false;

  /** Opens the socket. Throws a SystemCallError. */
  constructor(kernel: FakeKernel) {
    this.#kernel = kernel;
    this.#socket = NetlinkSocket.open({
      protocol: NetlinkProtocol.USERSOCK,
      peer: null,
      readTimeout: SOCKET_TIMEOUT,
    });
    setTimeOption(this.#socket.fd, SocketOption.SOL_SOCKET, SocketOption.SO_SNDTIMEO, SOCKET_TIMEOUT);
  }

  /** The port id to which clients connect. */
  get portId(): number {
    return this.#socket.portId;
  }

  /** Serves until {@link stop} is called, blocking the thread for some milliseconds at a time. */
  async run(): Promise<void> {
    this.#running = true;
    while (!this.#stopped) {
      const until = performance.now() + SLICE;
      while (performance.now() < until) if (!this.#step()) break;
      await new Promise(setImmediate);
    }
    this.#close();
  }

  /**
   * Processes one request and sends all replies, for a client in the same thread that has just sent it, and
   * whose receive buffer is large enough.
   */
  serveOne(): void {
    this.#receive();
    while (this.#unsent.size > 0) for (const [portId, datagram] of this.#unsent) this.#send(portId, datagram);
  }

  /** Makes {@link run} return, or closes the socket if it is not running. */
  stop(): void {
    this.#stopped = true;
    if (!this.#running) this.#close();
  }

  #close(): void {
    this.#socket.close();
    for (const client of this.#clients.values()) client.close();
  }

  /** Sends or receives; false if there was nothing to do. */
  #step(): boolean {
    let sent = false;
    for (const [portId, datagram] of this.#unsent) {
      if (this.#send(portId, datagram)) sent = true;
    }
    return sent || this.#receive();
  }

  #receive(): boolean {
    let length: number;
    try {
      length = this.#socket.receive(this.#buffer);
    } catch (error) {
      // Requests were lost: their senders get no reply, as with a real socket whose buffer overflows.
      if (error instanceof SystemCallError) return true;
      throw error;
    }
    if (length < HEADER_LENGTH) return length > 0;
    const datagram = this.#buffer.subarray(0, length);
    const data = new DataView(datagram.buffer, datagram.byteOffset, length);
    const portId = data.getUint32(12, HOST_IS_LITTLE_ENDIAN);
    let client = this.#clients.get(portId);
    if (client === undefined) {
      client = this.#kernel.openSocket({ portId, receiveBuffer: Number.POSITIVE_INFINITY });
      this.#clients.set(portId, client);
    }
    client.send(datagram);
    if (!this.#unsent.has(portId)) this.#nextReply(portId);
    return true;
  }

  #nextReply(portId: number): void {
    const datagram = this.#clients.get(portId)?.receive(BUFFER_LENGTH);
    if (datagram === undefined) this.#unsent.delete(portId);
    else this.#unsent.set(portId, datagram);
  }

  #send(portId: number, datagram: Uint8Array): boolean {
    const result = sendTo(this.#socket.fd, datagram, portId);
    if (result === -EAGAIN || result === -EINTR) return false;
    if (result < 0) {
      this.#unsent.delete(portId);
      this.#clients.delete(portId);
      this.#kernel.removeSocket(portId);
    } else this.#nextReply(portId);
    return true;
  }
}
