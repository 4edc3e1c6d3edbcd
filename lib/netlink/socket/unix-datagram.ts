import { readSync, writeSync } from 'node:fs';
import { SystemCallError } from '../errors.ts';
import { bindUnix, closeDescriptor, connectUnix, LONGEST_UNIX_NAME, socket } from './libc.ts';
import { inNetworkNamespace } from './network-namespace.ts';
import { Socket } from './socket-constants.ts';

/**
 * A datagram socket of the unix family, which Node.js has none of. A name that begins with `@` is an
 * abstract one: it belongs to a network namespace, and is free again when the last process that has it open has ended.
 */
export class UnixDatagram {
  #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** A socket that has a name, in another network namespace where its path is given. Throws a SystemCallError: EADDRINUSE. */
  static bind(name: string, netns?: string): UnixDatagram {
    return netns === undefined
      ? UnixDatagram.#open(name, 'bind', bindUnix)
      : inNetworkNamespace(netns, () => UnixDatagram.#open(name, 'bind', bindUnix));
  }

  /** A socket that sends to a name. Throws a SystemCallError. */
  static connect(name: string): UnixDatagram {
    return UnixDatagram.#open(name, 'connect', connectUnix);
  }

  static #open(name: string, call: string, use: (fd: number, name: Uint8Array) => number): UnixDatagram {
    const bytes = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : name);
    if (bytes.length === 0 || bytes.length > LONGEST_UNIX_NAME)
      throw new RangeError(`the name of a unix socket has 1 to ${LONGEST_UNIX_NAME} bytes`);
    // Without blocking: who does not read must not hold us up.
    const fd = socket(Socket.AF_UNIX, Socket.SOCK_DGRAM | Socket.SOCK_CLOEXEC | Socket.SOCK_NONBLOCK, 0);
    if (fd < 0) throw new SystemCallError('socket', -fd);
    const result = use(fd, bytes);
    if (result >= 0) return new UnixDatagram(fd);
    closeDescriptor(fd);
    throw new SystemCallError(call, -result, name);
  }

  /** Sends a datagram. Throws the error of `node:fs`: EAGAIN where the other side does not read. */
  send(bytes: Uint8Array): void {
    writeSync(this.#fd, bytes);
  }

  /** A datagram that is there, cut off behind 4096 bytes; `undefined` where there is none. */
  receive(): Buffer | undefined {
    const bytes = Buffer.alloc(4096);
    try {
      return bytes.subarray(0, readSync(this.#fd, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
      throw error;
    }
  }

  /** Harmless when repeated. */
  close(): void {
    if (this.#fd >= 0) closeDescriptor(this.#fd);
    this.#fd = -1;
  }
}
