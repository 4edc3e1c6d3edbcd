import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { DesiredState, ServiceWithDestinationsDefinition } from '../../../../lib/index.ts';
import { EtcdServer } from './etcd-server.ts';
import { addBridge, deleteBridge, LoadBalancer, PREFIX } from './load-balancer.ts';

const SERVICES = Number(process.env.IPVS_LAB_SERVICES ?? 50);
/** Seconds between reads of a table: a large one takes so long in a guest that three readers would do nothing else. */
const PERIOD: number = Math.max(5, Math.ceil(SERVICES / 40));

/** A desired state all of whose destinations differ from those of any other version. */
function version(number: number): DesiredState {
  const service = (index: number): ServiceWithDestinationsDefinition => ({
    protocol: index % 3 === 0 ? 'udp' : 'tcp',
    address: `198.51.100.${index % 250}`,
    port: 1 + index,
    scheduler: 'wrr',
    destinations: [{ address: '10.1.0.1', port: 80, forwarding: 'masq', weight: number }],
  });
  return {
    services: Array.from({ length: SERVICES }, (_, index) => service(index)),
    timeouts: { tcp: 900 + number },
  };
}

describe('three load balancers that follow one etcd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  const etcd = new EtcdServer(folder);
  let balancers: readonly [LoadBalancer, LoadBalancer, LoadBalancer];

  before(async () => {
    addBridge();
    await etcd.start();
    await etcd.addUsers(PREFIX);
    balancers = [
      new LoadBalancer(1, etcd, PERIOD),
      new LoadBalancer(2, etcd, PERIOD),
      new LoadBalancer(3, etcd, PERIOD),
    ];
  });

  after(async () => {
    for (const balancer of balancers) await balancer.remove();
    await etcd.kill();
    deleteBridge();
    rmSync(folder, { recursive: true });
  });

  /** Writes a version to two keys, and returns the time. */
  async function put(number: number): Promise<number> {
    const { services, timeouts } = version(number);
    const half = services.length >> 1;
    const values = {
      [`${PREFIX}a.json`]: JSON.stringify({ services: services.slice(0, half), timeouts }),
      [`${PREFIX}b.json`]: JSON.stringify({ services: services.slice(half) }),
    };
    await etcd.put(values);
    return Date.now();
  }

  /** Waits until the tables of some load balancers are as a version desires, and reports the times. */
  async function awaitVersion(
    t: TestContext,
    what: string,
    number: number,
    since: number,
    some: readonly LoadBalancer[] = balancers,
  ): Promise<void> {
    const times = await Promise.all(some.map((balancer) => balancer.timeToApply(version(number), since)));
    t.diagnostic(`${what}: ${SERVICES} services as desired after ${times.join(', ')} ms`);
  }

  it('take the first state, and a change of every service', async (t) => {
    await put(1);
    const started = Date.now();
    for (const balancer of balancers) balancer.start();
    await awaitVersion(t, 'from an empty table, from the start of the processes', 1, started);
    await awaitVersion(t, 'a change', 2, await put(2));
  });

  it('keep their tables while etcd is killed, and follow it when it is back and compacted', async (t) => {
    const killed = Date.now();
    await etcd.kill();
    for (const balancer of balancers) await balancer.awaitLogEntry('source', killed);
    await Promise.all(balancers.map((balancer) => balancer.assertRepairs(version(2))));
    await etcd.start();
    await put(3);
    const since = await put(4);
    await etcd.compact();
    await awaitVersion(t, 'etcd is back, and was compacted', 4, since);
  });

  it('go on alone when cut off from etcd, even after a SIGKILL, and catch up', async (t) => {
    const [first, second, third] = balancers;
    third.setConnected(false);
    await put(5);
    const since = await put(6);
    await etcd.compact();
    await awaitVersion(t, 'a change while one is cut off', 6, since, [first, second]);
    await third.assertRepairs(version(4));
    await third.end('SIGKILL');
    const restarted = Date.now();
    third.start();
    await third.awaitLogEntry('last-state', restarted);
    await third.assertRepairs(version(4));
    const back = Date.now();
    third.setConnected(true);
    await awaitVersion(t, 'the one that was cut off, from then on', 6, back, [third]);
  });

  it('stop at SIGTERM, and leave their tables', async () => {
    for (const balancer of balancers) {
      assert.equal(await balancer.end('SIGTERM'), 0);
      assert.equal(await balancer.differences(version(6)), 0);
    }
  });
});
