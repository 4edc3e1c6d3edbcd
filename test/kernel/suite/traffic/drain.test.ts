import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import {
  type DrainConnections,
  type DrainResult,
  Ipvs,
  IpvsSync,
  type ServiceDefinition,
} from '../../../../lib/index.ts';
import { run, runIn } from '../namespace.ts';
import { firstLine, startIn } from './start-in.ts';
import { TcpClient } from './tcp-client.ts';

const balancer = 'drain-balancer';
/** The namespace at the other end of a veth pair, from which clients connect. */
const peer = 'drain-peer';
const netns = `/run/netns/${balancer}`;
const service: ServiceDefinition = { protocol: 'tcp', address: '192.0.2.10', port: 9000, scheduler: 'rr' };
const server = { address: '10.9.0.1', port: 9001, forwarding: 'masq', weight: 5 } as const;

describe('draining in a guest', () => {
  let client: Ipvs;
  let echo: ChildProcess;

  before(async () => {
    run('modprobe', '-a', 'ip_vs', 'veth');
    for (const namespace of [balancer, peer]) {
      run('ip', 'netns', 'add', namespace);
      runIn(namespace, 'ip', 'link', 'set', 'lo', 'up');
    }
    run('ip', 'link', 'add', 'b1', 'netns', balancer, 'type', 'veth', 'peer', 'name', 'v1', 'netns', peer);
    for (const address of ['10.9.0.1/24 dev b1', '192.0.2.10/32 dev lo'])
      runIn(balancer, 'ip', 'address', 'add', ...address.split(' '));
    runIn(peer, 'ip', 'address', 'add', '10.9.0.2/24', 'dev', 'v1');
    runIn(balancer, 'ip', 'link', 'set', 'b1', 'up');
    runIn(peer, 'ip', 'link', 'set', 'v1', 'up');
    runIn(peer, 'ip', 'route', 'add', '192.0.2.10/32', 'via', '10.9.0.1');
    client = await Ipvs.open({ netns });
    echo = startIn(balancer, 'echo-server.js', server.address, String(server.port));
    assert.equal(await firstLine(echo), 'ready');
  });

  after(async () => {
    echo.kill();
    await client.close();
    for (const namespace of [balancer, peer]) run('ip', 'netns', 'delete', namespace);
  });

  /** Fills the table with the service and its server only, and returns a client with a connection to the service. */
  async function connectToNewService(
    persistence: ServiceDefinition['persistence'],
    expireTemplates: 0 | 1,
  ): Promise<TcpClient> {
    runIn(balancer, 'sh', '-c', `echo ${expireTemplates} > /proc/sys/net/ipv4/vs/expire_quiescent_template`);
    await client.flush();
    await client.addService({ ...service, persistence });
    await client.addDestination(service, server);
    const tcpClient = new TcpClient(peer, service);
    assert.equal(await tcpClient.connect(), 'connected');
    return tcpClient;
  }

  /** Drains the server while a client that has a connection already opens another one. */
  async function drainWhileConnecting(
    tcpClient: TcpClient,
  ): Promise<{ connectResult: string | undefined; result: DrainResult }> {
    let connectResult: Promise<string> | undefined;
    const result = await client.drain(service, server, {
      interval: 200,
      grace: 3000,
      onProgress: () => {
        connectResult ??= tcpClient.connect();
      },
    });
    return { connectResult: await connectResult, result };
  }

  it('waits for the last connection to end, and the destination gets no new ones', {
    timeout: 60_000,
  }, async () => {
    const tcpClient = await connectToNewService(undefined, 0);
    const seen: DrainConnections[] = [];
    let connectResult: string | undefined;
    const result = await client.drain(service, server, {
      interval: 100,
      remove: true,
      async onProgress(connections) {
        seen.push(connections);
        if (seen.length > 1) return;
        connectResult = await tcpClient.connect();
        await tcpClient.end();
      },
    });
    assert.notEqual(connectResult, 'connected');
    assert.equal(seen[0]!.activeConnections, 1);
    assert.deepEqual([result.outcome, result.removed, result.weight], ['drained', true, 5]);
    assert.deepEqual([result.activeConnections, result.persistentConnections, result.warnings], [0, 0, []]);
    assert.deepEqual(await client.destinations(service), []);
  });

  it('warns where persistence templates ignore the weight: a client with a template gets new connections', {
    timeout: 60_000,
  }, async () => {
    const tcpClient = await connectToNewService({ timeout: 60 }, 0);
    const { connectResult, result } = await drainWhileConnecting(tcpClient);
    assert.equal(connectResult, 'connected');
    assert.equal(result.outcome, 'grace-over');
    assert.deepEqual([result.activeConnections, result.persistentConnections], [2, 1]);
    assert.deepEqual(
      result.warnings.map(({ code }) => code),
      ['templates-ignore-weight'],
    );
    await tcpClient.end();
  });

  it('does not warn where the kernel expires persistence templates', { timeout: 60_000 }, async () => {
    const tcpClient = await connectToNewService({ timeout: 60 }, 1);
    const { connectResult, result } = await drainWhileConnecting(tcpClient);
    assert.notEqual(connectResult, 'connected');
    assert.deepEqual([result.activeConnections, result.warnings], [1, []]);
    await tcpClient.end();
  });

  it('reads expire_quiescent_template by the synchronous client, too', () => {
    using sync = IpvsSync.open({ netns });
    const { warnings } = sync.drain(service, server, { grace: 0 });
    assert.deepEqual(warnings, []);
    runIn(balancer, 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/vs/expire_quiescent_template');
    assert.equal(sync.drain(service, server, { grace: 0 }).warnings[0]?.code, 'templates-ignore-weight');
  });
});
