import { constants } from 'node:os';
import { MessageFlag } from '../../../../protocol/netlink/index.ts';
import { ack, done, multiMessage, reply } from '../../messages.ts';
import { type ScriptedRead, type ScriptedRequest, ScriptedTransport } from '../../scripted-transport.ts';

/** The text of a request. */
const textOf = (request: ScriptedRequest): string => new TextDecoder().decode(request.bytes.subarray(16));

/** Whether a request asks for a dump. */
export const isDump = (request: ScriptedRequest): boolean =>
  (request.flags & MessageFlag.DUMP) === MessageFlag.DUMP;

/** Answers with the request's own text, in a dump twice; `bad` is refused. */
export function echo(request: ScriptedRequest, replies: ScriptedRead[]): void {
  const text = textOf(request);
  if (isDump(request))
    replies.push(
      multiMessage(request.sequence, text),
      multiMessage(request.sequence, text),
      done(request.sequence),
    );
  else if (text === 'bad') replies.push(ack(request.sequence, constants.errno.EEXIST));
  else replies.push(reply(request.sequence, text), ack(request.sequence));
}

/** Answers a dump with this number of datagrams before NLMSG_DONE, and any other request with `do`. */
export function transportWithDump(
  datagrams: number,
  options: { repliesWithinSend?: boolean } = {},
): ScriptedTransport {
  return new ScriptedTransport((request, replies) => {
    if (!isDump(request)) {
      replies.push(reply(request.sequence, 'do'), ack(request.sequence));
      return;
    }
    for (let index = 0; index < datagrams; index++) replies.push(multiMessage(request.sequence, `${index}`));
    replies.push(done(request.sequence));
  }, options);
}
