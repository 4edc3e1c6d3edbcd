import type { Transport } from '../../../../lib/netlink/socket/transport.ts';
import type { FakeTransport } from '../../../../lib/testing/index.ts';

/** A transport that calls `beforeSend` with every datagram and its number from 1; `beforeSend` may throw. */
export class HookedTransport implements Transport {
  readonly portId: number;
  readonly repliesWithinSend: boolean;
  readonly #inner: FakeTransport;
  readonly #beforeSend: (count: number, datagram: Uint8Array) => void;
  #count = 0;

  constructor(inner: FakeTransport, beforeSend: (count: number, datagram: Uint8Array) => void) {
    this.portId = inner.portId;
    this.repliesWithinSend = inner.repliesWithinSend;
    this.#inner = inner;
    this.#beforeSend = beforeSend;
  }

  send(datagram: Uint8Array): void {
    this.#beforeSend(++this.#count, datagram);
    this.#inner.send(datagram);
  }

  receive(into: Uint8Array): number {
    return this.#inner.receive(into);
  }

  receiveAsync(into: Uint8Array): Promise<number> {
    return this.#inner.receiveAsync(into);
  }

  close(): void {
    this.#inner.close();
  }
}
