import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { IpvsSync } from '../../../lib/index.ts';
import { type Context, family } from '../../../lib/ipvs/operations/context.ts';
import { DestinationReadAhead } from '../../../lib/ipvs/operations/destination-read-ahead.ts';
import { getServicesInto } from '../../../lib/ipvs/requests/index.ts';
import { IpvsCall } from '../../../lib/ipvs/requests/ipvs-call.ts';
import { ConnectionSync } from '../../../lib/netlink/connection/connection-sync.ts';
import { FamilyDirectory } from '../../../lib/netlink/families/family-directory.ts';
import { NetlinkSocket } from '../../../lib/netlink/socket/socket.ts';
import { ServiceRecords } from '../../../protocol/ipvs/index.ts';
import { NetlinkProtocol } from '../../../protocol/netlink/index.ts';
import { uniformDefinitions } from '../../conformance/dumps.ts';
import { addDefinitions } from '../../conformance/subject.ts';
import { addNamespace, deleteNamespace } from './namespace.ts';

const name = 'thread-suite';
const netns = `/run/netns/${name}`;
const SERVICES = 120;
/** Destinations of the services in turn: none, one short datagram of a dump, longer ones, and more than the thread keeps. */
const COUNTS = [0, 1, 5, 6, 20, 40, 60, 150];

// Hooks outside of `describe` would run after the files of all suites of the guest, which share a process, and keep the
// module in use until then.
describe('the thread of per-service dumps', () => {
  before(() => addNamespace(name));
  after(() => deleteNamespace(name));

  it('reads destinations of one datagram with one write and one read, and of several datagrams, too', async () => {
    using writer = IpvsSync.open({ netns });
    const counts = new Map<number, number>();
    await addDefinitions(
      writer,
      uniformDefinitions(SERVICES, Math.max(...COUNTS)).map(([service, destinations], index) => {
        const count = COUNTS[index % COUNTS.length]!;
        counts.set(service.port!, count);
        return [service, destinations.slice(0, count)] as const;
      }),
    );
    const transport = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, netns });
    using connection = new ConnectionSync(transport);
    const context: Context = {
      families: new FamilyDirectory(),
      statistics: connection.stats,
      transport,
      minimumServicesForThread: 1,
    };
    const ipvsFamily = connection.perform(family(context));
    const services = new ServiceRecords({ mergeRepeated: true });
    connection.run(new IpvsCall(ipvsFamily, getServicesInto(services)));
    assert.equal(services.length, SERVICES);
    const ahead = DestinationReadAhead.start(context, ipvsFamily, services, services)!;
    try {
      while (!ahead.ready) await sleep(1);
      const cursor = services.cursor();
      while (cursor.nextService()) {
        const count = counts.get(cursor.service.port!)!;
        const { sends, receives } = connection.stats;
        const request = ahead.read(cursor.index, cursor.index);
        if (count === 150) assert.equal(request, undefined);
        else {
          assert.equal(request?.hasDestinations, count > 0, `${count} destinations`);
          assert.equal(cursor.destinationCount, count);
        }
        if (count > 5) continue;
        assert.deepEqual([connection.stats.sends - sends, connection.stats.receives - receives], [1, 1]);
      }
    } finally {
      ahead.close();
    }
  });
});
