import assert from 'node:assert/strict';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { NetlinkSocket } from '../../../../lib/netlink/socket/socket.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';

/** How often a socket's dumps got the thread, and how often they did not. */
export interface Uses {
  got: number;
  refused: number;
}

/** Counts how often a socket's dumps get the thread. */
export function watched(socket: NetlinkSocket, uses: Uses): NetlinkSocket {
  const own = socket.readAhead.bind(socket);
  socket.readAhead = (sequence) => {
    const ahead = own(sequence);
    if (ahead === undefined) uses.refused++;
    else uses.got++;
    return ahead;
  };
  return socket;
}

/** Milliseconds after which a wait has failed. */
export const PATIENCE = 60_000;

/** Waits until something holds; false when it does not come to that. */
export async function becomes(holds: () => boolean): Promise<boolean> {
  const until = performance.now() + PATIENCE;
  while (!holds() && performance.now() < until) await turn();
  return holds();
}

/** Waits until the thread, which the second dump of this process starts, has nothing to read. */
export async function threadIsFree(): Promise<void> {
  using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, readTimeout: 5 });
  const until = performance.now() + PATIENCE;
  let ahead = socket.readAhead(1);
  for (; ahead === undefined && performance.now() < until; ahead = socket.readAhead(1)) await sleep(5);
  assert.ok(ahead !== undefined, 'the thread is not to be had');
  await ahead.release();
}
