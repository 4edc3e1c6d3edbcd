import { closeSync, readSync } from 'node:fs';
import { DecodeError } from '../../../protocol/netlink/index.ts';
import { systemCallError } from '../../netlink/socket/fs-errors.ts';
import { ConnectionRow } from './connection-row.ts';
import { netFile, openProcFile, type ProcOptions } from './proc-file.ts';

/** A source of bytes, such as a file. */
export interface ByteSource {
  /**
   * Reads into `into` from `offset` on, and returns the number of bytes; 0 at the end. Throws a
   * SystemCallError.
   */
  read(into: Uint8Array, offset: number): number;
  /** Closes the source. */
  close(): void;
}

/** A transport that has the connection table of IPVS, such as a fake kernel's. */
export interface WithConnections {
  /** The contents of /proc/net/ip_vs_conn. */
  readonly connections: string;
}

/** Opens a file as a source. Throws a SystemCallError. */
export function fileSource(path: string, options: ProcOptions = {}): ByteSource {
  const file = openProcFile(path, options);
  return {
    read: (into, offset) => {
      try {
        return readSync(file, into, offset, into.length - offset, null);
      } catch (error) {
        throw systemCallError('read', error, path);
      }
    },
    close: () => closeSync(file),
  };
}

/** Returns the bytes of a string as a source. */
export function textSource(text: string): ByteSource {
  let rest: Buffer = Buffer.from(text);
  return {
    read: (into, offset) => {
      const length = rest.copy(into, offset);
      rest = rest.subarray(length);
      return length;
    },
    close: () => undefined,
  };
}

/** Path of the connection table of the calling thread's network namespace. */
export const CONNECTIONS_FILE: string = netFile('ip_vs_conn');

const CHUNK = 65536;
const LINE_FEED = 0x0a;
/** Start of the line of column titles. */
const TITLE = 'Pro ';

/**
 * Reads /proc/net/ip_vs_conn row by row, with a buffer of one chunk. The table may change while it is read,
 * so rows may be missing or repeated.
 */
export class ConnectionReader {
  /** The current row; valid until {@link next} is called. */
  readonly row: ConnectionRow = new ConnectionRow();
  readonly #source: ByteSource;
  readonly #bytes: Buffer = Buffer.allocUnsafeSlow(CHUNK);
  /** Start of the bytes that have been read and not parsed. */
  #at = 0;
  /** End of the bytes that have been read. */
  #end = 0;
  #isSourceEnded = false;
  #line = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Number of bytes that have been read and not parsed. */
  get buffered(): number {
    return this.#end - this.#at;
  }

  /** Moves to the next row; false at the end. Throws a DecodeError for a malformed line. */
  next(): boolean {
    for (;;) {
      const lineFeed = this.#bytes.indexOf(LINE_FEED, this.#at);
      let end = lineFeed;
      if (lineFeed < 0 || lineFeed >= this.#end) {
        if (!this.#isSourceEnded) {
          this.#fill();
          continue;
        }
        if (this.#at === this.#end) return false;
        end = this.#end;
      }
      const start = this.#at;
      this.#at = Math.min(end + 1, this.#end);
      this.#line++;
      if (this.#line === 1 && this.#bytes.toString('latin1', start, start + TITLE.length) === TITLE) continue;
      if (end === start) continue;
      if (!this.row.parse(this.#bytes, start, end))
        throw new DecodeError(`line ${this.#line} is not a row of /proc/net/ip_vs_conn`, start);
      return true;
    }
  }

  close(): void {
    this.#source.close();
  }

  #fill(): void {
    const bytes = this.#bytes;
    if (this.#at > 0) {
      bytes.copyWithin(0, this.#at, this.#end);
      this.#end -= this.#at;
      this.#at = 0;
    }
    if (this.#end === bytes.length)
      throw new DecodeError(`line ${this.#line + 1} is not a row of /proc/net/ip_vs_conn`, 0);
    // A read of the kernel's file returns at most a page.
    do {
      const length = this.#source.read(bytes, this.#end);
      this.#isSourceEnded = length === 0;
      this.#end += length;
    } while (!this.#isSourceEnded && this.#end < bytes.length);
  }
}
