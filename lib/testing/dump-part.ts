import { beginGenericMessage } from '../../protocol/genetlink/index.ts';
import { HEADER_LENGTH, LITTLE_ENDIAN, MessageFlag, MessageWriter } from '../../protocol/netlink/index.ts';

/** One datagram of a dump while it is filled; it takes whole messages as long as they fit. */
export class DumpPart {
  /** The datagram so far. */
  readonly writer: MessageWriter;
  /** The largest length of the datagram in bytes. */
  readonly capacity: number;
  /** The family's message type. */
  readonly type: number;
  /** The sequence number of the request. */
  readonly sequence: number;
  /** The port id of the socket that asked. */
  readonly portId: number;
  readonly #consistency: Consistency;

  constructor(
    capacity: number,
    request: { readonly type: number; readonly sequence: number; readonly portId: number },
    consistency: Consistency,
  ) {
    this.capacity = capacity;
    this.type = request.type;
    this.sequence = request.sequence;
    this.portId = request.portId;
    this.writer = new MessageWriter(capacity);
    this.#consistency = consistency;
  }

  /** Bytes that are left. */
  get room(): number {
    return this.capacity - this.writer.length;
  }

  /** Opens a message of the dump and returns its offset. */
  begin(command: number, version: number): number {
    const { type, sequence, portId } = this;
    const header = { type, flags: MessageFlag.MULTI, sequence, portId };
    return beginGenericMessage(this.writer, header, { command, version });
  }

  /** Closes a message; it bears NLM_F_DUMP_INTR when it is the first one after a change. */
  end(offset: number): void {
    this.writer.endMessage(offset);
    const interrupted = this.#consistency.interrupted();
    if (interrupted) addFlag(this.writer.bytes, offset, MessageFlag.DUMP_INTR);
  }
}

/** The generations that a dump remembers (`nl_dump_check_consistent`). */
export class Consistency {
  /** The generation that the part is made from; 0 where the dump keeps none. */
  generation = 0;
  #previous = 0;

  /** The generation when the dump was asked for: a change before its first part counts as well. */
  since(generation: number): void {
    if (this.#previous === 0) this.#previous = generation;
  }

  /** True once for every change between parts. */
  interrupted(): boolean {
    const changed = this.#previous !== 0 && this.#previous !== this.generation;
    this.#previous = this.generation;
    return changed;
  }
}

/** Length of the headers of a generic netlink message in bytes. */
export const MESSAGE_OVERHEAD: number = HEADER_LENGTH + 4;

function addFlag(bytes: Uint8Array, offset: number, flag: number): void {
  const data = new DataView(bytes.buffer, bytes.byteOffset + offset, HEADER_LENGTH);
  data.setUint16(6, data.getUint16(6, LITTLE_ENDIAN) | flag, LITTLE_ENDIAN);
}
