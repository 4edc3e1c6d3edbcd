import { parentPort, workerData } from 'node:worker_threads';
import { Connection } from '../../../../lib/netlink/connection/connection.ts';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { listRoutes } from '../../../../lib/netlink/families/route.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';

/** How the worker ends: it never closes what it has opened. */
export type Ending = 'terminate' | 'exit' | 'throw' | 'return';

const ending = workerData as Ending;
ConnectionSync.open({ protocol: NetlinkProtocol.ROUTE }).run(listRoutes());
const connection = await Connection.open({ protocol: NetlinkProtocol.ROUTE });
await connection.run(listRoutes());
parentPort?.postMessage('running');
if (ending === 'exit') setTimeout(() => process.exit(0), 5);
if (ending === 'throw') {
  setTimeout(() => {
    throw new Error('the worker fails');
  }, 5);
}
const rounds = ending === 'return' ? 3 : 100_000;
for (let round = 0; round < rounds; round++) await connection.run(listRoutes());
