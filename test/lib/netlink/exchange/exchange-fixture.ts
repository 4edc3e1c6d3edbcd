import assert from 'node:assert/strict';
import { Exchange } from '../../../../lib/netlink/exchange/exchange.ts';
import type { PendingRequest } from '../../../../lib/netlink/exchange/pending-request.ts';
import { ConnectionStatistics } from '../../../../lib/netlink/exchange/statistics.ts';
import { ByteView, type Message, MessageWalker, MessageWriter } from '../../../../protocol/netlink/index.ts';
import { PORT_ID } from '../../messages.ts';
import { TextCall } from '../text-call.ts';

/** An exchange and the datagram that its requests go into. */
export class ExchangeFixture {
  readonly exchange: Exchange;
  readonly writer: MessageWriter = new MessageWriter();

  constructor(firstSequence = 1) {
    this.exchange = new Exchange(
      PORT_ID,
      new ByteView(new Uint8Array(0)),
      new ConnectionStatistics(),
      firstSequence,
    );
  }

  /** Appends a request to the datagram. */
  request(call: TextCall = new TextCall()): PendingRequest<string[]> {
    const request = this.exchange.request(this.writer, call);
    assert.ok(request !== undefined);
    return request;
  }

  /** Appends a dump request to the datagram. */
  dump(): PendingRequest<string[]> {
    return this.request(new TextCall('', { dump: true }));
  }

  /** Processes datagrams, one for each argument. */
  receive(...datagrams: Uint8Array[]): void {
    for (const bytes of datagrams) this.exchange.receive(new ByteView(bytes), 0, bytes.length);
  }
}

export function valueOfRequest(request: PendingRequest<string[]>): string[] {
  assert.ok(request.outcome?.ok === true, `expected a value, got ${JSON.stringify(request.outcome)}`);
  return request.outcome.value;
}

export function errorOf(request: PendingRequest<string[]>): Error {
  assert.ok(request.outcome?.ok === false, 'expected an error');
  return request.outcome.error;
}

export function messagesIn(bytes: Uint8Array): Message[] {
  const walker = new MessageWalker(new ByteView(bytes));
  const messages: Message[] = [];
  while (walker.next())
    messages.push(Object.assign(Object.create(Object.getPrototypeOf(walker.message)), walker.message));
  return messages;
}
