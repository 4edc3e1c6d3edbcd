import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, family } from '../../../../lib/ipvs/operations/context.ts';
import { DestinationsAhead } from '../../../../lib/ipvs/operations/destinations-ahead.ts';
import { records, stream } from '../../../../lib/ipvs/operations/dump.ts';
import { getServicesInto } from '../../../../lib/ipvs/requests/index.ts';
import { IpvsCall } from '../../../../lib/ipvs/requests/ipvs-call.ts';
import { Connection } from '../../../../lib/netlink/connection/connection.ts';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { DumpsAhead } from '../../../../lib/netlink/dump-thread/dumps-ahead.ts';
import { newStatistics } from '../../../../lib/netlink/exchange/statistics.ts';
import { FamilyDirectory } from '../../../../lib/netlink/families/family-directory.ts';
import { NetlinkSocket } from '../../../../lib/netlink/socket/socket.ts';
import type { Transport } from '../../../../lib/netlink/socket/transport.ts';
import { type ServedFakeKernel, serveFakeKernel } from '../../../../lib/testing/index.ts';
import { type RecordCursor, ServiceRecords } from '../../../../protocol/ipvs/index.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';
import { descriptors } from '../../descriptors.ts';

const SERVICES = 100;
const MOST = 5;

/** The ports of each service's destinations. */
function portsOf(cursor: RecordCursor): number[][] {
  const found: number[][] = [];
  while (cursor.nextService()) {
    const ports: number[] = [];
    while (cursor.nextDestination()) ports.push(cursor.destination.port);
    found.push(ports);
  }
  return found;
}

const expected = Array.from({ length: SERVICES }, (_, index) =>
  Array.from({ length: index % (MOST + 1) }, (_, number) => 1 + number),
);

describe('destinations that a thread reads', () => {
  let served: ServedFakeKernel;

  before(async () => {
    served = await serveFakeKernel({
      kernel: { version: '6.1' },
      setUp: new URL('./set-up-destinations.js', import.meta.url),
      data: { services: SERVICES, most: MOST },
    });
  });
  after(() => served.close());

  /** A socket to the kernel, and others for dumps whose reads wait, as this kernel does not reply within a write. */
  function open(): Transport & { readonly socket: NetlinkSocket } {
    const socket = served.connect();
    const { portId: peer } = served;
    return {
      socket,
      portId: socket.portId,
      send: (datagram) => socket.send(datagram),
      receive: (into) => socket.receive(into),
      receiveAsync: (into) => socket.receiveAsync(into),
      openForDumps: () =>
        NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer, omitDone: true, readTimeout: 200 }),
      close: () => socket.close(),
    };
  }

  function contextOf(transport: Transport): Context {
    return { families: new FamilyDirectory(), statistics: newStatistics(), transport, servicesForThread: 1 };
  }

  it('are those of their services, with one write and one read for each', async () => {
    const before = descriptors();
    const transport = open();
    const context = contextOf(transport);
    const connection = new ConnectionSync(transport);
    const known = connection.perform(family(context));
    const services = new ServiceRecords({ merge: true });
    connection.run(new IpvsCall(known, getServicesInto(services)));
    const ahead = DestinationsAhead.start(context, known, services, services);
    assert.ok(ahead !== undefined);
    let request = ahead.read(0, 0);
    for (; request === undefined; request = ahead.read(0, 0)) await sleep(1);
    assert.equal(request.any, false);
    for (let index = 1; index < SERVICES; index++)
      assert.equal(ahead.read(index, index)?.any, index % (MOST + 1) > 0, `service ${index}`);
    assert.deepEqual(portsOf(services.cursor()), expected);
    const { sends, receives, requests } = context.statistics;
    assert.deepEqual({ sends, receives, requests }, { sends: SERVICES, receives: SERVICES, requests: SERVICES });
    ahead.close();
    connection.close();
    assert.equal(descriptors(), before);
  });
});
