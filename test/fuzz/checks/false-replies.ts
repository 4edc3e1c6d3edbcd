import type { Transport } from '../../../lib/netlink/socket/transport.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { readMessages, write } from '../mutation/netlink-tree.ts';

const NLCTRL_ID = 16;
/**
 * Number of requests of an operation that get a false reply: each service in one can make the client send another
 * request.
 */
export const REQUESTS_WITH_FALSE_REPLIES = 3;

/**
 * Returns a transport to a fake kernel, in which the replies to the next `requestsWithFalseReplies` requests to the
 * IPVS family are preceded by the messages of `input`, each in its own datagram.
 */
export function transportWithFalseReplies(
  input: Uint8Array,
): Transport & { requestsWithFalseReplies: number } {
  const transport = new FakeKernel({ singleDump: 'nested' }).connect();
  const falseMessages = readMessages(input).map((part) => write([part]));
  let replies: Uint8Array[] = [];
  return {
    requestsWithFalseReplies: REQUESTS_WITH_FALSE_REPLIES,
    portId: transport.portId,
    repliesWithinSend: true,
    send(datagram) {
      const request = new DataView(datagram.buffer, datagram.byteOffset);
      if (request.getUint16(4, true) !== NLCTRL_ID && this.requestsWithFalseReplies-- > 0) {
        for (const message of falseMessages)
          setSequenceAndPortId(message, request.getUint32(8, true), transport.portId);
        replies = [...falseMessages];
      }
      transport.send(datagram);
    },
    receive(into) {
      const reply = replies.shift();
      if (reply === undefined) return transport.receive(into);
      into.set(reply.subarray(0, into.length));
      return Math.min(reply.length, into.length);
    },
    receiveAsync: (into) => transport.receiveAsync(into),
    close: () => transport.close(),
  };
}

function setSequenceAndPortId(message: Uint8Array, sequence: number, portId: number): void {
  if (message.length < 16) return;
  const data = new DataView(message.buffer);
  data.setUint32(8, sequence, true);
  data.setUint32(12, portId, true);
}
