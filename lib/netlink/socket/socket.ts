import { closeSync, openSync, read, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { doneFilter, FieldError } from '../../../protocol/netlink/index.ts';
import { ClosedError, SystemCallError } from '../errors.ts';
import { MAXIMUM_READ_TIME, type ReadAhead, readAhead } from '../read-ahead/reader.ts';
import { boolean, checkOptions, type OptionChecks, string, wholeNumber } from '../request/check-options.ts';
import { errnoOf, systemCallError } from './fs-errors.ts';
import {
  attachFilter,
  bindNetlink,
  closeDescriptor,
  connectNetlink,
  dup3,
  getOption,
  netlinkPortId,
  setOption,
  setTimeOption,
  socket,
} from './libc.ts';
import { inNetworkNamespace, inNetworkNamespaceOf } from './network-namespace.ts';
import { Socket, SocketOption } from './socket-constants.ts';
import { NO_DATAGRAM, SocketReads } from './socket-reads.ts';
import type { DumpTransport, Transport } from './transport.ts';

const { EINTR, EPERM, EPROTONOSUPPORT } = constants.errno;
const { SOL_SOCKET, SOL_NETLINK } = SocketOption;

const HINTS: Readonly<Record<number, string>> = {
  [EPROTONOSUPPORT]: 'this kernel does not speak that netlink protocol',
};

/** Options of a netlink socket. */
export interface NetlinkSocketOptions {
  /** The protocol, see `NetlinkProtocol`: 0 to 255. */
  readonly protocol: number;
  /** Path of the network namespace in which the socket is created, such as `/run/netns/blue`. */
  readonly netns?: string | undefined;
  /**
   * Size of the receive buffer, in bytes (SO_RCVBUF; the kernel doubles it). Default: 1 MiB. Without
   * CAP_NET_ADMIN it is limited to net.core.rmem_max.
   */
  readonly receiveBuffer?: number | undefined;
  /** Maximum size of a datagram to send, in bytes (SO_SNDBUF). Default: the kernel's. */
  readonly sendBuffer?: number | undefined;
  /**
   * The port id to which the socket is connected. Default: 0, the kernel. Another one is a process that
   * serves NETLINK_USERSOCK. `null` leaves the socket unconnected: it receives from any sender.
   */
  readonly peer?: number | null | undefined;
  /**
   * Maximum wait of a read, in milliseconds, at least 1. Above 1000 no dump is read ahead by another thread.
   * Default: 50.
   */
  readonly readTimeout?: number | undefined;
  /** Whether the descriptor is non-blocking, for an event loop that polls it. Default: false. */
  readonly nonBlocking?: boolean | undefined;
  /**
   * Whether the NLMSG_DONE of a successful dump is dropped (see `doneFilter`), for callers that recognise the
   * end by other means. `Connection` and `ConnectionSync` cannot use such a socket. Default: false.
   */
  readonly omitDone?: boolean | undefined;
  /** Multicast groups to join, by number. */
  readonly groups?: readonly number[] | undefined;
}

const MAXIMUM_INT = 0x7fffffff;
const checkByteCount = wholeNumber(1, MAXIMUM_INT);
const checkPortId = wholeNumber(0, 0xffffffff);
const checkGroup = wholeNumber(1, MAXIMUM_INT);

/** The checks of {@link NetlinkSocketOptions}. */
export const socketChecks: OptionChecks<NetlinkSocketOptions> = {
  protocol: wholeNumber(0, 255),
  netns: string,
  receiveBuffer: checkByteCount,
  sendBuffer: checkByteCount,
  peer: (name, value) => value === null || checkPortId(name, value),
  readTimeout: wholeNumber(1, MAXIMUM_INT),
  nonBlocking: boolean,
  omitDone: boolean,
  groups: (name, value) => {
    if (!Array.isArray(value)) throw new FieldError(name, value, 'must be an array of group numbers');
    for (const number of value) checkGroup(name, number);
  },
};

const DEFAULT_RECEIVE_BUFFER = 1 << 20;
const DEFAULT_READ_TIMEOUT = 50;
/** Part of the send buffer that netlink_sendmsg does not use for data, in bytes. */
const SEND_OVERHEAD = 32;

/**
 * A netlink socket, created through libc, and read and written with Node's fs functions.
 *
 * The descriptor is blocking with a short SO_RCVTIMEO, so that neither a synchronous read nor a
 * pending asynchronous one (which delays `process.exit`) can hang.
 */
export class NetlinkSocket implements Transport {
  /** The descriptor, for further socket options. It must not be read or closed by the caller. */
  readonly fd: number;
  readonly portId: number;
  readonly protocol: number;
  readonly repliesWithinSend: boolean;
  readonly maximumDatagram: number;
  readonly receiveBuffer: number;
  readonly dumpDatagramSizeDependsOnReads: boolean;
  /** Whether the NLMSG_DONE of a successful dump is dropped. */
  readonly omitsDone: boolean;
  readonly #readTimeout: number;
  #open = true;
  #reading = false;
  #ahead: ReadAhead | undefined;
  readonly #reads: SocketReads;
  readonly #options: NetlinkSocketOptions;
  /** The sockets of `openForDumps`, which are closed with this one. */
  readonly #dumpSockets = new Set<NetlinkSocket>();
  #onClose: () => void = () => undefined;

  private constructor(fd: number, options: NetlinkSocketOptions) {
    const peer = options.peer === undefined ? 0 : options.peer;
    const check = (syscall: string, result: number): number => {
      if (result < 0) throw new SystemCallError(syscall, -result);
      return result;
    };
    const set = (level: number, name: number, value: number): number =>
      check('setsockopt', setOption(fd, level, name, value));
    this.fd = fd;
    this.#options = options;
    this.protocol = options.protocol;
    this.#reads = new SocketReads(fd);
    set(SOL_NETLINK, SocketOption.NETLINK_EXT_ACK, 1);
    set(SOL_NETLINK, SocketOption.NETLINK_CAP_ACK, 1);
    setBuffer(
      fd,
      SocketOption.SO_RCVBUFFORCE,
      SocketOption.SO_RCVBUF,
      options.receiveBuffer ?? DEFAULT_RECEIVE_BUFFER,
    );
    if (options.sendBuffer !== undefined) {
      setBuffer(fd, SocketOption.SO_SNDBUFFORCE, SocketOption.SO_SNDBUF, options.sendBuffer);
    }
    this.#readTimeout = options.readTimeout ?? DEFAULT_READ_TIMEOUT;
    // If the kernel has no memory for the filter, all datagrams arrive.
    this.omitsDone = options.omitDone === true && attachFilter(fd, doneFilter()) >= 0;
    check('setsockopt', setTimeOption(fd, SOL_SOCKET, SocketOption.SO_RCVTIMEO, this.#readTimeout));
    check('bind', bindNetlink(fd, 0));
    this.portId = check('getsockname', netlinkPortId(fd));
    if (peer !== null) check('connect', connectNetlink(fd, peer));
    for (const group of options.groups ?? []) {
      set(SOL_NETLINK, SocketOption.NETLINK_ADD_MEMBERSHIP, group);
    }
    this.repliesWithinSend = peer === 0;
    this.dumpDatagramSizeDependsOnReads = peer === 0;
    this.maximumDatagram =
      check('getsockopt', getOption(fd, SOL_SOCKET, SocketOption.SO_SNDBUF)) - SEND_OVERHEAD;
    this.receiveBuffer = check('getsockopt', getOption(fd, SOL_SOCKET, SocketOption.SO_RCVBUF));
  }

  /**
   * Opens a socket. Throws a {@link SystemCallError} or a `FieldError`; no descriptor stays open then.
   */
  static open(options: NetlinkSocketOptions): NetlinkSocket {
    checkOptions(options, socketChecks);
    const { protocol, netns } = options;
    if (protocol === undefined) throw new FieldError('protocol', protocol, 'must be given');
    const make = (): NetlinkSocket => {
      const flags = Socket.SOCK_CLOEXEC | (options.nonBlocking === true ? Socket.SOCK_NONBLOCK : 0);
      const sock = socket(Socket.AF_NETLINK, Socket.SOCK_RAW | flags, protocol);
      if (sock < 0) throw new SystemCallError('socket', -sock, `netlink protocol ${protocol}`, HINTS[-sock]);
      const fd = trackedDescriptor(sock);
      try {
        return new NetlinkSocket(fd, options);
      } catch (error) {
        closeSync(fd);
        throw error;
      }
    };
    return netns === undefined ? make() : inNetworkNamespace(netns, make);
  }

  send(datagram: Uint8Array): void {
    for (;;) {
      this.#checkOpen();
      try {
        writeSync(this.fd, datagram, 0, datagram.byteLength, null);
        return;
      } catch (error) {
        if (errnoOf(error) !== EINTR) throw systemCallError('sendmsg', error);
      }
    }
  }

  receive(into: Uint8Array): number {
    this.#checkOpen();
    try {
      return this.#reads.read(into);
    } catch (error) {
      throw systemCallError('recvmsg', error);
    }
  }

  receiveAsync(into: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      const attempt = (): void => {
        if (!this.#open) {
          reject(new ClosedError('the netlink socket'));
          return;
        }
        this.#reading = true;
        read(this.fd, into, 0, into.byteLength, null, (error, length) => {
          this.#reading = false;
          if (!this.#open) closeSync(this.fd);
          if (error === null) {
            this.#reads.completed();
            resolve(length);
            return;
          }
          const retry = this.#reads.shouldRetry(error);
          if (retry === undefined) reject(systemCallError('recvmsg', error));
          else if (retry) attempt();
          else resolve(NO_DATAGRAM);
        });
      };
      attempt();
    });
  }

  readAhead(sequence: number): ReadAhead | undefined {
    if (!this.#open || this.#readTimeout > MAXIMUM_READ_TIME) return undefined;
    this.#ahead = readAhead(this.fd, sequence);
    return this.#ahead;
  }

  openForDumps(): DumpTransport | undefined {
    this.#checkOpen();
    // A peer in user space does not reply within `send`.
    if (!this.repliesWithinSend) return undefined;
    const { protocol, netns } = this.#options;
    const open = (): NetlinkSocket => NetlinkSocket.open({ protocol, nonBlocking: true, omitDone: true });
    const dumpSocket = netns === undefined ? open() : inNetworkNamespaceOf(this.fd, open);
    this.#dumpSockets.add(dumpSocket);
    dumpSocket.#onClose = () => this.#dumpSockets.delete(dumpSocket);
    return dumpSocket;
  }

  /**
   * Returns the descriptor for another thread. From then on the socket is closed by {@link close} alone, and not
   * with the socket that opened it.
   */
  detach(): number {
    this.#onClose();
    return this.fd;
  }

  /**
   * Closes the socket. While another thread reads, the descriptor is closed after the read has returned
   * (within the read timeout), so that its number cannot be reused for another file before that.
   */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#onClose();
    for (const dumpSocket of this.#dumpSockets) dumpSocket.close();
    if (this.#ahead?.released === false) void this.#ahead.release().then(() => closeSync(this.fd));
    else if (!this.#reading) closeSync(this.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #checkOpen(): void {
    if (!this.#open) throw new ClosedError('the netlink socket');
  }
}

/** Sets a buffer's size, beyond the system's limit if permitted (SO_RCVBUFFORCE, SO_SNDBUFFORCE). */
function setBuffer(fd: number, forceOption: number, option: number, bytes: number): void {
  let result = setOption(fd, SOL_SOCKET, forceOption, bytes);
  if (result === -EPERM) result = setOption(fd, SOL_SOCKET, option, bytes);
  if (result < 0) throw new SystemCallError('setsockopt', -result);
}

/**
 * Moves a socket to a descriptor that Node has opened, and which Node therefore closes when a worker ends
 * without closing it. Throws a {@link SystemCallError}; the socket is closed then.
 */
function trackedDescriptor(untracked: number): number {
  let fd: number;
  try {
    fd = openSync('/dev/null', 'r');
  } catch (error) {
    closeDescriptor(untracked);
    throw systemCallError('open', error, '/dev/null');
  }
  const result = dup3(untracked, fd);
  closeDescriptor(untracked);
  if (result >= 0) return fd;
  closeSync(fd);
  throw new SystemCallError('dup3', -result);
}
