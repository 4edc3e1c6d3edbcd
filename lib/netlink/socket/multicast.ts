import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { constants } from 'node:os';
import { ByteView, Message, MessageWalker } from '../../../protocol/netlink/index.ts';
import { Queue } from '../connection/queue/queue.ts';
import { SystemCallError } from '../errors.ts';
import { wholeNumber } from '../request/check-options.ts';
import { errnoOf, systemCallError } from './fs-errors.ts';
import { closeDescriptor, dup3, socket } from './libc.ts';
import type { NetlinkSocketOptions } from './socket.ts';
import { NetlinkSocket } from './socket.ts';
import { Socket } from './socket-constants.ts';

/** A notification of a multicast group, or a loss of notifications. */
export type Notification =
  | {
      readonly kind: 'message';
      /** The notification; its bytes stay valid. */
      readonly message: Message;
    }
  /** Notifications were lost, by the kernel or because too many were queued: dump the kernel's objects again. */
  | { readonly kind: 'lost' };

/** Options of a {@link MulticastListener}; socket options that concern reading and dumps do not apply. */
export interface MulticastOptions
  extends Omit<NetlinkSocketOptions, 'nonBlocking' | 'readTimeout' | 'omitDone'> {
  /**
   * Maximum number of notifications queued for the consumer, at least 1; further ones are dropped. Default:
   * 10 000.
   */
  readonly backlog?: number | undefined;
}

const DEFAULT_BACKLOG = 10_000;
const LOST: Notification = { kind: 'lost' };

/** Receives notifications of multicast groups, as an async iterable. Node's event loop polls the socket. */
export class MulticastListener implements AsyncIterable<Notification> {
  /** The socket's port id, assigned by the kernel. */
  readonly portId: number;
  /** A UDP socket of Node; `open` makes its descriptor a duplicate of the netlink socket's. */
  readonly #udpSocket: DatagramSocket;
  readonly #backlog: number;
  readonly #queue = new Queue<Notification>();
  /** Resumes the iteration that waits for a notification. */
  #wake: (() => void) | undefined;
  /** Whether notifications are dropped, until the loss has been reported to the consumer. */
  #lost = false;
  #failure: unknown;
  #closed = false;

  private constructor(udpSocket: DatagramSocket, portId: number, backlog: number) {
    this.#udpSocket = udpSocket;
    this.portId = portId;
    this.#backlog = backlog;
    udpSocket.on('message', (bytes) => this.#receive(bytes));
    udpSocket.on('error', (error) => {
      if (errnoOf(error) === constants.errno.ENOBUFS) this.#lost = true;
      else this.#failure = systemCallError('recvmsg', error);
      this.#wake?.();
    });
  }

  /** Opens a socket, joins the groups and starts receiving. Throws a {@link SystemCallError} or a FieldError. */
  static open({ backlog = DEFAULT_BACKLOG, ...options }: MulticastOptions): MulticastListener {
    wholeNumber(1)('backlog', backlog);
    const netlink = NetlinkSocket.open({ ...options, nonBlocking: true });
    try {
      const fd = socket(Socket.AF_INET, Socket.SOCK_DGRAM | Socket.SOCK_CLOEXEC, 0);
      if (fd < 0) throw new SystemCallError('socket', -fd);
      const udpSocket = createSocket('udp4');
      const listener = new MulticastListener(udpSocket, netlink.portId, backlog);
      try {
        udpSocket.bind({ fd, exclusive: true });
      } catch (error) {
        udpSocket.close();
        closeDescriptor(fd);
        throw error;
      }
      // libuv adds the descriptor to epoll at the end of this iteration of the event loop: from then on it polls the
      // netlink socket.
      const result = dup3(netlink.fd, fd);
      if (result < 0) {
        udpSocket.close();
        throw new SystemCallError('dup3', -result);
      }
      return listener;
    } finally {
      netlink.close();
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Notification, void, void> {
    for (;;) {
      const notification = this.#queue.shift();
      if (notification !== undefined) {
        yield notification;
      } else if (this.#lost) {
        this.#lost = false;
        yield LOST;
      } else if (this.#failure !== undefined) {
        throw this.#failure;
      } else if (this.#closed) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  /** Leaves the groups. The iteration ends after the notifications received so far. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#udpSocket.close();
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #receive(bytes: Uint8Array): void {
    const walker = new MessageWalker(new ByteView(bytes));
    try {
      while (walker.next()) this.#add(walker.message);
    } catch (error) {
      this.#failure = error;
    }
    this.#wake?.();
  }

  #add(message: Message): void {
    if (this.#lost || this.#queue.length >= this.#backlog) {
      this.#lost = true;
      return;
    }
    const copy = Object.assign(new Message(message.view), message);
    this.#queue.push({ kind: 'message', message: copy });
  }
}
