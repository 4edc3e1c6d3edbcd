import type { Daemon } from '../../../protocol/ipvs/index.ts';
import { ReplyLostError } from '../../netlink/errors.ts';
import type { Operation } from '../../netlink/request/operation.ts';
import * as requests from '../requests/index.ts';
import { ask, type Context } from './context.ts';

/**
 * Stops a daemon. The kernel does not acknowledge that for one whose thread had not begun to run
 * (kthread_stop gives EINTR, for which netlink_rcv_skb sends no ack), so without a reply it is asked
 * whether the daemon has gone.
 */
export function* stopDaemon(context: Context, key: Pick<Daemon, 'role' | 'syncId'>): Operation<void> {
  const { role, syncId } = key;
  try {
    yield* ask(context, requests.deleteDaemon(key));
  } catch (error) {
    if (!(error instanceof ReplyLostError)) throw error;
    const running = yield* ask(context, requests.getDaemons());
    if (running.some((daemon) => daemon.role === role && daemon.syncId === syncId)) throw error;
  }
}
