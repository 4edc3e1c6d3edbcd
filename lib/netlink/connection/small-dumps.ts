import { ByteView, MessageWriter } from '../../../protocol/netlink/index.ts';
import { ReplyLostError, TruncatedError } from '../errors.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { PendingRequest } from '../exchange/pending-request.ts';
import type { ConnectionStatistics } from '../exchange/statistics.ts';
import type { Call } from '../request/call.ts';
import type { DumpTransport } from '../socket/transport.ts';

/**
 * Size of a read, in bytes. The kernel allocates each part of a dump as large as the largest read so far on
 * that socket, and may have to clear it first, which for one object costs more than everything else. This is
 * the minimum that it allocates, and fits a page with its bookkeeping.
 */
const READ_LENGTH = 3776;
/**
 * A part shorter than this is a dump's last: the kernel goes on in the same part while there is room, and no object
 * takes half of it.
 */
const SHORT = READ_LENGTH / 2;

/**
 * Dumps of few objects, one after the other on a socket of their own, each with one write and one read where
 * the socket drops the ends of dumps. It never waits, and cannot be used after a method has thrown.
 */
export class SmallDumps {
  readonly #transport: DumpTransport;
  readonly #statistics: ConnectionStatistics;
  readonly #exchange: Exchange;
  readonly #view = new ByteView(new Uint8Array(READ_LENGTH));
  readonly #writer = new MessageWriter(256);
  #request: PendingRequest | undefined;

  /** `statistics` count what it sends and receives. No object may take more than half of 3776 bytes. */
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

  /** Reads a part of the dump; false at its end. Throws the dump's error. */
  receive(): boolean {
    const request = this.#request!;
    const view = this.#view;
    const { received } = request;
    this.#statistics.receives++;
    const length = this.#transport.receive(view.bytes);
    if (length >= 0) {
      this.#statistics.datagrams++;
      this.#statistics.bytesReceived += length;
      if (length >= READ_LENGTH) throw new TruncatedError('a part of a dump is larger than was read');
      this.#exchange.receive(view, 0, length);
    }
    const last = length < 0 || (length < SHORT && request.received > received);
    if (last && this.#transport.omitsDone) this.#exchange.endDump();
    else if (length < 0) throw new ReplyLostError(request.call, 'silence');
    if (request.outcome?.ok === false) throw request.outcome.error;
    return request.outcome === undefined;
  }

  /** Closes the socket. */
  close(): void {
    this.#transport.close();
  }
}
