import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { ConnectionSync } from '../../../lib/netlink/connection/connection-sync.ts';
import { listLinks } from '../../../lib/netlink/families/route.ts';
import { NetlinkProtocol } from '../../../protocol/netlink/index.ts';

// Runs as root of a user namespace of its own. A child holds a second network namespace, in which
// the loopback interface is up; in the first one it is down.
const child = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up && echo ready && cat']);
await once(child.stdout, 'data');
const netns = `/proc/${child.pid}/ns/net`;

function loopbackIsUp(path?: string): boolean {
  using connection = ConnectionSync.open({ protocol: NetlinkProtocol.ROUTE, netns: path });
  return connection.run(listLinks()).some(({ name, flags }) => name === 'lo' && (flags & 1) === 1);
}

const home = readlinkSync('/proc/thread-self/ns/net');
const outside = loopbackIsUp();
const inside = loopbackIsUp(netns);
const back = readlinkSync('/proc/thread-self/ns/net') === home;
child.stdin.end();
console.log(JSON.stringify({ outside, inside, back, outsideAgain: loopbackIsUp() }));
