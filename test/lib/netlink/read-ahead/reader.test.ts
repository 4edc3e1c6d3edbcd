import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listFamilies } from '../../../../lib/netlink/families/family-directory.ts';
import { type ReadAhead, type ReadDatagram, readAhead } from '../../../../lib/netlink/read-ahead/reader.ts';
import { SLOTS } from '../../../../lib/netlink/read-ahead/ring.ts';
import { connectNetlink } from '../../../../lib/netlink/socket/libc.ts';
import { NetlinkSocket } from '../../../../lib/netlink/socket/socket.ts';
import {
  ByteView,
  MessageFlag,
  MessageType,
  MessageWalker,
  MessageWriter,
  NetlinkProtocol,
} from '../../../../protocol/netlink/index.ts';
import { openDescriptorCount } from '../../descriptors.ts';
import { done, multiMessage, reply } from '../../messages.ts';

const BUFFER_LENGTH = 65536;
const { REQUEST, DUMP } = MessageFlag;
const familiesRequest = listFamilies();

/** A GETFAMILY dump of nlctrl, which the kernel answers to anybody. */
function dumpRequest(sequence: number): Uint8Array {
  const writer = new MessageWriter();
  const offset = writer.beginMessage({ type: familiesRequest.type, flags: REQUEST | DUMP, sequence });
  familiesRequest.encode(writer);
  writer.endMessage(offset);
  return writer.copy();
}

/** The datagrams of a dump, read by this thread. */
function readHere(socket: NetlinkSocket, sequence: number): Buffer[] {
  socket.send(dumpRequest(sequence));
  const datagrams: Buffer[] = [];
  const into = Buffer.alloc(BUFFER_LENGTH);
  for (;;) {
    const length = socket.receive(into);
    assert.ok(length > 0);
    const datagram = Buffer.from(into.subarray(0, length));
    datagrams.push(datagram);
    const walker = new MessageWalker(new ByteView(datagram), 0, length);
    while (walker.next()) if (walker.message.type === MessageType.DONE) return datagrams;
  }
}

function bytesOf({ view, length }: ReadDatagram): Buffer {
  return Buffer.from(view.bytes.slice(0, Math.max(0, length)));
}

/** The next datagram that is not empty; `undefined` at the end. */
async function nextOf(ahead: ReadAhead): Promise<ReadDatagram | undefined> {
  for (;;) {
    const datagram = ahead.next();
    if (datagram === undefined && ahead.ended) return undefined;
    if (datagram === undefined) await ahead.readable();
    else if (datagram.length !== -1 || datagram.error !== undefined) return datagram;
  }
}

async function readAll(ahead: ReadAhead): Promise<Buffer[]> {
  const datagrams: Buffer[] = [];
  for (;;) {
    const datagram = await nextOf(ahead);
    if (datagram === undefined) break;
    assert.equal(datagram.error, undefined);
    datagrams.push(bytesOf(datagram));
  }
  await ahead.release();
  return datagrams;
}

/** Starts to read ahead as soon as the thread has started. */
async function begin(socket: NetlinkSocket, sequence: number): Promise<ReadAhead> {
  for (let waited = 0; waited < 500; waited++) {
    const ahead = socket.readAhead(sequence);
    if (ahead !== undefined) return ahead;
    await sleep(10);
  }
  assert.fail('the thread did not start');
}

/** Two sockets that are connected to each other. */
function pair(): { socket: NetlinkSocket; peer: NetlinkSocket } & Disposable {
  const peer = NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: null });
  const socket = NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: peer.portId });
  assert.equal(connectNetlink(peer.fd, socket.portId), 0);
  return {
    socket,
    peer,
    [Symbol.dispose](): void {
      socket.close();
      peer.close();
    },
  };
}

// The rules are those of lib/netlink/README.md.
describe('the read-ahead thread', () => {
  it('is not started for the first dump, and serves one at a time', async () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC });
    assert.equal(readAhead(socket.fd, 1), undefined);
    const ahead = await begin(socket, 1);
    using other = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC });
    assert.equal(other.readAhead(1), undefined);
    assert.equal(ahead.released, false);
    await ahead.release();
    assert.equal(ahead.released, true);
    const next = other.readAhead(1);
    assert.ok(next !== undefined);
    await next.release();
  });

  describe('once it has started', () => {
    before(async () => {
      using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC });
      await (await begin(socket, 1)).release();
    });

    it('reads a dump of the kernel datagram by datagram as a read of this thread does', async () => {
      using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC });
      // The kernel makes larger datagrams once it has seen the size of a read.
      readHere(socket, 6);
      for (let round = 0; round < 5; round++) {
        const expected = readHere(socket, 7);
        socket.send(dumpRequest(7));
        assert.deepEqual(await readAll(await begin(socket, 7)), expected);
      }
      assert.equal(socket.receive(new Uint8Array(BUFFER_LENGTH)), -1);
    });

    it('goes through thousands of short dumps without losing a wake-up', async () => {
      using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, readTimeout: 1000 });
      const expected = Buffer.concat(readHere(socket, 1));
      for (let sequence = 2; sequence < 3000; sequence++) {
        const early = sequence % 3 === 0 ? undefined : socket.readAhead(sequence);
        socket.send(dumpRequest(sequence));
        const ahead = early ?? socket.readAhead(sequence);
        assert.ok(ahead !== undefined);
        let length = 0;
        for (let datagram = await nextOf(ahead); datagram !== undefined; datagram = await nextOf(ahead)) {
          assert.equal(datagram.error, undefined);
          assert.equal(datagram.view.data.getUint32(8, true), sequence);
          length += datagram.length;
        }
        assert.equal(length, expected.length);
        await ahead.release();
      }
    });

    it('can be released at any moment, hundreds of times', async () => {
      using sockets = pair();
      const { socket, peer } = sockets;
      for (let round = 1; round <= 800; round++) {
        const ahead = socket.readAhead(round);
        assert.ok(ahead !== undefined, `round ${round}`);
        // Without a datagram, the thread waits until its read times out.
        if (round % 2 === 0) peer.send(multiMessage(round, 'part'));
        for (let spin = 0; spin < (round * 37) % 400; spin++) ahead.next();
        peer.send(done(round));
        if (round % 3 === 0) ahead.stopReading();
        await ahead.release();
        assert.equal(ahead.ended || ahead.next() !== undefined, true);
      }
    });

    it('fills its ring, waits for room, and goes on', async () => {
      using sockets = pair();
      const { socket, peer } = sockets;
      const sent = Array.from({ length: 5 * SLOTS + 3 }, (_, index) => multiMessage(9, `part ${index}`));
      for (const datagram of sent) peer.send(datagram);
      peer.send(done(9));
      const ahead = await begin(socket, 9);
      await sleep(30);
      assert.equal(ahead.ended, false);
      // The 16 slots of the ring hold the first of 84 datagrams; the others are still in the socket.
      const first = ahead.next();
      assert.ok(first !== undefined);
      await sleep(10);
      assert.deepEqual(bytesOf(first), Buffer.from(sent[0]!), 'it is valid until the next is fetched');
      assert.deepEqual(
        await readAll(ahead),
        [...sent.slice(1), done(9)].map((one) => Buffer.from(one)),
      );
    });

    it('reads no more than the ring has room for', async () => {
      using sockets = pair();
      const { socket, peer } = sockets;
      for (let index = 0; index < 3 * SLOTS; index++) peer.send(multiMessage(9, `part ${index}`));
      const ahead = await begin(socket, 9);
      await sleep(30);
      await ahead.release();
      const into = Buffer.alloc(BUFFER_LENGTH);
      const length = socket.receive(into);
      assert.equal(into.subarray(16, length).toString(), `part ${SLOTS}`);
    });

    it('stops after the end of its own dump, and reads no further', async () => {
      using sockets = pair();
      const { socket, peer } = sockets;
      const mine = [reply(3, 'of another request'), multiMessage(5, 'mine'), done(4), done(5)];
      for (const datagram of [...mine, reply(6, 'after')]) peer.send(datagram);
      const found = await readAll(await begin(socket, 5));
      assert.deepEqual(
        found,
        mine.map((one) => Buffer.from(one)),
      );
      const into = Buffer.alloc(BUFFER_LENGTH);
      const length = socket.receive(into);
      assert.equal(into.subarray(16, length).toString(), 'after');
    });

    it('ends at a malformed datagram, whose error is left to the decoder', async () => {
      using sockets = pair();
      const { socket, peer } = sockets;
      const bad = Buffer.alloc(24, 1);
      peer.send(bad);
      peer.send(multiMessage(5, 'after'));
      assert.deepEqual(await readAll(await begin(socket, 5)), [bad]);
    });

    it('reports that nothing is there, and the error with which reading fails', async () => {
      using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, readTimeout: 5 });
      const ahead = await begin(socket, 5);
      await ahead.readable();
      const nothing = ahead.next();
      assert.deepEqual([nothing?.length, nothing?.error], [-1, undefined]);
      await ahead.release();
      const failing = readAhead(1 << 20, 5);
      assert.ok(failing !== undefined);
      const failed = await nextOf(failing);
      assert.match(String(failed?.error), /recvmsg failed: EBADF/);
      assert.equal(await nextOf(failing), undefined);
      assert.equal(failing.ended, true);
      await failing.release();
    });

    it('distinguishes sequence numbers above 2^31', async () => {
      using sockets = pair();
      const { socket, peer } = sockets;
      for (const datagram of [done(0x7fffffff), done(0xffffffff)]) peer.send(datagram);
      assert.equal((await readAll(await begin(socket, 0xffffffff))).length, 2);
    });

    it('still returns what it has read before stopReading', async () => {
      using sockets = pair();
      const { socket, peer } = sockets;
      for (let index = 0; index < 3; index++) peer.send(multiMessage(9, `part ${index}`));
      const ahead = await begin(socket, 9);
      await ahead.readable();
      await sleep(10);
      ahead.stopReading();
      assert.equal((await readAll(ahead)).length, 3);
    });

    it('rule 17: the descriptor is closed when the thread no longer reads', async () => {
      const count = openDescriptorCount();
      const socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, readTimeout: 40 });
      const ahead = await begin(socket, 9);
      await sleep(5);
      socket.close();
      socket.close();
      assert.equal(socket.readAhead(9), undefined);
      assert.equal(openDescriptorCount(), count + 1, 'the thread still waits in its read');
      await ahead.release();
      await sleep(0);
      assert.equal(openDescriptorCount(), count);
    });
  });
});
