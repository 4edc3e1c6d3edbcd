import { DecodeError, MessageType, type MessageWalker } from '../../../protocol/netlink/index.ts';
import { TruncatedError } from '../errors.ts';

/** Steps to the next message; throws a TruncatedError where its length does not fit the datagram. */
export function nextMessage(walker: MessageWalker): boolean {
  try {
    return walker.next();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new TruncatedError(`a datagram was cut off: ${error.problem}`);
  }
}

/** The sequence numbers of the messages to `portId` that end a request: NLMSG_DONE and NLMSG_ERROR. */
export function* endingSequences(walker: MessageWalker, portId: number): Generator<number, void, void> {
  const { message } = walker;
  while (nextMessage(walker)) {
    const ends = message.type === MessageType.DONE || message.type === MessageType.ERROR;
    if (ends && message.portId === portId) yield message.sequence;
  }
}
