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
import { Visitor } from './visitor.ts';

const balancer = 'drain-balancer';
const visitor = 'drain-visitor';
const netns = `/run/netns/${balancer}`;
const service: ServiceDefinition = { protocol: 'tcp', address: '192.0.2.10', port: 9000, scheduler: 'rr' };
const server = { address: '10.9.0.1', port: 9001, forwarding: 'masq', weight: 5 } as const;

describe('draining in a guest', () => {
  let client: Ipvs;
  let echo: ChildProcess;

  before(async () => {
    run('modprobe', '-a', 'ip_vs', 'veth');
    for (const namespace of [balancer, visitor]) {
      run('ip', 'netns', 'add', namespace);
      runIn(namespace, 'ip', 'link', 'set', 'lo', 'up');
    }
    run('ip', 'link', 'add', 'b1', 'netns', balancer, 'type', 'veth', 'peer', 'name', 'v1', 'netns', visitor);
    for (const address of ['10.9.0.1/24 dev b1', '192.0.2.10/32 dev lo'])
      runIn(balancer, 'ip', 'address', 'add', ...address.split(' '));
    runIn(visitor, 'ip', 'address', 'add', '10.9.0.2/24', 'dev', 'v1');
    runIn(balancer, 'ip', 'link', 'set', 'b1', 'up');
    runIn(visitor, 'ip', 'link', 'set', 'v1', 'up');
    runIn(visitor, 'ip', 'route', 'add', '192.0.2.10/32', 'via', '10.9.0.1');
    client = await Ipvs.open({ netns });
    echo = startIn(balancer, 'echo-server.js', server.address, String(server.port));
    assert.equal(await firstLine(echo), 'ready');
  });

  after(async () => {
    echo.kill();
    await client.close();
    for (const namespace of [balancer, visitor]) run('ip', 'netns', 'delete', namespace);
  });

  async function withServer(persistence: ServiceDefinition['persistence'], setting: 0 | 1): Promise<Visitor> {
    runIn(balancer, 'sh', '-c', `echo ${setting} > /proc/sys/net/ipv4/vs/expire_quiescent_template`);
    await client.flush();
    await client.addService({ ...service, persistence });
    await client.addDestination(service, server);
    const guest = new Visitor(visitor, service);
    assert.equal(await guest.connect(), 'connected');
    return guest;
  }

  /** Drains the server; a client that it has connects once more meanwhile. */
  async function drainWhileConnecting(
    guest: Visitor,
  ): Promise<{ tried: string | undefined; result: DrainResult }> {
    let tried: Promise<string> | undefined;
    const result = await client.drain(service, server, {
      interval: 200,
      grace: 3000,
      onProgress: () => {
        tried ??= guest.connect();
      },
    });
    return { tried: await tried, result };
  }

  it('waits for the last connection to end, and gives no new ones', { timeout: 60_000 }, async () => {
    const guest = await withServer(undefined, 0);
    const seen: DrainConnections[] = [];
    let tried: string | undefined;
    const result = await client.drain(service, server, {
      interval: 100,
      remove: true,
      async onProgress(connections) {
        seen.push(connections);
        if (seen.length > 1) return;
        tried = await guest.connect();
        await guest.leave();
      },
    });
    assert.notEqual(tried, 'connected');
    assert.equal(seen[0]!.activeConnections, 1);
    assert.deepEqual([result.outcome, result.removed, result.weight], ['drained', true, 5]);
    assert.deepEqual([result.activeConnections, result.persistentConnections, result.warnings], [0, 0, []]);
    assert.deepEqual(await client.destinations(service), []);
  });

  it('warns where templates ignore the weight: a client that is remembered gets new connections', {
    timeout: 60_000,
  }, async () => {
    const guest = await withServer({ timeout: 60 }, 0);
    const { tried, result } = await drainWhileConnecting(guest);
    assert.equal(tried, 'connected');
    assert.equal(result.outcome, 'grace-over');
    assert.deepEqual([result.activeConnections, result.persistentConnections], [2, 1]);
    assert.deepEqual(
      result.warnings.map(({ code }) => code),
      ['templates-ignore-weight'],
    );
    await guest.leave();
  });

  it('warns of nothing where the kernel expires templates', { timeout: 60_000 }, async () => {
    const guest = await withServer({ timeout: 60 }, 1);
    const { tried, result } = await drainWhileConnecting(guest);
    assert.notEqual(tried, 'connected');
    assert.deepEqual([result.activeConnections, result.warnings], [1, []]);
    await guest.leave();
  });

  it('reads the setting by the synchronous client, too', () => {
    using sync = IpvsSync.open({ netns });
    const { warnings } = sync.drain(service, server, { grace: 0 });
    assert.deepEqual(warnings, []);
    runIn(balancer, 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/vs/expire_quiescent_template');
    assert.equal(sync.drain(service, server, { grace: 0 }).warnings[0]?.code, 'templates-ignore-weight');
  });
});
