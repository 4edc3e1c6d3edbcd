import type { Transport } from '../../lib/netlink/socket/transport.ts';
import { ByteView, type MessageHeader, MessageWalker } from '../../protocol/netlink/index.ts';
import { PORT_ID } from './messages.ts';

/** One request that was sent, as the test sees it. */
export interface ScriptedRequest extends MessageHeader {
  readonly bytes: Uint8Array;
}

/** What a read returns: a datagram, -1 for nothing, or an error to throw. */
export type ScriptedRead = Uint8Array | -1 | Error;

type Settings = 'repliesWithinSend' | 'maximumDatagram' | 'receiveBuffer' | 'dumpDatagramSizeDependsOnReads';

/** A transport whose replies are written by the test. */
export class ScriptedTransport implements Transport {
  readonly portId: number = PORT_ID;
  readonly repliesWithinSend: boolean;
  readonly maximumDatagram: number;
  readonly receiveBuffer: number;
  readonly dumpDatagramSizeDependsOnReads: boolean;
  /** What the next reads return, in order. */
  readonly replies: ScriptedRead[] = [];
  /** The requests sent, in order. */
  readonly sent: ScriptedRequest[] = [];
  /** Number of datagrams sent. */
  datagramsSent = 0;
  /** Number of calls of `receive`. */
  syncReads = 0;
  /** Number of calls of `receiveAsync`. */
  asyncReads = 0;
  /** Number of calls of `close`. */
  closeCalls = 0;
  readonly #answer: (request: ScriptedRequest, replies: ScriptedRead[]) => void;

  constructor(
    answer: (request: ScriptedRequest, replies: ScriptedRead[]) => void,
    options: Partial<Pick<ScriptedTransport, Settings>> = {},
  ) {
    this.#answer = answer;
    this.repliesWithinSend = options.repliesWithinSend ?? true;
    this.maximumDatagram = options.maximumDatagram ?? 32768;
    this.receiveBuffer = options.receiveBuffer ?? 1 << 20;
    this.dumpDatagramSizeDependsOnReads = options.dumpDatagramSizeDependsOnReads ?? false;
  }

  send(datagram: Uint8Array): void {
    this.datagramsSent++;
    const walker = new MessageWalker(new ByteView(datagram.slice()));
    const { message } = walker;
    while (walker.next()) {
      const bytes = message.view.bytes.slice(message.offset, message.end);
      const { type, flags, sequence, portId } = message;
      const request = { type, flags, sequence, portId, bytes };
      this.sent.push(request);
      this.#answer(request, this.replies);
    }
  }

  receive(into: Uint8Array): number {
    this.syncReads++;
    return this.#next(into);
  }

  async receiveAsync(into: Uint8Array): Promise<number> {
    this.asyncReads++;
    await new Promise((resolve) => setTimeout(resolve, this.replies.length === 0 ? 2 : 0));
    return this.#next(into);
  }

  close(): void {
    this.closeCalls++;
  }

  #next(into: Uint8Array): number {
    const next = this.replies.shift() ?? -1;
    if (next instanceof Error) throw next;
    if (next === -1) return -1;
    const length = Math.min(next.length, into.length);
    into.set(next.subarray(0, length));
    return length;
  }
}
