import { debuglog } from 'node:util';
import type { FamilySpec } from '../../describe/family-spec.ts';
import { TrafficDescriber } from '../../describe/traffic.ts';
import type { Transport } from './transport.ts';

const log = debuglog('ipvs-netlink');
const wrappers = new WeakSet<Transport>();

/**
 * Returns the transport, or, if the environment variable NODE_DEBUG contains `ipvs-netlink`, a wrapper that
 * prints every message sent and received on standard error, decoded: those of nlctrl, of NETLINK_ROUTE, and
 * of `specs`. A transport that is such a wrapper is returned unchanged. The wrapper offers no second socket and no
 * read-ahead thread, which would bypass it.
 */
export function traced(transport: Transport, specs: readonly FamilySpec[] = []): Transport {
  if (!log.enabled || wrappers.has(transport)) return transport;
  const { portId, protocol } = transport;
  const describer = new TrafficDescriber(protocol, specs);
  const print = (what: string, datagram: Uint8Array): void => {
    const lines = describer.lines(datagram).map((line) => `\n  ${line}`);
    log('port %d %s %d bytes%s', portId, what, datagram.length, lines.join(''));
  };
  const received = (into: Uint8Array, length: number): number => {
    if (length >= 0) print('received', into.subarray(0, length));
    return length;
  };
  const wrapper: Transport = {
    portId,
    protocol,
    repliesWithinSend: transport.repliesWithinSend,
    maximumDatagram: transport.maximumDatagram,
    receiveBuffer: transport.receiveBuffer,
    dumpDatagramSizeDependsOnReads: transport.dumpDatagramSizeDependsOnReads,
    send(datagram) {
      print('sent', datagram);
      transport.send(datagram);
    },
    receive: (into) => received(into, transport.receive(into)),
    receiveAsync: async (into) => received(into, await transport.receiveAsync(into)),
    close: () => transport.close(),
  };
  wrappers.add(wrapper);
  return wrapper;
}
