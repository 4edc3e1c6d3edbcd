import { MessageType } from '../../../protocol/netlink/index.ts';
import type { Call } from './call.ts';

/**
 * NLMSG_NOOP with NLM_F_ACK: a request without effect, which the kernel acknowledges. An operation that has been cancelled
 * performs it in order to fail: no request of it is sent any more, and performing one throws the error of its deadline,
 * signal or connection.
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
