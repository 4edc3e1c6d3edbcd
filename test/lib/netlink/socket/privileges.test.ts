import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

/** Runs a program, in which `netlink` is the built library, through the command `prefix`; returns its output. */
function runProgram(program: string, ...prefix: string[]): string {
  const library = new URL('../../../../lib/netlink.js', import.meta.url).href;
  const source = `import * as netlink from '${library}';\n${program}`;
  const [command, ...args] = [...prefix, process.execPath, '--input-type=module', '-e', source];
  return execFileSync(command as string, args, { encoding: 'utf8' });
}

describe('lib/netlink', () => {
  it('works without any privileges', (context) => {
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
      context.skip('running as root, and there is no setpriv (util-linux) to drop the privileges with');
      return;
    }
    const drop = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--bounding-set=-all'];
    assert.equal(runProgram(program, ...drop), '65534 16 true true\n');
  });
});
