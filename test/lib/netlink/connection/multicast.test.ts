import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemCallError } from '../../../../lib/netlink/errors.ts';
import { MulticastListener, type Notification } from '../../../../lib/netlink/socket/multicast.ts';
import { NetlinkSocket } from '../../../../lib/netlink/socket/socket.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';
import { datagram, reply } from '../../messages.ts';

/** A listener and the one who may talk to it: two sockets of NETLINK_USERSOCK. */
function pair(backlog?: number): { listener: MulticastListener; speaker: NetlinkSocket } & Disposable {
  const listener = MulticastListener.open({ protocol: NetlinkProtocol.USERSOCK, peer: null, backlog });
  const speaker = NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: listener.portId });
  return {
    listener,
    speaker,
    [Symbol.dispose]: () => {
      listener.close();
      speaker.close();
    },
  };
}

function typeOf(notification: Notification): number | 'lost' {
  return notification.kind === 'lost' ? 'lost' : notification.message.type;
}

describe('MulticastListener', () => {
  it('rule 2: wakes for events that come by themselves', async () => {
    using both = pair();
    const heard: (number | 'lost')[] = [];
    setTimeout(
      () => both.speaker.send(datagram(reply(0, 'a', { type: 20 }), reply(0, 'b', { type: 21 }))),
      5,
    );
    setTimeout(() => both.speaker.send(reply(0, 'c', { type: 22 })), 10);
    for await (const notification of both.listener) {
      heard.push(typeOf(notification));
      if (heard.length === 3) break;
    }
    assert.deepEqual(heard, [20, 21, 22]);
  });

  it('rule 8: says that some were lost when nobody takes them', async () => {
    using both = pair(2);
    for (let type = 20; type < 25; type++) both.speaker.send(reply(0, '', { type }));
    // The socket is polled between two turns: after a few of them all five have been read.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    const heard: (number | 'lost')[] = [];
    for await (const notification of both.listener) {
      heard.push(typeOf(notification));
      if (heard.length === 3) both.speaker.send(reply(0, '', { type: 30 }));
      if (heard.length === 4) break;
    }
    assert.deepEqual(heard, [20, 21, 'lost', 30]);
  });

  it('rule 17: ends when it is closed', async () => {
    using both = pair();
    setTimeout(() => both.listener.close(), 5);
    let heard = 0;
    for await (const _notification of both.listener) heard++;
    assert.equal(heard, 0);
  });

  it('joins groups of the kernel, and names a group that there is not', () => {
    MulticastListener.open({ protocol: NetlinkProtocol.ROUTE, groups: [1] }).close();
    assert.throws(
      () => MulticastListener.open({ protocol: NetlinkProtocol.ROUTE, groups: [60000] }),
      SystemCallError,
    );
  });
});
