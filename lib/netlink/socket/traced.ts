import { debuglog } from 'node:util';
import type { MessageTable } from '../../describe/message-table.ts';
import { TrafficDescriber } from '../../describe/traffic.ts';
import type { Transport } from './transport.ts';

const log = debuglog('ipvs-netlink');

/**
 * Returns the transport, or, if the environment variable NODE_DEBUG contains `ipvs-netlink`, a wrapper that
 * prints every message sent and received on standard error, decoded: those of nlctrl, of NETLINK_ROUTE, and
 * of `tables`. Such a wrapper is returned unchanged.
 */
export function traced(transport: Transport, tables: readonly MessageTable[] = []): Transport {
  if (!log.enabled || transport instanceof TracedTransport) return transport;
  return new TracedTransport(transport, tables);
}

/**
 * A transport that prints datagrams. It offers no second socket and no read-ahead thread, which would bypass
 * it.
 */
class TracedTransport implements Transport {
  readonly portId: number;
  declare readonly protocol?: number;
  readonly repliesWithinSend: boolean;
  declare readonly maximumDatagram?: number;
  declare readonly receiveBuffer?: number;
  declare readonly dumpSizeFollowsReads?: boolean;
  readonly #transport: Transport;
  readonly #describer: TrafficDescriber;

  constructor(transport: Transport, tables: readonly MessageTable[]) {
    const { portId, protocol, repliesWithinSend, maximumDatagram, receiveBuffer, dumpSizeFollowsReads } =
      transport;
    this.portId = portId;
    this.repliesWithinSend = repliesWithinSend;
    if (protocol !== undefined) this.protocol = protocol;
    if (maximumDatagram !== undefined) this.maximumDatagram = maximumDatagram;
    if (receiveBuffer !== undefined) this.receiveBuffer = receiveBuffer;
    if (dumpSizeFollowsReads !== undefined) this.dumpSizeFollowsReads = dumpSizeFollowsReads;
    this.#transport = transport;
    this.#describer = new TrafficDescriber(protocol, tables);
  }

  send(datagram: Uint8Array): void {
    this.#print('sent', datagram);
    this.#transport.send(datagram);
  }

  receive(into: Uint8Array): number {
    return this.#received(into, this.#transport.receive(into));
  }

  async receiveAsync(into: Uint8Array): Promise<number> {
    return this.#received(into, await this.#transport.receiveAsync(into));
  }

  close(): void {
    this.#transport.close();
  }

  #received(into: Uint8Array, length: number): number {
    if (length >= 0) this.#print('received', into.subarray(0, length));
    return length;
  }

  #print(what: string, datagram: Uint8Array): void {
    const { portId } = this;
    const lines = this.#describer.lines(datagram).map((line) => `\n  ${line}`);
    log('port %d %s %d bytes%s', portId, what, datagram.length, lines.join(''));
  }
}
