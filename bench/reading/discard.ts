import { ConnectionSync, GenericNetlinkSync, type Transport } from '../../lib/netlink.ts';
import {
  ByteView,
  beginGenericMessage,
  Command,
  FAMILY_NAME,
  FAMILY_VERSION,
  MessageFlag,
  MessageType,
  MessageWalker,
  MessageWriter,
} from '../../protocol/index.ts';

const RECEIVE_BUFFER = 65536;
/**
 * Maximum number of consecutive reads without data, each of which waits a moment, before the dump is
 * considered to have failed.
 */
const MAXIMUM_EMPTY_READS = 100;

/**
 * Reads the datagrams of a dump without decoding them, each into the same buffer: the lower bound for every method of
 * reading. Only message headers are parsed, to find the end.
 */
export class DatagramReader {
  /** Number of system calls, datagrams and bytes so far. */
  readonly counts: { systemCalls: number; datagrams: number; bytes: number } = {
    systemCalls: 0,
    datagrams: 0,
    bytes: 0,
  };
  readonly #socket: Transport;
  readonly #request: Uint8Array;
  readonly #walker: MessageWalker;
  readonly #view = new ByteView(new Uint8Array(RECEIVE_BUFFER));

  constructor(open: () => Transport, command: number = Command.GET_SERVICE_DEST) {
    const lookup = new GenericNetlinkSync(new ConnectionSync(open()));
    const { id } = lookup.family(FAMILY_NAME);
    lookup.close();
    this.#socket = open();
    const writer = new MessageWriter();
    const flags = MessageFlag.REQUEST | MessageFlag.ACK | MessageFlag.DUMP;
    const header = { type: id, flags, sequence: 1, portId: this.#socket.portId };
    writer.endMessage(beginGenericMessage(writer, header, { command, version: FAMILY_VERSION }));
    this.#request = writer.copy();
    this.#walker = new MessageWalker(this.#view);
  }

  /**
   * Reads one dump and calls `visit` with each datagram. Throws if the kernel rejects the dump or stops
   * sending.
   */
  read(visit?: (datagram: Uint8Array) => void): void {
    const { counts } = this;
    this.#socket.send(this.#request);
    counts.systemCalls++;
    let empty = 0;
    for (let done = false; !done; ) {
      const length = this.#socket.receive(this.#view.bytes);
      counts.systemCalls++;
      if (length < 0) {
        if (++empty === MAXIMUM_EMPTY_READS) throw new Error('the dump stopped before NLMSG_DONE');
        continue;
      }
      empty = 0;
      counts.datagrams++;
      counts.bytes += length;
      visit?.(this.#view.bytes.subarray(0, length));
      done = this.#hasEnd(length);
    }
  }

  #hasEnd(length: number): boolean {
    const walker = this.#walker;
    let done = false;
    walker.reset(this.#view, 0, length);
    while (walker.next()) {
      const { type } = walker.message;
      if (type === MessageType.ERROR) throw new Error('the kernel refused the dump');
      done = type === MessageType.DONE;
    }
    return done;
  }

  close(): void {
    this.#socket.close();
  }
}
