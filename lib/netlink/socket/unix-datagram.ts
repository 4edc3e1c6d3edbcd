import { readSync, writeSync } from 'node:fs';
import { SystemCallError } from '../errors.ts';
import { bindUnix, closeDescriptor, connectUnix, LONGEST_UNIX_NAME, socket } from './libc.ts';
import { inNetworkNamespace } from './network-namespace.ts';
import { Socket } from './socket-constants.ts';

/**
 * A unix datagram socket, which Node.js does not offer. A name that begins with `@` is in the abstract
 * namespace: it belongs to a network namespace, and is released when the last descriptor of the socket is
 * closed.
 */
export class UnixDatagram {
  #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Opens a socket bound to a name, in the network namespace at `netns` if given. Throws a SystemCallError:
   * EADDRINUSE.
   */
  static bind(name: string, netns?: string): UnixDatagram {
    return netns === undefined
      ? UnixDatagram.#open(name, 'bind', bindUnix)
      : inNetworkNamespace(netns, () => UnixDatagram.#open(name, 'bind', bindUnix));
  }

  /** Opens a socket connected to a name. Throws a SystemCallError. */
  static connect(name: string): UnixDatagram {
    return UnixDatagram.#open(name, 'connect', connectUnix);
  }

  static #open(name: string, syscall: string, use: (fd: number, name: Uint8Array) => number): UnixDatagram {
    const bytes = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : name);
    if (bytes.length === 0 || bytes.length > LONGEST_UNIX_NAME)
      throw new RangeError(`the name of a unix socket has 1 to ${LONGEST_UNIX_NAME} bytes`);
    // Non-blocking, so that a peer that does not read cannot block this process.
    const fd = socket(Socket.AF_UNIX, Socket.SOCK_DGRAM | Socket.SOCK_CLOEXEC | Socket.SOCK_NONBLOCK, 0);
    if (fd < 0) throw new SystemCallError('socket', -fd);
    const result = use(fd, bytes);
    if (result >= 0) return new UnixDatagram(fd);
    closeDescriptor(fd);
    throw new SystemCallError(syscall, -result, name);
  }

  /** Sends a datagram. Throws the error of `node:fs`, such as EAGAIN if the peer does not read. */
  send(bytes: Uint8Array): void {
    writeSync(this.#fd, bytes);
  }

  /** Receives a datagram, truncated to 4096 bytes; `undefined` if there is none. */
  receive(): Buffer | undefined {
    const bytes = Buffer.alloc(4096);
    try {
      return bytes.subarray(0, readSync(this.#fd, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
      throw error;
    }
  }

  /** Closes the socket; has no effect if it is closed already. */
  close(): void {
    if (this.#fd >= 0) closeDescriptor(this.#fd);
    this.#fd = -1;
  }
}
