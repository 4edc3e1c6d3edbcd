import { DecodeError, MessageType, type MessageWalker } from '../../../protocol/netlink/index.ts';
import { TruncatedError } from '../errors.ts';

/** Moves to the next message; throws a TruncatedError if its length exceeds the datagram. */
export function nextMessage(walker: MessageWalker): boolean {
  try {
    return walker.next();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new TruncatedError(`a datagram is truncated: ${error.problem}`);
  }
}

/** Yields the sequence numbers of the messages to `portId` that end a request: NLMSG_DONE and NLMSG_ERROR. */
export function* endingSequences(walker: MessageWalker, portId: number): Generator<number, void, void> {
  const { message } = walker;
  while (nextMessage(walker)) {
    const ends = message.type === MessageType.DONE || message.type === MessageType.ERROR;
    if (ends && message.portId === portId) yield message.sequence;
  }
}
