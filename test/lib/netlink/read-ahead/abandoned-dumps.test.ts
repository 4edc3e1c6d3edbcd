import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';
import { ClosedError, DeadlineError } from '../../../../lib/index.ts';
import { Connection } from '../../../../lib/netlink/connection/connection.ts';
import type { RequestOptions } from '../../../../lib/netlink/connection/lifetime.ts';
import { connectNetlink } from '../../../../lib/netlink/socket/libc.ts';
import { NetlinkSocket } from '../../../../lib/netlink/socket/socket.ts';
import {
  ByteView,
  encodeAck,
  encodeDone,
  MessageFlag,
  MessageType,
  MessageWalker,
  MessageWriter,
  NetlinkProtocol,
} from '../../../../protocol/netlink/index.ts';
import { openDescriptorCount } from '../../descriptors.ts';
import { TextCall } from '../text-call.ts';
import { becomesTrue, countDumps, type DumpCounts, waitForFreeThread } from './dump-counts.ts';

/** A peer that the test controls: it reads one request at a time, and sends what the test passes to `send`. */
class Peer {
  readonly #server = NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: null, readTimeout: 20 });
  readonly clientSocket = NetlinkSocket.open({
    protocol: NetlinkProtocol.USERSOCK,
    peer: this.#server.portId,
  });

  constructor() {
    assert.equal(connectNetlink(this.#server.fd, this.clientSocket.portId), 0);
  }

  /** The sequence number of the next request. */
  async request(): Promise<number> {
    const into = new Uint8Array(65536);
    for (let waited = 0; waited < 100; waited++) {
      const length = await this.#server.receiveAsync(into);
      if (length < 0) continue;
      const walker = new MessageWalker(new ByteView(into.slice(0, length)), 0, length);
      assert.ok(walker.next());
      return walker.message.sequence;
    }
    assert.fail('no request came');
  }

  send(type: number, sequence: number, body = ''): void {
    const writer = new MessageWriter();
    const header = { sequence, portId: this.clientSocket.portId };
    if (type === MessageType.DONE) encodeDone(writer, { ...header, errno: 0, flags: 0 });
    else if (type === MessageType.ERROR) {
      const request = new Uint8Array(16).fill(16, 0, 1);
      encodeAck(writer, { ...header, errno: 0, extended: undefined, request, capped: true });
    } else {
      const offset = writer.beginMessage({ type, flags: MessageFlag.MULTI, ...header });
      writer.raw(new TextEncoder().encode(body));
      writer.endMessage(offset);
    }
    this.#server.send(writer.bytes);
  }

  [Symbol.dispose](): void {
    this.#server.close();
    this.clientSocket.close();
  }
}

const MESSAGE_TYPE = 30;

const MESSAGES = 6;

/** Sends messages of a dump, with `name` and a number as their text. */
function sendMessages(peer: Peer, sequence: number, name: string): void {
  for (let index = 0; index < MESSAGES; index++) peer.send(MESSAGE_TYPE, sequence, `${name} ${index}`);
}

function assertMessages(texts: readonly string[], name: string): void {
  assert.deepEqual(
    texts.map((one) => one.replace(/\0+$/, '')),
    Array.from({ length: MESSAGES }, (_, index) => `${name} ${index}`),
  );
}

/** Starts a dump whose first messages the peer sends, but not the end; resolves when they have been read. */
async function startHalfReadDump(
  connection: Connection,
  peer: Peer,
  counts: DumpCounts,
  options: RequestOptions = {},
): Promise<{ readonly dump: Promise<string[]>; readonly sequence: number }> {
  const { withThread } = counts;
  const { datagrams } = connection.stats;
  const dump = connection.run(new TextCall('all', { dump: true }), options);
  dump.catch(() => undefined);
  const sequence = await peer.request();
  sendMessages(peer, sequence, 'half');
  assert.ok(await becomesTrue(() => connection.stats.datagrams === datagrams + MESSAGES));
  assert.equal(counts.withThread, withThread + 1);
  return { dump, sequence };
}

// The rules are those of lib/netlink/README.md.
describe('a dump that the read-ahead thread has read half of', () => {
  before(waitForFreeThread);
  beforeEach(waitForFreeThread);

  it('rule 17: is rejected by closing, and the descriptor is closed', async () => {
    using peer = new Peer();
    const counts = { withThread: 0, withoutThread: 0 };
    const connection = new Connection(countDumps(peer.clientSocket, counts));
    const { dump } = await startHalfReadDump(connection, peer, counts);
    const count = openDescriptorCount();
    await connection.close();
    await assert.rejects(dump, ClosedError);
    assert.ok(await becomesTrue(() => openDescriptorCount() === count - 1));
  });

  it('rule 17: ends when somebody else closes its socket', async () => {
    using peer = new Peer();
    const counts = { withThread: 0, withoutThread: 0 };
    await using connection = new Connection(countDumps(peer.clientSocket, counts));
    const { dump } = await startHalfReadDump(connection, peer, counts);
    const count = openDescriptorCount();
    peer.clientSocket.close();
    await assert.rejects(dump, ClosedError);
    assert.ok(await becomesTrue(() => openDescriptorCount() === count - 1));
  });

  it('rule 17: ends at a deadline and by a signal; its rest is dropped, and the next dump is complete', async () => {
    using peer = new Peer();
    const counts = { withThread: 0, withoutThread: 0 };
    await using connection = new Connection(countDumps(peer.clientSocket, counts));
    const assertNextIsComplete = async (abandoned: number): Promise<void> => {
      const next = connection.run(new TextCall('all', { dump: true }));
      sendMessages(peer, abandoned, 'rest');
      peer.send(MessageType.DONE, abandoned);
      const sequence = await peer.request();
      sendMessages(peer, sequence, 'next');
      peer.send(MessageType.DONE, sequence);
      assertMessages(await next, 'next');
    };
    const late = await startHalfReadDump(connection, peer, counts, { deadline: 200 });
    await assert.rejects(late.dump, DeadlineError);
    await assertNextIsComplete(late.sequence);
    const controller = new AbortController();
    const aborted = await startHalfReadDump(connection, peer, counts, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await assert.rejects(aborted.dump, /enough/);
    await assertNextIsComplete(aborted.sequence);
  });
});

describe('what the read-ahead thread reads after a dump', () => {
  before(waitForFreeThread);

  it('rule 8: is not lost when the dump fails and requests follow at once', async () => {
    for (let round = 0; round < 5; round++) {
      using peer = new Peer();
      const counts = { withThread: 0, withoutThread: 0 };
      await using connection = new Connection(countDumps(peer.clientSocket, counts));
      const dump = connection.run(new TextCall('all', { dump: true }));
      const lost = assert.rejects(dump, { code: 'ERR_REPLY_LOST' });
      const sequence = await peer.request();
      sendMessages(peer, sequence, 'lost');
      await becomesTrue(() => connection.stats.datagrams >= MESSAGES);
      assert.equal(counts.withThread, 1);
      peer.send(MessageType.OVERRUN, 0);
      await becomesTrue(() => connection.stats.overruns === 1);
      // It is queued until everything that was there has been read, and is then sent at once.
      const after = connection.run(new TextCall('after'), { deadline: 3000 });
      const next = await peer.request();
      peer.send(MESSAGE_TYPE, next, 'answer');
      peer.send(MessageType.ERROR, next);
      await lost;
      assert.deepEqual(await after, ['answer']);
    }
  });

  it('a dump that follows at once is read, too', async () => {
    using peer = new Peer();
    await using connection = new Connection(peer.clientSocket);
    const calls = Array.from({ length: 50 }, () => new TextCall('all', { dump: true }));
    const dumps = connection.runAll(calls);
    for (let count = 0; count < calls.length; count++) {
      const sequence = await peer.request();
      sendMessages(peer, sequence, `dump ${count}`);
      peer.send(MessageType.DONE, sequence);
    }
    for (const [count, outcome] of (await dumps).entries()) {
      assert.ok(outcome.ok);
      assertMessages(outcome.value, `dump ${count}`);
    }
  });
});
