import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { IpvsSync, type ServiceDefinition } from '../../../lib/index.ts';
import { TmuxTerminal } from '../../lib/cli/top/tmux-terminal.ts';
import { addNamespace, deleteNamespace } from './namespace.ts';
import { firstLine, startIn } from './traffic/start-in.ts';
import { TcpClient } from './traffic/tcp-client.ts';

const name = 'top-suite';
const launcher = join(import.meta.dirname, '../../../lib/cli/launcher.cjs');
const web: ServiceDefinition = { protocol: 'tcp', address: '203.0.113.1', port: 80, scheduler: 'rr' };
const dns: ServiceDefinition = { protocol: 'udp', address: '203.0.113.1', port: 53, scheduler: 'wrr' };
const other: ServiceDefinition = {
  protocol: 'tcp',
  address: '2001:db8:ffff::1',
  port: 443,
  scheduler: 'wlc',
};
const server = { address: '203.0.113.1', port: 8080, forwarding: 'masq', weight: 1 } as const;
/** Each datagram makes a connection, as it comes from another port. */
const DATAGRAMS = 'while sleep 0.1; do echo datagram > /dev/udp/203.0.113.1/53; done';

describe('ipvs top in a terminal', () => {
  let terminal: TmuxTerminal;
  let tcpClient: TcpClient;
  const children: ChildProcess[] = [];
  const start = (): Promise<string> =>
    terminal.run(`clear; '${process.execPath}' '${launcher}' top; echo "status=$?"`, /^> tcp/m);

  before(async () => {
    addNamespace(name);
    using client = IpvsSync.open({ netns: `/run/netns/${name}` });
    for (const service of [web, dns, other]) client.addService(service);
    client.addDestination(web, server);
    for (const host of [7, 8])
      client.addDestination(dns, {
        address: `203.0.113.${host}`,
        port: 53,
        forwarding: 'masq',
        weight: host,
      });
    children.push(spawn('ip', ['netns', 'exec', name, 'bash', '-c', DATAGRAMS], { stdio: 'ignore' }));
    const echo = startIn(name, 'echo-server.js', server.address, String(server.port));
    children.push(echo);
    assert.equal(await firstLine(echo), 'ready');
    tcpClient = new TcpClient(name, web);
    for (let count = 0; count < 3; count++) assert.equal(await tcpClient.connect(), 'connected');
    terminal = new TmuxTerminal(`ip netns exec ${name}`);
    await terminal.restart(120, 20);
  });

  after(async () => {
    terminal.close();
    await tcpClient.end();
    for (const child of children) child.kill();
    deleteNamespace(name);
  });

  it('shows services, connections and rates, follows keys and the size, and quits', async () => {
    await start();
    await terminal.waitFor(/^ipvs top .* {2}services: 3, real servers: 3 {2}by conns, every 2 s$/m);
    // The open TCP connections; then those that datagrams make, with rates by the kernel's estimator.
    await terminal.waitFor(/^> tcp {2}203\.0\.113\.1:80 +rr +1 +3 +0 /m);
    await terminal.waitFor(/^ {2}udp {2}203\.0\.113\.1:53 +wrr +2 +0 +[1-9]\d* +[1-9]\d* +[1-9]\d* +0 /m);
    await terminal.waitFor(/^connections: 3 active [1-9]\d* inactive [1-9]\d*\/s {2}bytes\/s: [1-9]/m);
    await terminal.waitFor(/^ {2}tcp {2}\[2001:db8:ffff::1\]:443 +wlc +0 +0 +0 +0 /m);
    terminal.press('s');
    await terminal.waitFor(/by rate, every 2 s\n.*\n.*\n> udp {2}203\.0\.113\.1:53 /);
    terminal.press('Enter');
    await terminal.waitFor(/^ipvs top .* {2}udp 203\.0\.113\.1:53, real servers: 2 {2}by rate/m);
    await terminal.waitFor(/^[ >] 203\.0\.113\.8:53 +masq +8 +0 +[1-9]\d* +[1-9]/m);
    terminal.press('Escape');
    await terminal.waitFor(/^> udp/m);
    terminal.press('/', 't', 'c', 'p', 'Enter');
    await terminal.waitFor(/with tcp.*\n.*\n.*\n[ >] tcp .*\n[ >] tcp .*\n\n/);
    terminal.resize(50, 5);
    await terminal.waitFor(/^ {2}PROT SERVICE +ACTIVE CONN\/S IN-B\/S$/m);
    terminal.press('q');
    await terminal.waitFor(/^status=0$/m);
    await terminal.assertRestored();
  });

  it('restores the terminal after SIGTERM', async () => {
    await start();
    terminal.signal('SIGTERM');
    await terminal.waitFor(/^status=143$/m);
    await terminal.assertRestored();
  });
});
