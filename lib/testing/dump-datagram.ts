import { beginGenericMessage } from '../../protocol/genetlink/index.ts';
import {
  HEADER_LENGTH,
  HOST_IS_LITTLE_ENDIAN,
  MessageFlag,
  type MessageWriter,
} from '../../protocol/netlink/index.ts';

/** One datagram of a dump while it is being filled with messages. */
export class DumpDatagram {
  /** The datagram so far. */
  readonly writer: MessageWriter;
  /** Maximum length of the datagram, in bytes. */
  readonly capacity: number;
  /** The family's message type. */
  readonly type: number;
  /** The sequence number of the request. */
  readonly sequence: number;
  /** The port id of the socket that requested the dump. */
  readonly portId: number;
  readonly #consistency: Consistency;

  /** The datagram is written from the start of `writer`, which must not be used for anything else until it is sent. */
  constructor(
    writer: MessageWriter,
    capacity: number,
    request: { readonly type: number; readonly sequence: number; readonly portId: number },
    consistency: Consistency,
  ) {
    this.capacity = capacity;
    this.type = request.type;
    this.sequence = request.sequence;
    this.portId = request.portId;
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
    const { type, sequence, portId } = this;
    const header = { type, flags: MessageFlag.MULTI, sequence, portId };
    return beginGenericMessage(this.writer, header, { command, version });
  }

  /** Closes a message, with NLM_F_DUMP_INTR if it is the first one after a change. */
  end(offset: number): void {
    this.writer.endMessage(offset);
    const interrupted = this.#consistency.interrupted();
    if (interrupted) addFlag(this.writer.bytes, offset, MessageFlag.DUMP_INTR);
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

function addFlag(bytes: Uint8Array, offset: number, flag: number): void {
  const data = new DataView(bytes.buffer, bytes.byteOffset + offset, HEADER_LENGTH);
  data.setUint16(6, data.getUint16(6, HOST_IS_LITTLE_ENDIAN) | flag, HOST_IS_LITTLE_ENDIAN);
}
