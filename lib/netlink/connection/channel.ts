import { constants } from 'node:os';
import { MessageWriter } from '../../../protocol/netlink/index.ts';
import { SystemCallError, TruncatedError } from '../errors.ts';
import type { PendingRequest, Waiting } from '../exchange/exchange.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { ConnectionStatistics } from '../exchange/statistics.ts';
import { newStatistics } from '../exchange/statistics.ts';
import type { ReadAhead } from '../read-ahead/reader.ts';
import type { Call } from '../request/call.ts';
import type { Outcome } from '../request/outcome.ts';
import type { ReadSlot } from '../socket/receive-buffer.ts';
import { READ_ROOM, ReceiveBuffer } from '../socket/receive-buffer.ts';
import type { Transport } from '../socket/transport.ts';

/** One request that waits to be sent. */
export interface Outgoing<Result = unknown> extends Waiting<Result> {
  readonly call: Call<Result>;
  /** Told what the request came to, also when it could not be encoded or sent. */
  settle(outcome: Outcome<Result>): void;
  /** Told when it has been put into a datagram. */
  sent?(request: PendingRequest<Result>): void;
}

/** What a read brought: a length, -1 for nothing, or an error. */
export interface Arrival {
  readonly slot: Pick<ReadSlot, 'view'>;
  readonly length: number;
  readonly error: unknown;
}

const DEFAULT_SEND_ROOM = 32768;
/** More than this in one datagram saves nothing: the cost of the system call has vanished by then. */
const MOST_SEND_ROOM = 65536;
const DEFAULT_RECEIVE_ROOM = 212992;
/** What a reply and its ack take of the receive buffer, bookkeeping included (rule 8). */
const REPLY_COST = 3072;
const LEAST_IN_FLIGHT = 16;
const MOST_IN_FLIGHT = 1024;

/** What both connections share: a transport with its exchange, its buffers and its counts. */
export class Channel {
  readonly transport: Transport;
  readonly exchange: Exchange;
  readonly stats: ConnectionStatistics = newStatistics();
  /** How many requests may be unanswered at a time, so that their replies fit the receive buffer. */
  readonly mostInFlight: number;
  /** Set when nothing on this socket can be trusted any more. */
  broken: Error | undefined = undefined;
  readonly #sendRoom: number;
  readonly #writer = new MessageWriter();
  readonly #buffer = new ReceiveBuffer();

  constructor(transport: Transport) {
    this.transport = transport;
    this.exchange = new Exchange(transport.portId, this.#buffer.take().view, this.stats);
    this.#sendRoom = Math.min(transport.sendRoom ?? DEFAULT_SEND_ROOM, MOST_SEND_ROOM);
    const fitting = Math.floor((transport.receiveRoom ?? DEFAULT_RECEIVE_ROOM) / REPLY_COST);
    this.mostInFlight = Math.max(LEAST_IN_FLIGHT, Math.min(MOST_IN_FLIGHT, fitting));
  }

  /**
   * Sends one datagram with as many requests as fit, taken one by one from `next`. What does not
   * fit goes to `putBack`. A request that cannot be encoded, or all of them when the datagram
   * cannot be sent, are settled with the error. False when there was nothing to send.
   */
  send(next: () => Outgoing | undefined, putBack: (outgoing: Outgoing) => void): boolean {
    const { exchange } = this;
    const writer = this.#writer;
    const requests: PendingRequest[] = [];
    let any = false;
    writer.reset();
    while (exchange.pending < this.mostInFlight) {
      const outgoing = next();
      if (outgoing === undefined) break;
      any = true;
      try {
        const request = exchange.request(writer, outgoing.call, this.#sendRoom, outgoing);
        if (request === undefined) {
          putBack(outgoing);
          break;
        }
        requests.push(request);
        outgoing.sent?.(request);
      } catch (error) {
        outgoing.settle({ ok: false, error: error as Error });
      }
    }
    if (requests.length === 0) return any;
    exchange.endDatagram(writer);
    const datagram = writer.bytes;
    try {
      this.transport.send(datagram);
      this.stats.sends++;
      this.stats.bytesSent += datagram.length;
    } catch (error) {
      for (const request of requests) exchange.unsent(request, error as Error);
    }
    return true;
  }

  /** Reads and takes one datagram; false when there was none. */
  receive(): boolean {
    const slot = this.#buffer.take();
    this.stats.receives++;
    let length = -1;
    let error: unknown;
    try {
      length = this.transport.receive(slot.view.bytes);
    } catch (thrown) {
      error = thrown;
    }
    return this.take({ slot, length, error });
  }

  /** Starts to read one datagram beside the one that was read last; never rejects. */
  startReceive(): Promise<Arrival> {
    const slot = this.#buffer.take();
    this.stats.receives++;
    return this.transport.receiveAsync(slot.view.bytes).then(
      (length) => ({ slot, length, error: undefined }),
      (error: unknown) => ({ slot, length: -1, error }),
    );
  }

  /** Has another thread read the rest of the running dump; `undefined` where that cannot be had. */
  readAhead(): ReadAhead | undefined {
    const { dump } = this.exchange;
    return dump === undefined ? undefined : this.transport.readAhead?.(dump.sequence);
  }

  /** How many requests will still be unanswered when this datagram has been taken. */
  pendingBehind({ slot, length, error }: Arrival): number {
    if (error !== undefined || length <= 0 || length === READ_ROOM) return 0;
    try {
      return this.exchange.pending - this.exchange.endsIn(slot.view, 0, length);
    } catch {
      return 0;
    }
  }

  /** Takes what a read brought; false when that was no datagram. */
  take({ slot, length, error }: Arrival): boolean {
    const { exchange, stats } = this;
    if (error !== undefined) {
      if (error instanceof SystemCallError && error.errno === constants.errno.ENOBUFS) exchange.lose();
      else exchange.failAll(error as Error);
      return false;
    }
    if (length < 0) {
      // Replies that are made within send and receive and are not there have been lost.
      if (exchange.overrun || this.transport.repliesWithinSend) exchange.drained();
      return false;
    }
    stats.datagrams++;
    stats.bytesReceived += length;
    try {
      if (length === READ_ROOM)
        throw new TruncatedError(`a datagram filled all ${READ_ROOM} bytes of the buffer`);
      exchange.receive(slot.view, 0, length);
    } catch (thrown) {
      this.broken = thrown as Error;
      exchange.failAll(this.broken);
    }
    return true;
  }
}
