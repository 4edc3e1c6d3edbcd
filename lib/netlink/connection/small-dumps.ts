import { ByteView, MessageWriter } from '../../../protocol/netlink/index.ts';
import { ReplyLostError, TruncatedError } from '../errors.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { PendingRequest } from '../exchange/pending-request.ts';
import type { ConnectionStatistics } from '../exchange/statistics.ts';
import type { Call } from '../request/call.ts';
import type { DumpTransport } from '../socket/transport.ts';

/**
 * Size of a read, in bytes. For each datagram of a dump the kernel allocates an skb as large as the largest read so far
 * on that socket, and may zero it, which is most of the cost of a dump of one object. This is the minimum that it
 * allocates, and with its overhead the skb fits a page.
 */
export const READ_LENGTH = 3776;
/**
 * A datagram shorter than this is the last one of its dump: the kernel fills a datagram while the next object fits,
 * and no object is larger than half of it.
 */
export const SHORT_DATAGRAM: number = READ_LENGTH / 2;

/**
 * Runs dumps of few objects, one after the other on a dedicated socket. If a filter of the socket discards NLMSG_DONE,
 * each takes one write and one read. It never waits, and cannot be used after a method has thrown.
 */
export class SmallDumps {
  readonly #transport: DumpTransport;
  readonly #statistics: ConnectionStatistics;
  readonly #exchange: Exchange;
  readonly #view = new ByteView(new Uint8Array(READ_LENGTH));
  readonly #writer = new MessageWriter(256);
  #request: PendingRequest | undefined;

  /** What it sends and receives is counted in `statistics`. No object may be larger than 1888 bytes. */
  constructor(transport: DumpTransport, statistics: ConnectionStatistics) {
    this.#transport = transport;
    this.#statistics = statistics;
    this.#exchange = new Exchange(transport.portId, this.#view, statistics);
  }

  /** Sends the request for a dump. Throws a SystemCallError and what its encoder throws. */
  send(call: Call<unknown>): void {
    const writer = this.#writer;
    writer.reset();
    this.#request = this.#exchange.request(writer, call);
    const datagram = writer.bytes;
    this.#transport.send(datagram);
    this.#statistics.sends++;
    this.#statistics.bytesSent += datagram.length;
  }

  /** Reads a datagram of the dump; false after the last one. Throws the dump's error. */
  receive(): boolean {
    const request = this.#request!;
    const view = this.#view;
    const { received } = request;
    this.#statistics.receives++;
    const length = this.#transport.receive(view.bytes);
    if (length >= 0) receiveDatagram(this.#exchange, view, length);
    const last = length < 0 || (length < SHORT_DATAGRAM && request.received > received);
    if (last && this.#transport.omitsDone) this.#exchange.endDump();
    else if (length < 0) throw new ReplyLostError(request.call, 'no-response');
    if (request.outcome?.ok === false) throw request.outcome.error;
    return request.outcome === undefined;
  }

  /** Closes the socket. */
  close(): void {
    this.#transport.close();
  }
}

/**
 * Processes and counts a datagram of a dump. Throws a TruncatedError if it fills the buffer of
 * {@link READ_LENGTH} bytes, as it may be truncated then.
 */
export function receiveDatagram(exchange: Exchange, view: ByteView, length: number): void {
  exchange.statistics.datagrams++;
  exchange.statistics.bytesReceived += length;
  if (length >= READ_LENGTH) throw new TruncatedError('a datagram of a dump fills the buffer');
  exchange.receive(view, 0, length);
}
