import { constants } from 'node:os';
import { HEADER_LENGTH, LITTLE_ENDIAN, NetlinkProtocol } from '../../../protocol/netlink/index.ts';
import { SystemCallError } from '../../netlink/errors.ts';
import { sendTo, setTimeOption } from '../../netlink/socket/libc.ts';
import { NetlinkSocket } from '../../netlink/socket/socket.ts';
import { SocketOption } from '../../netlink/socket/socket-constants.ts';
import type { FakeKernel } from '../fake-kernel.ts';
import type { FakeSocket } from '../fake-socket.ts';

const { EAGAIN, EINTR } = constants.errno;
const ROOM = 65536;
/** How long one read or one write may hold the thread, in milliseconds. */
const PATIENCE = 20;
/** How long the server works before it looks whether it has been told to stop, in milliseconds. */
const SLICE = 10;

/**
 * Serves a fake kernel to other threads and processes over NETLINK_USERSOCK.
 *
 * The sender of a request is known by the port id in its netlink header, which clients fill in.
 * Parts of a dump are pushed one after the other as fast as the client makes room, where a real
 * kernel makes each when the one before is read. The next request is read when everything has been
 * answered, or when a client makes no room; replies are never lost.
 */
export class KernelServer {
  readonly #kernel: FakeKernel;
  readonly #socket: NetlinkSocket;
  readonly #buffer = Buffer.allocUnsafeSlow(ROOM);
  readonly #clients = new Map<number, FakeSocket>();
  /** Clients that have replies to come, with the one that did not go out yet. */
  readonly #owed = new Map<number, Uint8Array>();
  #stopped = false;
  #running = false;

  /** Opens the socket. Throws a SystemCallError. */
  constructor(kernel: FakeKernel) {
    this.#kernel = kernel;
    this.#socket = NetlinkSocket.open({
      protocol: NetlinkProtocol.USERSOCK,
      peer: null,
      readTimeout: PATIENCE,
    });
    setTimeOption(this.#socket.fd, SocketOption.SOL_SOCKET, SocketOption.SO_SNDTIMEO, PATIENCE);
  }

  /** The port id that clients connect to. */
  get portId(): number {
    return this.#socket.portId;
  }

  /** Serves until {@link stop}, holding the thread for some milliseconds at a time. */
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
   * Takes one request and answers it to the end, for a client in the same thread that has just sent it and has room for
   * the answer.
   */
  serveOne(): void {
    this.#take();
    while (this.#owed.size > 0) for (const [portId, datagram] of this.#owed) this.#answer(portId, datagram);
  }

  /** Makes {@link run} return, and closes the socket where it does not run. */
  stop(): void {
    this.#stopped = true;
    if (!this.#running) this.#close();
  }

  #close(): void {
    this.#socket.close();
    for (const client of this.#clients.values()) client.close();
  }

  /** Sends or receives; false when there was nothing to do. */
  #step(): boolean {
    let moved = false;
    for (const [portId, datagram] of this.#owed) {
      if (this.#answer(portId, datagram)) moved = true;
    }
    return moved || this.#take();
  }

  #take(): boolean {
    let length: number;
    try {
      length = this.#socket.receive(this.#buffer);
    } catch (error) {
      // Requests were lost: their senders wait in vain, as with a real socket that overflows.
      if (error instanceof SystemCallError) return true;
      throw error;
    }
    if (length < HEADER_LENGTH) return length > 0;
    const datagram = this.#buffer.subarray(0, length);
    const data = new DataView(datagram.buffer, datagram.byteOffset, length);
    const portId = data.getUint32(12, LITTLE_ENDIAN);
    let client = this.#clients.get(portId);
    if (client === undefined) {
      client = this.#kernel.openSocket({ portId, receiveBuffer: Number.POSITIVE_INFINITY });
      this.#clients.set(portId, client);
    }
    client.send(datagram);
    if (!this.#owed.has(portId)) this.#owe(portId);
    return true;
  }

  #owe(portId: number): void {
    const datagram = this.#clients.get(portId)?.receive(ROOM);
    if (datagram === undefined) this.#owed.delete(portId);
    else this.#owed.set(portId, datagram);
  }

  #answer(portId: number, datagram: Uint8Array): boolean {
    const result = sendTo(this.#socket.fd, datagram, portId);
    if (result === -EAGAIN || result === -EINTR) return false;
    if (result < 0) {
      this.#owed.delete(portId);
      this.#clients.delete(portId);
      this.#kernel.forget(portId);
    } else this.#owe(portId);
    return true;
  }
}
