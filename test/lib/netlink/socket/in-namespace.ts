import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { SmallDumps } from '../../../../lib/netlink/connection/small-dumps.ts';
import { ConnectionStatistics } from '../../../../lib/netlink/exchange/statistics.ts';
import { listLinks } from '../../../../lib/netlink/families/route.ts';
import { NetlinkSocket } from '../../../../lib/netlink/socket/socket.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';

// Runs as root of a user namespace of its own. A child process is in a second network namespace, in which
// the loopback interface is up; in the first one it is down.
const child = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up && echo ready && cat']);
await once(child.stdout, 'data');
const netns = `/proc/${child.pid}/ns/net`;

function loopbackIsUp(path?: string): boolean {
  using connection = ConnectionSync.open({ protocol: NetlinkProtocol.ROUTE, netns: path });
  return connection.run(listLinks()).some(({ name, flags }) => name === 'lo' && (flags & 1) === 1);
}

/**
 * The same, on the second socket, which `openForDumps` of the first one opens. By then the path that the first one was
 * opened with refers to another namespace.
 */
function loopbackIsUpOnSecondSocket(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'namespace-'));
  const path = join(folder, 'netns');
  symlinkSync(netns, path);
  using first = NetlinkSocket.open({ protocol: NetlinkProtocol.ROUTE, netns: path });
  rmSync(path);
  symlinkSync('/proc/self/ns/net', path);
  const dumps = new SmallDumps(first.openForDumps()!, new ConnectionStatistics());
  rmSync(folder, { recursive: true });
  const call = listLinks();
  dumps.send(call);
  while (dumps.receive());
  return call.result().some(({ name, flags }) => name === 'lo' && (flags & 1) === 1);
}

const ownNamespace = readlinkSync('/proc/thread-self/ns/net');
const outside = loopbackIsUp();
const inside = loopbackIsUp(netns);
const insideOnSecondSocket = loopbackIsUpOnSecondSocket();
const backInOwnNamespace = readlinkSync('/proc/thread-self/ns/net') === ownNamespace;
child.stdin.end();
console.log(
  JSON.stringify({ outside, inside, insideOnSecondSocket, backInOwnNamespace, outsideAgain: loopbackIsUp() }),
);
