import { MessageType } from '../../../protocol/netlink/index.ts';
import type { Call } from './call.ts';

/**
 * NLMSG_NOOP with NLM_F_ACK: a request without effect, which the kernel acknowledges. An operation that may not
 * continue (`CANCELLATION_POINT`) performs it, in order to fail with the error of its deadline, signal or connection.
 */
export const NOOP: Call<void> = {
  command: 'NOOP',
  object: '',
  type: MessageType.NOOP,
  dump: false,
  encode() {},
  receive() {},
  result() {},
  reset() {},
};
