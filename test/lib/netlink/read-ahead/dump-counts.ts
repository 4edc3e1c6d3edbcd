import assert from 'node:assert/strict';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { NetlinkSocket } from '../../../../lib/netlink/socket/socket.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';

/** How many dumps of a socket the read-ahead thread has read, and how many were read without it. */
export interface DumpCounts {
  withThread: number;
  withoutThread: number;
}

/** Counts in `counts` the dumps that are requested on a socket, and returns the socket. */
export function countDumps(socket: NetlinkSocket, counts: DumpCounts): NetlinkSocket {
  const readAhead = socket.readAhead.bind(socket);
  socket.readAhead = (sequence) => {
    const ahead = readAhead(sequence);
    if (ahead === undefined) counts.withoutThread++;
    else counts.withThread++;
    return ahead;
  };
  return socket;
}

/** Time after which a wait fails, in milliseconds. */
export const WAIT_LIMIT = 60_000;

/** Waits until `holds` returns true; false if it does not do so in time. */
export async function becomesTrue(holds: () => boolean): Promise<boolean> {
  const until = performance.now() + WAIT_LIMIT;
  while (!holds() && performance.now() < until) await nextTurn();
  return holds();
}

/** Waits until the read-ahead thread, which the second long dump of this process starts, has nothing to read. */
export async function waitForFreeThread(): Promise<void> {
  using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, readTimeout: 5 });
  const until = performance.now() + WAIT_LIMIT;
  let ahead = socket.readAhead(1);
  for (; ahead === undefined && performance.now() < until; ahead = socket.readAhead(1)) await sleep(5);
  assert.ok(ahead !== undefined, 'the read-ahead thread is still busy');
  await ahead.release();
}
