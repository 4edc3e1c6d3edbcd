import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { IpvsSync } from '../../../../lib/index.ts';
import { ReplyLostError, SystemCallError } from '../../../../lib/netlink/errors.ts';
import { doRequest } from '../../../../lib/netlink/request/request.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { MessageFlag } from '../../../../protocol/netlink/index.ts';
import { ack, reply } from '../../messages.ts';
import { ScriptedTransport } from '../../scripted-transport.ts';
import { connectionKinds } from './connection-kinds.ts';

const get = () =>
  doRequest({ command: 'GET_TEXT', object: 'text', type: 29, decode: (message) => message.sequence });

function isLost(error: unknown, reason: ReplyLostError['reason'], pattern: RegExp): true {
  assert.ok(error instanceof ReplyLostError, String(error));
  assert.equal(error.reason, reason);
  assert.match(error.message, pattern);
  return true;
}

for (const { name, connect } of connectionKinds) {
  describe(`a reply that does not come: ${name}`, () => {
    for (const repliesWithinSend of [true, false]) {
      it(`is distinguished from an empty one when its ack comes (within send: ${repliesWithinSend})`, async () => {
        const transport = new ScriptedTransport(
          ({ sequence }, replies) => {
            replies.push(new SystemCallError('recvmsg', constants.errno.ENOBUFS), ack(sequence));
          },
          { repliesWithinSend },
        );
        const connection = connect(transport);
        await assert.rejects(connection.run(get()), (error) =>
          isLost(error, 'missing', /^GET_TEXT of text: it was/),
        );
        const withoutReply = doRequest({ command: 'SET_TEXT', type: 29 });
        assert.deepEqual(
          await connection.run(withoutReply),
          [],
          'a request without `decode` waits for its ack only',
        );
        await connection.close();
      });
    }

    it('is an error that counts the replies with unknown sequence numbers that came instead', async () => {
      let first = 0;
      const transport = new ScriptedTransport(({ sequence }, replies) => {
        first ||= sequence;
        replies.push(reply(first, 'answer'), ack(sequence));
      });
      const connection = connect(transport);
      assert.deepEqual(await connection.run(get()), [1]);
      await assert.rejects(connection.run(get()), (error) =>
        isLost(error, 'missing', /1 replies with unknown sequence numbers were dropped/),
      );
      assert.equal(connection.stats.stale, 1);
      await connection.close();
    });

    it('and no ack either: the error says so, and names a protocol without acks', async () => {
      const transport = new ScriptedTransport(() => undefined);
      const connection = connect(transport);
      await assert.rejects(connection.run(get()), (error) =>
        isLost(error, 'no-response', /NETLINK_CONNECTOR/),
      );
      const unacknowledged = doRequest({ command: 'LISTEN', type: 29, acknowledged: false });
      assert.deepEqual(await connection.run(unacknowledged), []);
      assert.equal(transport.sent.at(-1)!.flags & MessageFlag.ACK, 0);
      assert.equal(transport.sent.length, 2);
      await connection.close();
    });
  });
}

describe('a reply of the kernel that is lost while its ack arrives', () => {
  for (const [lostRead, command] of [
    [0, 'GETFAMILY'],
    [2, 'GET_INFO'],
  ] as const) {
    it(`is not reported as a missing family or a malformed reply: ${command}`, () => {
      const transport = new FakeKernel().connect();
      const { receive } = transport;
      let reads = 0;
      transport.receive = (into) => {
        const length = receive.call(transport, into);
        if (reads++ === lostRead) throw new SystemCallError('recvmsg', constants.errno.ENOBUFS);
        return length;
      };
      using client = IpvsSync.open({ transport });
      assert.throws(
        () => client.info(),
        (error) => isLost(error, 'missing', new RegExp(`^${command}`)),
      );
    });
  }
});
