import { closeSync, readSync } from 'node:fs';
import { DecodeError } from '../../../protocol/netlink/index.ts';
import { ConnectionRow } from './connection-row.ts';
import { netFile, openProcFile, type ProcOptions } from './proc-file.ts';

/** Where bytes come from. */
export interface ByteSource {
  /** Reads bytes into `into` from `offset` on; 0 at the end. */
  read(into: Uint8Array, offset: number): number;
  /** Ends the reading. */
  close(): void;
}

/** A transport to something that has connections of its own, such as a fake kernel. */
export interface WithConnections {
  /** Its connections, as the text of /proc/net/ip_vs_conn. */
  readonly connections: string;
}

/** The bytes of a file. Throws a SystemCallError. */
export function fileSource(path: string, options: ProcOptions = {}): ByteSource {
  const file = openProcFile(path, options);
  return {
    read: (into, offset) => readSync(file, into, offset, into.length - offset, null),
    close: () => closeSync(file),
  };
}

/** The bytes of a text. */
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

/** The kernel's table of connections in the network namespace of the calling thread. */
export const CONNECTIONS_FILE: string = netFile('ip_vs_conn');

const CHUNK = 65536;
const LINE_FEED = 0x0a;
const TITLE = 'Pro ';

/**
 * Reads /proc/net/ip_vs_conn row by row in the memory of one chunk. The kernel writes the file while it is read: a
 * connection that comes or goes meanwhile may be in it or not, and one that stays may be missing or come twice.
 */
export class ConnectionReader {
  /** The row that it is at; holds until the next one is read. */
  readonly row: ConnectionRow = new ConnectionRow();
  readonly #source: ByteSource;
  readonly #bytes: Buffer = Buffer.allocUnsafeSlow(CHUNK);
  /** What is read and not taken: from here... */
  #at = 0;
  /** ... to here. */
  #end = 0;
  #ended = false;
  #line = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** How many bytes are there to be taken without reading. */
  get buffered(): number {
    return this.#end - this.#at;
  }

  /** Moves to the next row; false at the end. Throws a DecodeError for a line that is no row. */
  next(): boolean {
    for (;;) {
      const feed = this.#bytes.indexOf(LINE_FEED, this.#at);
      let end = feed;
      if (feed < 0 || feed >= this.#end) {
        if (!this.#ended) {
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
        throw new DecodeError(`line ${this.#line} is not one of /proc/net/ip_vs_conn`, start);
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
      throw new DecodeError(`line ${this.#line + 1} is not one of /proc/net/ip_vs_conn`, 0);
    // The kernel gives a page at a time.
    do {
      const length = this.#source.read(bytes, this.#end);
      this.#ended = length === 0;
      this.#end += length;
    } while (!this.#ended && this.#end < bytes.length);
  }
}
