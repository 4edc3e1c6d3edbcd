import { IpvsSync } from '../../../lib/ipvs/client-sync.ts';
import type { Transport } from '../../../lib/netlink/socket/transport.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { NetlinkError } from '../../../protocol/index.ts';
import { outcomeOf } from '../checks/outcomes.ts';
import { readMessages, write } from '../mutation/netlink-tree.ts';
import { explainedAcks, recordedDatagrams } from '../seeds.ts';
import type { Target } from '../target.ts';

const CONTROLLER = 16;
const SERVICE = { protocol: 'tcp', address: '10.0.0.1', port: 80 } as const;

/** Requests of an operation that are answered so; each service of a lie makes the client ask again. */
const LIES = 3;

/** A kernel that answers requests about IPVS with the messages of `input`, each in a datagram, then with its own. */
function lyingTransport(input: Uint8Array): Transport & { lies: number } {
  const transport = new FakeKernel({ singleDump: 'nested' }).connect();
  const lies = readMessages(input).map((part) => write([part]));
  let replies: Uint8Array[] = [];
  return {
    lies: LIES,
    portId: transport.portId,
    repliesWithinSend: true,
    send(datagram) {
      const request = new DataView(datagram.buffer, datagram.byteOffset);
      if (request.getUint16(4, true) !== CONTROLLER && this.lies-- > 0) {
        for (const lie of lies) address(lie, request.getUint32(8, true), transport.portId);
        replies = [...lies];
      }
      transport.send(datagram);
    },
    receive(into) {
      const reply = replies.shift();
      if (reply === undefined) return transport.receive(into);
      into.set(reply.subarray(0, into.length));
      return Math.min(reply.length, into.length);
    },
    receiveAsync: (into) => transport.receiveAsync(into),
    close: () => transport.close(),
  };
}

function address(message: Uint8Array, sequence: number, portId: number): void {
  if (message.length < 16) return;
  const data = new DataView(message.buffer);
  data.setUint32(8, sequence, true);
  data.setUint32(12, portId, true);
}

export const target: Target = {
  format: { kind: 'messages' },
  modules: [
    'lib/netlink/exchange/',
    'lib/netlink/connection/',
    'lib/ipvs/operations/',
    'lib/ipvs/requests.js',
  ],
  seeds: () => [...recordedDatagrams(), ...explainedAcks(recordedDatagrams()[0]!)],
  run(input) {
    const transport = lyingTransport(input);
    using ipvs = IpvsSync.open({ transport });
    const reads = [
      () => ipvs.dump({ strategy: 'single' }),
      () => ipvs.dump({ strategy: 'per-service' }),
      () => ipvs.services(),
      () => ipvs.service(SERVICE),
      () => ipvs.destinations(SERVICE),
      () => ipvs.daemons(),
      () => ipvs.info(),
      () => ipvs.timeouts(),
      () => ipvs.deleteService(SERVICE),
    ];
    for (const read of reads) {
      transport.lies = LIES;
      outcomeOf<unknown>([NetlinkError], read);
    }
  },
};
