import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemCallError } from '../../../../lib/netlink/errors.ts';
import { MulticastListener, type Notification } from '../../../../lib/netlink/socket/multicast.ts';
import { NetlinkSocket } from '../../../../lib/netlink/socket/socket.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';
import { datagram, reply } from '../../messages.ts';

/** A listener and a sender for it: two sockets of NETLINK_USERSOCK. */
function pair(backlog?: number): { listener: MulticastListener; sender: NetlinkSocket } & Disposable {
  const listener = MulticastListener.open({ protocol: NetlinkProtocol.USERSOCK, peer: null, backlog });
  const sender = NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: listener.portId });
  return {
    listener,
    sender,
    [Symbol.dispose]: () => {
      listener.close();
      sender.close();
    },
  };
}

function typeOf(notification: Notification): number | 'lost' {
  return notification.kind === 'lost' ? 'lost' : notification.message.type;
}

// The rules are those of lib/netlink/README.md.
describe('MulticastListener', () => {
  it('rule 2: yields notifications that arrive while its consumer waits', async () => {
    using both = pair();
    const received: (number | 'lost')[] = [];
    setTimeout(() => both.sender.send(datagram(reply(0, 'a', { type: 20 }), reply(0, 'b', { type: 21 }))), 5);
    setTimeout(() => both.sender.send(reply(0, 'c', { type: 22 })), 10);
    for await (const notification of both.listener) {
      received.push(typeOf(notification));
      if (received.length === 3) break;
    }
    assert.deepEqual(received, [20, 21, 22]);
  });

  it('rule 8: reports lost notifications when nobody reads them', async () => {
    using both = pair(2);
    for (let type = 20; type < 25; type++) both.sender.send(reply(0, '', { type }));
    // The socket is polled between two turns: after a few of them all five have been read.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    const received: (number | 'lost')[] = [];
    for await (const notification of both.listener) {
      received.push(typeOf(notification));
      if (received.length === 3) both.sender.send(reply(0, '', { type: 30 }));
      if (received.length === 4) break;
    }
    assert.deepEqual(received, [20, 21, 'lost', 30]);
  });

  it('rule 17: ends when it is closed', async () => {
    using both = pair();
    setTimeout(() => both.listener.close(), 5);
    let received = 0;
    for await (const _notification of both.listener) received++;
    assert.equal(received, 0);
  });

  it('joins groups of the kernel, and fails for one that does not exist', () => {
    MulticastListener.open({ protocol: NetlinkProtocol.ROUTE, groups: [1] }).close();
    assert.throws(
      () => MulticastListener.open({ protocol: NetlinkProtocol.ROUTE, groups: [60000] }),
      SystemCallError,
    );
  });
});
