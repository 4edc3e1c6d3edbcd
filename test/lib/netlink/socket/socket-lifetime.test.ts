import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { ClosedError } from '../../../../lib/netlink/errors.ts';
import { getFamily } from '../../../../lib/netlink/families/family-directory.ts';
import { doRequest } from '../../../../lib/netlink/request/request.ts';
import { NetlinkSocket, type NetlinkSocketOptions } from '../../../../lib/netlink/socket/socket.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';
import { openDescriptorCount } from '../../descriptors.ts';
import { errnoThrown } from './errno-thrown.ts';

const { EINVAL, ENOENT, EPERM, EPROTONOSUPPORT } = constants.errno;

function residentBytes(): number {
  const [, pages] = readFileSync('/proc/self/statm', 'utf8').split(' ');
  return Number(pages) * 4096;
}

// The rules are those of lib/netlink/README.md.
describe('a NetlinkSocket from its opening to its end', () => {
  it('rule 15: names what is wrong with a network namespace, and leaves no descriptor behind', () => {
    const before = openDescriptorCount();
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
    assert.equal(openDescriptorCount(), before);
  });

  it('rule 15: makes the socket in the namespace and returns to its own', (context) => {
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
      insideOnSecondSocket: true,
      backInOwnNamespace: true,
      outsideAgain: false,
    });
  });

  it('rule 17: closes the descriptor, and no read begins after that', async () => {
    const before = openDescriptorCount();
    const socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC });
    const pending = socket.receiveAsync(new Uint8Array(65536));
    socket.close();
    socket.close();
    assert.throws(() => socket.receive(new Uint8Array(65536)), ClosedError);
    await assert.rejects(socket.receiveAsync(new Uint8Array(65536)), ClosedError);
    assert.equal(await pending, -1);
    assert.equal(openDescriptorCount(), before);
  });

  it('delays process.exit while a read is pending, but not beyond the read timeout', () => {
    const module = new URL('../../../../lib/netlink/socket/socket.js', import.meta.url).href;
    const script = `import { NetlinkSocket } from '${module}';
      const socket = NetlinkSocket.open({ protocol: 16, readTimeout: 1000 });
      socket.receiveAsync(new Uint8Array(65536)).then(() => console.log('read'));
      setTimeout(() => { console.log(Date.now()); process.exit(); }, 10);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script]);
    const delay = Date.now() - Number(output.toString());
    assert.ok(delay < 50_000, `${delay} ms`);
  });

  it('30 000 requests leave no descriptor behind and memory flat', () => {
    const before = openDescriptorCount();
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
    run(5000);
    const memory = residentBytes();
    run(25_000);
    const grown = residentBytes() - memory;
    assert.equal(connection.stats.requests, 30_000);
    assert.ok(grown < 48 << 20, `memory has grown by ${grown} bytes`);
    connection.close();
    assert.equal(openDescriptorCount(), before);
  });
});
