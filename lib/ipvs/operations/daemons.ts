import type { Daemon } from '../../../protocol/ipvs/index.ts';
import { ReplyLostError } from '../../netlink/errors.ts';
import type { Operation } from '../../netlink/request/operation.ts';
import * as requests from '../requests/index.ts';
import { type Context, send } from './context.ts';

/**
 * Stops a sync daemon. The kernel sends no ack if the daemon's thread has not started to run yet (kthread_stop
 * returns EINTR, for which netlink_rcv_skb sends none), so without a reply the running daemons are read.
 */
export function* stopDaemon(context: Context, key: Pick<Daemon, 'role' | 'syncId'>): Operation<void> {
  const { role, syncId } = key;
  try {
    yield* send(context, requests.deleteDaemon(key));
  } catch (error) {
    if (!(error instanceof ReplyLostError)) throw error;
    const running = yield* send(context, requests.getDaemons());
    if (running.some((daemon) => daemon.role === role && daemon.syncId === syncId)) throw error;
  }
}
