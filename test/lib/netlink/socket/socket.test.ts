import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { ClosedError, KernelError, ReplyLostError, SystemCallError } from '../../../../lib/netlink/errors.ts';
import { getFamily } from '../../../../lib/netlink/families/family-directory.ts';
import { doRequest } from '../../../../lib/netlink/request/request.ts';
import { NetlinkSocket, type NetlinkSocketOptions } from '../../../../lib/netlink/socket/socket.ts';
import { MessageWriter, NetlinkProtocol } from '../../../../protocol/netlink/index.ts';
import { descriptors } from '../../descriptors.ts';

const { ECONNREFUSED, EINVAL, EMSGSIZE, ENOBUFS, ENOENT, EPERM, EPROTONOSUPPORT } = constants.errno;

function errnoThrown(action: () => unknown): number {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof SystemCallError, String(error));
    return error.errno;
  }
  return 0;
}

/** A request of nlctrl for a family that does not exist. */
function badRequest(sequence: number): Uint8Array {
  const writer = new MessageWriter();
  const offset = writer.beginMessage({ type: 16, flags: 5, sequence });
  writer.u8(3);
  writer.reserve(3);
  writer.endMessage(offset);
  return writer.copy();
}

describe('NetlinkSocket', () => {
  it('rule 2: has the reply ready when send returns', () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, readTimeout: 60_000 });
    const started = performance.now();
    socket.send(badRequest(1));
    assert.ok(socket.receive(new Uint8Array(65536)) > 0);
    assert.ok(performance.now() - started < 50_000);
    assert.equal(socket.repliesWithinSend, true);
  });

  it('rule 3: leaves out that a dump ended well where it is told to', () => {
    const options = { protocol: NetlinkProtocol.GENERIC, nonBlocking: true } as const;
    const parts = (socket: NetlinkSocket): number[] => {
      const writer = new MessageWriter();
      // A dump of all families.
      const offset = writer.beginMessage({ type: 16, flags: 0x305, sequence: 1, portId: socket.portId });
      writer.u8(3);
      writer.u8(2);
      writer.u16(0);
      writer.endMessage(offset);
      socket.send(writer.copy());
      const types: number[] = [];
      const room = Buffer.alloc(65536);
      while (socket.receive(room) >= 0) types.push(room.readUInt16LE(4));
      return types;
    };
    using usual = NetlinkSocket.open(options);
    using silent = NetlinkSocket.open({ ...options, omitDone: true });
    assert.deepEqual([usual.omitsDone, silent.omitsDone], [false, true]);
    const all = parts(usual);
    assert.equal(all.at(-1), 3);
    assert.deepEqual(parts(silent), all.slice(0, -1));
    silent.send(badRequest(2));
    assert.ok(silent.receive(new Uint8Array(65536)) > 0, 'an error passes');
  });

  it('opens others for dumps, which are closed with it, where the kernel is its peer', () => {
    const before = descriptors();
    const socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC });
    const [one, another] = [socket.openForDumps()!, socket.openForDumps()!];
    assert.deepEqual([one.omitsDone, new Set([socket.portId, one.portId, another.portId]).size], [true, 3]);
    assert.equal(one.receive(new Uint8Array(4096)), -1);
    one.close();
    assert.equal(descriptors(), before + 2);
    socket.close();
    assert.throws(() => another.receive(new Uint8Array(4096)), ClosedError);
    assert.throws(() => socket.openForDumps(), ClosedError);
    assert.equal(descriptors(), before);
    using served = NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: 77777 });
    assert.equal(served.openForDumps(), undefined);
  });

  it('rule 7: tells the largest datagram, and the kernel refuses a larger one', () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC });
    const datagram = new Uint8Array(socket.maximumDatagram + 1);
    assert.equal(
      errnoThrown(() => socket.send(datagram)),
      EMSGSIZE,
    );
    socket.send(datagram.subarray(1));
  });

  it('rule 8: loses replies beyond the receive buffer, and says so', () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, receiveBuffer: 4096 });
    const writer = new MessageWriter();
    for (let sequence = 1; sequence <= 200; sequence++) writer.raw(badRequest(sequence));
    socket.send(writer.bytes);
    const into = new Uint8Array(65536);
    assert.equal(
      errnoThrown(() => socket.receive(into)),
      ENOBUFS,
    );
    let survived = 0;
    while (socket.receive(into) > 0) survived++;
    assert.ok(survived > 0 && survived < 200, `${survived} survived`);
  });

  it('rule 8: a batch that a connection bounds loses nothing, whatever its size', () => {
    using connection = ConnectionSync.open({ protocol: NetlinkProtocol.GENERIC, receiveBuffer: 64 * 1024 });
    const outcomes = connection.runAll(Array.from({ length: 2000 }, () => getFamily('nlctrl')));
    assert.ok(outcomes.every((outcome) => outcome.ok));
    assert.equal(connection.stats.overruns, 0);
  });

  it('rule 8: a connection that is told a larger buffer than it has fails the lost ones only', () => {
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

  it('talks to the one peer that it is told, and only to it', () => {
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

  it('rule 14: says -1 when there is nothing, within the idle time', async () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, readTimeout: 20 });
    const started = performance.now();
    assert.equal(socket.receive(new Uint8Array(65536)), -1);
    assert.equal(await socket.receiveAsync(new Uint8Array(65536)), -1);
    const took = performance.now() - started;
    assert.ok(took >= 30, `${took} ms`);
  });

  it('rule 14: tries again when a signal interrupts it', () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, readTimeout: 300 });
    // It stays: a signal without a listener would end the process.
    process.on('SIGUSR2', () => undefined);
    const killer = spawn('sh', ['-c', `for i in 1 2 3; do sleep 0.1; kill -USR2 ${process.pid}; done`], {
      stdio: 'ignore',
    });
    while (!/\) Z /.test(readFileSync(`/proc/${killer.pid}/stat`, 'utf8'))) {
      assert.equal(socket.receive(new Uint8Array(65536)), -1);
    }
  });

  it('rule 15: names what is wrong with a network namespace, and leaves no descriptor behind', () => {
    const before = descriptors();
    const open = (netns: string) => () => NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, netns });
    assert.equal(errnoThrown(open('/nonexistent/namespace')), ENOENT);
    assert.ok([EINVAL, EPERM].includes(errnoThrown(open('/etc/hostname'))));
    assert.throws(open('/nonexistent/namespace'), /there is no such network namespace/);
    assert.equal(
      errnoThrown(() => NetlinkSocket.open({ protocol: 31 })),
      EPROTONOSUPPORT,
    );
    for (const [field, options] of [
      ['protocol', {}],
      ['protocol', { protocol: 1.5 }],
      ['peer', { protocol: NetlinkProtocol.GENERIC, peer: -1 }],
      ['peer', { protocol: NetlinkProtocol.GENERIC, peer: '7' }],
      ['readTimeout', { protocol: NetlinkProtocol.GENERIC, readTimeout: 0 }],
      ['receiveBuffer', { protocol: NetlinkProtocol.GENERIC, receiveBuffer: -1 }],
      ['sendBuffer', { protocol: NetlinkProtocol.GENERIC, sendBuffer: Number.NaN }],
      ['netns', { protocol: NetlinkProtocol.GENERIC, netns: '' }],
      ['nonBlocking', { protocol: NetlinkProtocol.GENERIC, nonBlocking: 1 }],
      ['groups', { protocol: NetlinkProtocol.GENERIC, groups: 1 }],
      ['groups', { protocol: NetlinkProtocol.GENERIC, groups: [0] }],
      ['netnss', { protocol: NetlinkProtocol.GENERIC, netnss: '/run/netns/blue' }],
    ] as const) {
      assert.throws(() => NetlinkSocket.open(options as unknown as NetlinkSocketOptions), {
        code: 'ERR_INVALID_FIELD',
        field,
      });
    }
    assert.equal(
      errnoThrown(() => NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, groups: [9999] })),
      EINVAL,
    );
    assert.equal(descriptors(), before);
  });

  it('rule 15: makes the socket in the namespace and comes back', (context) => {
    const script = fileURLToPath(new URL('./in-namespace.js', import.meta.url));
    const probe = spawnSync('unshare', ['--user', '--map-root-user', '--net', 'true']);
    if (probe.status !== 0) {
      context.skip('this machine does not let this user make network namespaces (unshare --user --net)');
      return;
    }
    const output = execFileSync('unshare', ['--user', '--map-root-user', '--net', process.execPath, script]);
    assert.deepEqual(JSON.parse(output.toString()), {
      outside: false,
      inside: true,
      beside: true,
      back: true,
      outsideAgain: false,
    });
  });

  it('rule 17: gives the descriptor back when closed, and no read begins after that', async () => {
    const before = descriptors();
    const socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC });
    const pending = socket.receiveAsync(new Uint8Array(65536));
    socket.close();
    socket.close();
    assert.throws(() => socket.receive(new Uint8Array(65536)), ClosedError);
    await assert.rejects(socket.receiveAsync(new Uint8Array(65536)), ClosedError);
    assert.equal(await pending, -1);
    assert.equal(descriptors(), before);
  });

  it('holds process.exit while a read is pending no longer than the read waits', () => {
    const module = new URL('../../../../lib/netlink/socket/socket.js', import.meta.url).href;
    const script = `import { NetlinkSocket } from '${module}';
      const socket = NetlinkSocket.open({ protocol: 16, readTimeout: 1000 });
      socket.receiveAsync(new Uint8Array(65536)).then(() => console.log('read'));
      setTimeout(() => { console.log(Date.now()); process.exit(); }, 10);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script]);
    const held = Date.now() - Number(output.toString());
    assert.ok(held < 50_000, `${held} ms`);
  });

  it('100 000 requests leave no descriptor behind and memory flat', () => {
    const before = descriptors();
    using connection = ConnectionSync.open({ protocol: NetlinkProtocol.GENERIC });
    const request = doRequest({
      command: 'GETFAMILY',
      type: 16,
      encode: (writer) => getFamily('nlctrl').encode(writer),
    });
    const run = (count: number): void => {
      for (let index = 0; index < count; index += 1000) {
        const outcomes = connection.runAll(Array.from({ length: 1000 }, () => request));
        assert.ok(outcomes.every((outcome) => outcome.ok));
      }
    };
    run(10_000);
    const memory = residentBytes();
    run(90_000);
    const grown = residentBytes() - memory;
    assert.equal(connection.stats.requests, 100_000);
    assert.ok(grown < 48 << 20, `memory has grown by ${grown} bytes`);
    connection.close();
    assert.equal(descriptors(), before);
  });
});

/** Runs a program that is given the built library's place; its output. */
function runProgram(program: string, ...before: string[]): string {
  const library = new URL('../../../../lib/netlink.js', import.meta.url).href;
  const source = `import * as netlink from '${library}';\n${program}`;
  const [command, ...words] = [...before, process.execPath, '--input-type=module', '-e', source];
  return execFileSync(command as string, words, { encoding: 'utf8' });
}

describe('the general layer', () => {
  it('works without any rights', (context) => {
    const program = `
      {
        const socket = netlink.GenericNetlinkSync.open();
        const route = netlink.ConnectionSync.open({ protocol: netlink.NetlinkProtocol.ROUTE });
        const buffer = netlink.NetlinkSocket.open({ protocol: 16, receiveBuffer: 1 << 26 }).receiveBuffer;
        console.log(process.getuid(), socket.family('nlctrl').id, route.run(netlink.listLinks()).length > 0, buffer > 0);
        socket.close();
        route.close();
      }`;
    if (process.getuid?.() !== 0) {
      assert.match(runProgram(program), /^\d+ 16 true true\n$/);
      return;
    }
    if (spawnSync('setpriv', ['--version']).status !== 0) {
      context.skip('running as root, and there is no setpriv (util-linux) to give the rights up with');
      return;
    }
    const drop = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--bounding-set=-all'];
    assert.equal(runProgram(program, ...drop), '65534 16 true true\n');
  });

  it('works in two workers at once', async () => {
    const script = new URL('./netlink-worker.js', import.meta.url);
    const answers = [0, 1].map(async () => {
      const worker = new Worker(script);
      const [answer] = (await once(worker, 'message')) as [number];
      await once(worker, 'exit');
      return answer;
    });
    assert.deepEqual(await Promise.all(answers), [2001, 2001]);
  });
});

function residentBytes(): number {
  const [, pages] = readFileSync('/proc/self/statm', 'utf8').split(' ');
  return Number(pages) * 4096;
}
