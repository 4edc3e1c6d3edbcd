import { execFileSync } from 'node:child_process';
import { Connection } from '../../../../lib/netlink/connection/connection.ts';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { listRoutes } from '../../../../lib/netlink/families/route.ts';
import { doRequest } from '../../../../lib/netlink/request/request.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';

// Runs in a network namespace of its own: makes routes of 1000 and of 2000 next hops, and counts how many of them
// either connection lists in its first dump.

const NEW_ROUTE = 24;
const CREATE_AND_EXCLUSIVE = 0x600;
const NEXT_HOP = 8;

const LOOPBACK = 1;

execFileSync('ip', ['link', 'set', 'lo', 'up']);

function addRoute(number: number, hops: number): void {
  const header = Buffer.from([2, 32, 0, 0, 254, 4, 253, 1, 0, 0, 0, 0]);
  const destination = Buffer.from([8, 0, 1, 0, 10, 66, 0, number]);
  const multipath = Buffer.alloc(4 + hops * NEXT_HOP);
  multipath.writeUInt16LE(multipath.length, 0);
  multipath.writeUInt16LE(9, 2);
  for (let hop = 0; hop < hops; hop++) {
    const offset = 4 + hop * NEXT_HOP;
    multipath.writeUInt16LE(NEXT_HOP, offset);
    multipath.writeInt32LE(LOOPBACK, offset + 4);
  }
  using connection = ConnectionSync.open({ protocol: NetlinkProtocol.ROUTE });
  const body = Buffer.concat([header, destination, multipath]);
  connection.run(
    doRequest({
      command: 'NEWROUTE',
      type: NEW_ROUTE,
      flags: CREATE_AND_EXCLUSIVE,
      encode: (writer) => writer.raw(body),
    }),
  );
}

addRoute(1, 1000);
addRoute(2, 2000);
const IPV4 = 2;
const countAdded = (routes: readonly { readonly destination?: unknown }[]): number =>
  routes.filter(({ destination }) => String(destination).startsWith('10.66.')).length;
using sync = ConnectionSync.open({ protocol: NetlinkProtocol.ROUTE });
const connection = await Connection.open({ protocol: NetlinkProtocol.ROUTE });
console.log(
  JSON.stringify({
    sync: countAdded(sync.run(listRoutes(IPV4))),
    async: countAdded(await connection.run(listRoutes(IPV4))),
  }),
);
await connection.close();
