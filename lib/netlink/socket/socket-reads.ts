import { readSync } from 'node:fs';
import { constants } from 'node:os';
import { errnoOf } from './descriptor.ts';

const { EAGAIN, EINTR, EINVAL } = constants.errno;

/** Nothing was there to read. */
export const NOTHING = -1;

/** The reads of one socket, with the handling of failed ones (rule 14). */
export class SocketReads {
  readonly #fd: number;
  /** The last read that failed did so with EINVAL. */
  #refused = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Reads one datagram to `start` to `end` of `into` and returns its length in bytes, or {@link NOTHING}.
   * Throws what `fs` throws.
   */
  read(into: Uint8Array, start = 0, end: number = into.byteLength): number {
    for (;;) {
      try {
        const length = readSync(this.#fd, into, start, end - start, null);
        this.succeeded();
        return length;
      } catch (error) {
        const errno = errnoOf(error);
        if (errno === EAGAIN) return NOTHING;
        if (!this.readsAgain(errno)) throw error;
      }
    }
  }

  /** Notes that a read went well. */
  succeeded(): void {
    this.#refused = false;
  }

  /**
   * Whether a read that failed is made again: after a signal, and after the EINVAL that the kernel leaves on
   * the socket when one thread reads while another sends the request for a dump and all of it fits the first
   * part: the reader finds it begun, and then ended (`netlink_dump`). Nothing is lost by that. A second
   * EINVAL in a row has another cause.
   */
  readsAgain(errno: number): boolean {
    const again = errno === EINTR || (errno === EINVAL && !this.#refused);
    this.#refused = errno === EINVAL;
    return again;
  }
}
