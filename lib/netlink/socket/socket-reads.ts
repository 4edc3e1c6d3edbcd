import { readSync } from 'node:fs';
import { constants } from 'node:os';
import { errnoOf } from './fs-errors.ts';

const { EAGAIN, EINTR, EINVAL } = constants.errno;

/** The result of a read if there was no datagram. */
export const NO_DATAGRAM = -1;

/**
 * Time after which a read that was interrupted by a signal is not retried any more, in milliseconds. Each retry waits
 * for the whole SO_RCVTIMEO anew, and a profiler sends a signal every millisecond, so that the timeout itself would
 * never expire.
 */
const INTERRUPTED_TIMEOUT = 100;

/** Reads from one socket, and retries failed reads where needed (rule 14 of lib/netlink/README.md). */
export class SocketReads {
  readonly #fd: number;
  /** Whether the last read failed with EINVAL. */
  #wasInvalid = false;
  /** Time of the first EINTR since a read was last completed. */
  #interruptedAt: number | undefined;

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
        this.completed();
        return length;
      } catch (error) {
        const retry = this.shouldRetry(error);
        if (retry === undefined) throw error;
        if (!retry) return NO_DATAGRAM;
      }
    }
  }

  /** Records that a read has returned a datagram, or failed for good. */
  completed(): void {
    this.#wasInvalid = false;
    this.#interruptedAt = undefined;
  }

  /**
   * Whether to retry a read that failed with `error`: after a signal (EINTR), for a while, and after an EINVAL. False
   * if there was no datagram (EAGAIN), `undefined` after any other error.
   *
   * The kernel sets EINVAL on the socket when one thread reads while another requests a dump that fits into one
   * datagram: the reader sees the dump running, and then no dump any more (`netlink_dump`). Nothing is lost by that. A
   * second EINVAL in a row has another cause.
   */
  shouldRetry(error: unknown): boolean | undefined {
    const errno = errnoOf(error);
    if (errno === EINTR) {
      const now = performance.now();
      this.#interruptedAt ??= now;
      if (now - this.#interruptedAt < INTERRUPTED_TIMEOUT) return true;
    } else if (errno === EINVAL && !this.#wasInvalid) {
      this.#wasInvalid = true;
      return true;
    }
    this.completed();
    return errno === EINTR || errno === EAGAIN ? false : undefined;
  }
}
