import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { ClosedError, KernelError, ReplyLostError } from '../../../../lib/netlink/errors.ts';
import { getFamily } from '../../../../lib/netlink/families/family-directory.ts';
import { doRequest } from '../../../../lib/netlink/request/request.ts';
import { NetlinkSocket } from '../../../../lib/netlink/socket/socket.ts';
import { MessageWriter, NetlinkProtocol } from '../../../../protocol/netlink/index.ts';
import { openDescriptorCount } from '../../descriptors.ts';
import { errnoThrown } from './errno-thrown.ts';

const { ECONNREFUSED, EMSGSIZE, ENOBUFS } = constants.errno;

/** A GETFAMILY request to nlctrl without the id or name of a family, which nlctrl answers with an error. */
function badRequest(sequence: number): Uint8Array {
  const writer = new MessageWriter();
  const offset = writer.beginMessage({ type: 16, flags: 5, sequence });
  writer.u8(3);
  writer.reserve(3);
  writer.endMessage(offset);
  return writer.copy();
}

// The rules are those of lib/netlink/README.md.
describe('NetlinkSocket', () => {
  it('rule 2: has the reply ready when send returns', () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, readTimeout: 60_000 });
    const started = performance.now();
    socket.send(badRequest(1));
    assert.ok(socket.receive(new Uint8Array(65536)) > 0);
    assert.ok(performance.now() - started < 50_000);
    assert.equal(socket.repliesWithinSend, true);
  });

  it('rule 3: drops the NLMSG_DONE of a successful dump with omitDone', () => {
    const options = { protocol: NetlinkProtocol.GENERIC, nonBlocking: true } as const;
    const messageTypes = (socket: NetlinkSocket): number[] => {
      const writer = new MessageWriter();
      // A dump of all families.
      const offset = writer.beginMessage({ type: 16, flags: 0x305, sequence: 1, portId: socket.portId });
      writer.u8(3);
      writer.u8(2);
      writer.u16(0);
      writer.endMessage(offset);
      socket.send(writer.copy());
      const types: number[] = [];
      const buffer = Buffer.alloc(65536);
      while (socket.receive(buffer) >= 0) types.push(buffer.readUInt16LE(4));
      return types;
    };
    using usual = NetlinkSocket.open(options);
    using omitting = NetlinkSocket.open({ ...options, omitDone: true });
    assert.deepEqual([usual.omitsDone, omitting.omitsDone], [false, true]);
    const all = messageTypes(usual);
    assert.equal(all.at(-1), 3);
    assert.deepEqual(messageTypes(omitting), all.slice(0, -1));
    omitting.send(badRequest(2));
    assert.ok(omitting.receive(new Uint8Array(65536)) > 0, 'an error is not dropped');
  });

  it('opens other sockets for dumps, which are closed with it, if the kernel is its peer', () => {
    const before = openDescriptorCount();
    const socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC });
    const [one, another] = [socket.openForDumps()!, socket.openForDumps()!];
    assert.deepEqual([one.omitsDone, new Set([socket.portId, one.portId, another.portId]).size], [true, 3]);
    assert.equal(one.receive(new Uint8Array(4096)), -1);
    one.close();
    assert.equal(openDescriptorCount(), before + 2);
    socket.close();
    assert.throws(() => another.receive(new Uint8Array(4096)), ClosedError);
    assert.throws(() => socket.openForDumps(), ClosedError);
    assert.equal(openDescriptorCount(), before);
    using toUserSpace = NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: 77777 });
    assert.equal(toUserSpace.openForDumps(), undefined);
  });

  it('rule 7: knows the size of the largest datagram, and the kernel refuses a larger one', () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC });
    const datagram = new Uint8Array(socket.maximumDatagram + 1);
    assert.equal(
      errnoThrown(() => socket.send(datagram)),
      EMSGSIZE,
    );
    socket.send(datagram.subarray(1));
  });

  it('rule 8: loses replies beyond the receive buffer, and reports ENOBUFS', () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, receiveBuffer: 4096 });
    const writer = new MessageWriter();
    for (let sequence = 1; sequence <= 200; sequence++) writer.raw(badRequest(sequence));
    socket.send(writer.bytes);
    const into = new Uint8Array(65536);
    assert.equal(
      errnoThrown(() => socket.receive(into)),
      ENOBUFS,
    );
    let arrived = 0;
    while (socket.receive(into) > 0) arrived++;
    assert.ok(arrived > 0 && arrived < 200, `${arrived} arrived`);
  });

  it('rule 8: a connection limits what is in flight, so that no batch loses replies, whatever its size', () => {
    using connection = ConnectionSync.open({ protocol: NetlinkProtocol.GENERIC, receiveBuffer: 64 * 1024 });
    const outcomes = connection.runAll(Array.from({ length: 2000 }, () => getFamily('nlctrl')));
    assert.ok(outcomes.every((outcome) => outcome.ok));
    assert.equal(connection.stats.overruns, 0);
  });

  it('rule 8: if a transport reports a larger buffer than it has, only requests with lost replies fail', () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, receiveBuffer: 4096 });
    const transport = {
      portId: socket.portId,
      repliesWithinSend: true,
      receiveBuffer: 1 << 22,
      maximumDatagram: socket.maximumDatagram,
      send: (datagram: Uint8Array) => socket.send(datagram),
      receive: (into: Uint8Array) => socket.receive(into),
      receiveAsync: (into: Uint8Array) => socket.receiveAsync(into),
      close: () => socket.close(),
    };
    const connection = new ConnectionSync(transport);
    const outcomes = connection.runAll(Array.from({ length: 100 }, () => getFamily('nlctrl')));
    const failed = outcomes.filter((outcome) => !outcome.ok);
    assert.ok(failed.length > 0 && failed.length < 100, `${failed.length} failed`);
    assert.ok(failed.every((outcome) => !outcome.ok && outcome.error instanceof ReplyLostError));
    assert.equal(connection.run(getFamily('nlctrl')).length, 1);
  });

  it('rule 10: refuses everybody but the kernel', () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK });
    using forger = NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: socket.portId });
    assert.equal(
      errnoThrown(() => forger.send(badRequest(1))),
      ECONNREFUSED,
    );
    assert.equal(socket.receive(new Uint8Array(65536)), -1);
  });

  it('exchanges datagrams with the peer of its options only', () => {
    using server = NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: null });
    using client = NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: server.portId });
    assert.equal(client.repliesWithinSend, false);
    const into = new Uint8Array(65536);
    client.send(badRequest(7));
    assert.equal(server.receive(into), 20);
    using stranger = NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: client.portId });
    assert.equal(
      errnoThrown(() => stranger.send(badRequest(1))),
      ECONNREFUSED,
    );
  });

  it('rule 11: reads back the port id that the kernel chose', () => {
    using first = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC });
    using second = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC });
    assert.notEqual(first.portId, 0);
    assert.notEqual(first.portId, second.portId);
    assert.equal(new ConnectionSync(second).run(getFamily('nlctrl')).length, 1);
  });

  it('rule 12: has extended acks on, and capped', () => {
    using connection = ConnectionSync.open({ protocol: NetlinkProtocol.GENERIC });
    const bad = doRequest({
      command: 'GETFAMILY',
      type: 16,
      encode: (writer) => {
        writer.u32(3);
        const offset = writer.beginAttribute(1);
        writer.u8(1);
        writer.endAttribute(offset);
        writer.reserve(2000);
      },
      attributePath: (_request, offset) => `offset ${offset}`,
    });
    assert.throws(
      () => connection.run(bad),
      (error: unknown) => {
        assert.ok(error instanceof KernelError);
        assert.equal(error.attribute, 'offset 20');
        assert.equal(typeof error.kernelMessage, 'string');
        return true;
      },
    );
    assert.ok(connection.stats.bytesReceived < 1000, `${connection.stats.bytesReceived} bytes`);
  });

  it('rule 14: returns -1 if nothing arrives within the read timeout', async () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, readTimeout: 20 });
    const started = performance.now();
    assert.equal(socket.receive(new Uint8Array(65536)), -1);
    assert.equal(await socket.receiveAsync(new Uint8Array(65536)), -1);
    const took = performance.now() - started;
    assert.ok(took >= 30, `${took} ms`);
  });

  it('rule 14: repeats a read that a signal interrupts', () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, readTimeout: 300 });
    // The listener is not removed: a signal without one would end the process.
    process.on('SIGUSR2', () => undefined);
    const killer = spawn('sh', ['-c', `for i in 1 2 3; do sleep 0.1; kill -USR2 ${process.pid}; done`], {
      stdio: 'ignore',
    });
    while (!/\) Z /.test(readFileSync(`/proc/${killer.pid}/stat`, 'utf8'))) {
      assert.equal(socket.receive(new Uint8Array(65536)), -1);
    }
  });

  it('rule 14: ends a read in time, even if a profiler interrupts it every millisecond', () => {
    const program = `
      import { NetlinkSocket } from ${JSON.stringify(import.meta.resolve('../../../../lib/netlink/socket/socket.js'))};
      const socket = NetlinkSocket.open({ protocol: ${NetlinkProtocol.GENERIC}, readTimeout: 20 });
      console.log(socket.receive(new Uint8Array(65536)), await socket.receiveAsync(new Uint8Array(65536)));`;
    const folder = mkdtempSync(join(tmpdir(), 'profile-'));
    const { stdout, signal } = spawnSync(
      process.execPath,
      ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--input-type=module', '--eval', program],
      { encoding: 'utf8', timeout: 10_000 },
    );
    rmSync(folder, { recursive: true });
    assert.deepEqual({ stdout, signal }, { stdout: '-1 -1\n', signal: null });
  });
});
