import { beginGenericMessage } from '../../protocol/genetlink/index.ts';
import { HEADER_LENGTH, MessageFlag, type MessageWriter } from '../../protocol/netlink/index.ts';

/** What the header of each message of a dump has in common with its request. */
export interface DumpHeader {
  /** The family's message type. */
  readonly type: number;
  /** The sequence number of the request. */
  readonly sequence: number;
  /** The port id of the socket that requested the dump. */
  readonly portId: number;
}

/** One datagram of a dump while it is being filled with messages. */
export class DumpDatagram {
  /** The datagram so far. */
  readonly writer: MessageWriter;
  /** Maximum length of the datagram, in bytes. */
  readonly capacity: number;
  readonly #request: DumpHeader;
  readonly #consistency: Consistency;

  /** The datagram is written from the start of `writer`, which must not be used for anything else until it is sent. */
  constructor(writer: MessageWriter, capacity: number, request: DumpHeader, consistency: Consistency) {
    this.capacity = capacity;
    this.#request = request;
    writer.reset();
    this.writer = writer;
    this.#consistency = consistency;
  }

  /** Number of bytes that still fit. */
  get remaining(): number {
    return this.capacity - this.writer.length;
  }

  /** Opens a message of the dump and returns its offset. */
  begin(command: number, version: number): number {
    const { type, sequence, portId } = this.#request;
    const header = { type, flags: MessageFlag.MULTI, sequence, portId };
    return beginGenericMessage(this.writer, header, { command, version });
  }

  /** Closes a message, with NLM_F_DUMP_INTR if it is the first one after a change. */
  end(offset: number): void {
    this.writer.endMessage(offset);
    const interrupted = this.#consistency.interrupted();
    if (interrupted) this.writer.setFlags(offset, MessageFlag.MULTI | MessageFlag.DUMP_INTR);
  }
}

/** Detects changes of the table during a dump (`nl_dump_check_consistent`). */
export class Consistency {
  /** The table's generation when the current datagram is made; 0 if the dump does not detect changes. */
  generation = 0;
  #previous = 0;

  /** Sets the generation at the time of the request, so that a change before the first datagram is detected as well. */
  startAt(generation: number): void {
    if (this.#previous === 0) this.#previous = generation;
  }

  /** Whether the table has changed since the last call. */
  interrupted(): boolean {
    const changed = this.#previous !== 0 && this.#previous !== this.generation;
    this.#previous = this.generation;
    return changed;
  }
}

/** Length of the headers of a generic netlink message, in bytes. */
export const MESSAGE_OVERHEAD: number = HEADER_LENGTH + 4;
