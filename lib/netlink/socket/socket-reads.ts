import { readSync } from 'node:fs';
import { constants } from 'node:os';
import { errnoOf } from './descriptor.ts';

const { EAGAIN, EINTR, EINVAL } = constants.errno;

/** The result of a read if there was no datagram. */
export const NO_DATAGRAM = -1;

/** Reads from one socket, and retries failed reads where needed (rule 14 of lib/netlink/README.md). */
export class SocketReads {
  readonly #fd: number;
  /** Whether the last read failed with EINVAL. */
  #wasInvalid = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Reads one datagram into `into` and returns its length in bytes, or {@link NO_DATAGRAM}. Throws the errors of
   * `fs`.
   */
  read(into: Uint8Array): number {
    for (;;) {
      try {
        const length = readSync(this.#fd, into, 0, into.byteLength, null);
        this.succeeded();
        return length;
      } catch (error) {
        const errno = errnoOf(error);
        if (errno === EAGAIN) return NO_DATAGRAM;
        if (!this.shouldRetry(errno)) throw error;
      }
    }
  }

  /** Records a successful read. */
  succeeded(): void {
    this.#wasInvalid = false;
  }

  /**
   * Whether to retry a failed read: after a signal (EINTR), and after an EINVAL. The kernel sets EINVAL on
   * the socket when one thread reads while another requests a dump that fits its first part: the reader sees
   * the dump running, and then no dump any more (`netlink_dump`). Nothing is lost by that. A second EINVAL in
   * a row has another cause.
   */
  shouldRetry(errno: number): boolean {
    const retry = errno === EINTR || (errno === EINVAL && !this.#wasInvalid);
    this.#wasInvalid = errno === EINVAL;
    return retry;
  }
}
