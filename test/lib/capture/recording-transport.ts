import { CaptureWriter } from '../../../lib/capture/pcap.ts';
import type { Transport } from '../../../lib/netlink/socket/transport.ts';

/** A transport that records the traffic of another one as a capture, as nlmon would. */
export class RecordingTransport implements Transport {
  readonly portId: number;
  readonly repliesWithinSend: boolean;
  readonly capture: CaptureWriter = new CaptureWriter();
  readonly #inner: Transport;
  #clock = 0;

  constructor(inner: Transport) {
    this.#inner = inner;
    this.portId = inner.portId;
    this.repliesWithinSend = inner.repliesWithinSend;
  }

  send(datagram: Uint8Array): void {
    this.#record('to-kernel', datagram);
    this.#inner.send(datagram);
  }

  receive(into: Uint8Array): number {
    return this.#received(into, this.#inner.receive(into));
  }

  async receiveAsync(into: Uint8Array): Promise<number> {
    return this.#received(into, await this.#inner.receiveAsync(into));
  }

  close(): void {
    this.#inner.close();
  }

  #received(into: Uint8Array, length: number): number {
    if (length >= 0) this.#record('to-user', into.subarray(0, length));
    return length;
  }

  #record(direction: 'to-kernel' | 'to-user', bytes: Uint8Array): void {
    this.capture.write({ seconds: 0, nanoseconds: this.#clock++, direction, netlinkProtocol: 16, bytes });
  }
}
