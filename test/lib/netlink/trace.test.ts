import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const library = (name: string): string =>
  JSON.stringify(pathToFileURL(`${import.meta.dirname}/../../../lib/${name}`));

function stderrOf(program: string, environment: Readonly<Record<string, string>>): string {
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  assert.equal(status, 0, stderr);
  return stderr;
}

const PROGRAM = `
  import { Ipvs, IpvsSync } from ${library('index.js')};
  import { FakeKernel } from ${library('testing/index.js')};
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const client = IpvsSync.open({ transport: kernel.connect() });
  client.addService({ protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'wlc' });
  await using other = await Ipvs.open({ transport: kernel.connect() });
  await other.dump();
  await other.deleteService({ protocol: 'tcp', address: '192.0.2.1', port: 81 }).catch(() => undefined);
`.replace('await using', 'const');

test('NODE_DEBUG=ipvs-netlink prints every message sent and received, decoded', () => {
  const text = stderrOf(PROGRAM, { NODE_DEBUG: 'ipvs-netlink' });
  assert.match(text, /port \d+ sent \d+ bytes\n {2}nlctrl GET_FAMILY \[REQUEST ACK\] sequence \d+/);
  assert.match(
    text,
    /IPVS NEW_SERVICE \[REQUEST ACK\] .*\n {4}service\n {6}family: ipv4\n(.*\n)* {6}scheduler: wlc/,
  );
  assert.match(text, /received \d+ bytes\n {2}IPVS NEW_SERVICE \[.*MULTI/);
  assert.match(text, /received \d+ bytes\n {2}NLMSG_ERROR ESRCH/);
});

test('messages of NETLINK_ROUTE are decoded, too', () => {
  const program = `
    import { ConnectionSync, listLinks, NetlinkProtocol } from ${library('netlink.js')};
    const connection = ConnectionSync.open({ protocol: NetlinkProtocol.ROUTE });
    connection.run(listLinks());
    connection.close();
  `;
  const text = stderrOf(program, { NODE_DEBUG: 'ipvs-netlink' });
  assert.match(text, /sent \d+ bytes\n {2}ROUTE GET_LINK/);
  assert.match(text, /ROUTE NEW_LINK/);
});

test('nothing is printed otherwise', () => {
  assert.equal(stderrOf(PROGRAM, { NODE_DEBUG: 'http' }), '');
});
