import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  FamilyNotFoundError,
  Ipvs,
  IpvsSync,
  KernelError,
  SystemCallError,
  serviceKeyText,
} from '../../../lib/index.ts';
import { failure, serviceUpdate } from '../../conformance/subject.ts';
import { openDescriptorCount } from '../../lib/descriptors.ts';
import { addNamespace, deleteNamespace, run, unloadIpVs } from './namespace.ts';

const name = 'environment-suite';
const netns = `/run/netns/${name}`;
const NOBODY = 65534;
const REQUESTS = Number(process.env.IPVS_LAB_REQUESTS ?? 20_000);

describe('a client and its environment', () => {
  before(() => addNamespace(name));
  after(() => deleteNamespace(name));

  it('says that there is no such namespace', async () => {
    for (const open of [
      () => IpvsSync.open({ netns: '/run/netns/nonesuch' }),
      () => Ipvs.open({ netns: '/run/netns/nonesuch' }),
    ]) {
      const error = await failure(open);
      assert.ok(error instanceof SystemCallError);
      assert.equal(error.errnoName, 'ENOENT');
      assert.match(error.message, /\/run\/netns\/nonesuch.*no such network namespace/);
    }
    const error = await failure(() => IpvsSync.open({ netns: '/proc/self/ns/uts' }));
    assert.ok(error instanceof SystemCallError);
    assert.equal(error.syscall, 'setns');
    assert.match(error.hint ?? '', /not a network namespace/);
  });

  it('works in the namespace that is named, and returns from it', async () => {
    using inside = IpvsSync.open({ netns });
    using outside = IpvsSync.open();
    const home = run('readlink', '/proc/self/ns/net');
    inside.addService({ mark: 1, scheduler: 'rr' });
    assert.deepEqual(outside.services(), []);
    assert.deepEqual(inside.services().map(serviceKeyText), ['mark 1']);
    inside.flush();
    assert.equal(run('readlink', '/proc/self/ns/net'), home);
  });

  it('says that the privilege is missing, for reads, too', async () => {
    process.seteuid!(NOBODY);
    try {
      using client = IpvsSync.open();
      for (const [command, attempt] of [
        ['GET_INFO', () => client.info()],
        ['GET_SERVICE', () => client.services()],
        ['GET_DEST', () => client.destinations({ mark: 1 })],
        ['GET_DAEMON', () => client.daemons()],
        ['NEW_SERVICE', () => client.addService({ mark: 1, scheduler: 'rr' })],
        ['FLUSH', () => client.flush()],
      ] as const) {
        const error = await failure(attempt);
        assert.ok(error instanceof KernelError);
        assert.equal(error.errno, constants.errno.EPERM);
        assert.equal(error.command, command);
        assert.match(error.hint ?? '', /CAP_NET_ADMIN.*run as root/);
      }
      const entering = await failure(() => IpvsSync.open({ netns }));
      assert.ok(entering instanceof SystemCallError);
      assert.equal(entering.errnoName, 'EPERM');
      assert.match(entering.hint ?? '', /CAP_SYS_ADMIN/);
    } finally {
      process.seteuid!(0);
    }
  });

  it('leaves no descriptor behind, whatever becomes of a client', async () => {
    const round = async (): Promise<void> => {
      const client = IpvsSync.open({ netns });
      client.services();
      client.close();
      await failure(() => IpvsSync.open({ netns: '/proc/self/ns/uts' }));
      await using other = await Ipvs.open({ netns });
      await Promise.all([other.services(), other.dump(), other.info()]);
    };
    // A descriptor with a read under way is closed when the read returns: each thread of libuv's pool can hold one
    // from the first rounds on.
    for (let warm = 0; warm < 10; warm++) await round();
    const grown = async (): Promise<number> => {
      await sleep(500);
      const before = openDescriptorCount();
      for (let rounds = 0; rounds < 50; rounds++) await round();
      for (let tries = 0; tries < 50 && openDescriptorCount() > before; tries++) await sleep(200);
      return openDescriptorCount() - before;
    };
    // A slow guest starts the read-ahead thread, which has descriptors of its own, in any round, but only once.
    const first = await grown();
    if (first > 0) assert.ok((await grown()) <= 0, `${first} descriptors more, and more again`);
  });

  it(`makes ${REQUESTS} requests without more descriptors or memory`, () => {
    using client = IpvsSync.open({ netns });
    const service = { mark: 7, scheduler: 'rr' };
    client.addService(service);
    const updates = Array.from(
      { length: 200 },
      () => ({ do: 'update-service', service: serviceUpdate(service) }) as const,
    );
    const round = (): void => {
      for (let request = 0; request < 500; request += 4) {
        client.info();
        client.service(service);
        client.services();
        client.timeouts();
      }
      for (let request = 500; request < 2500; request += updates.length) {
        assert.ok(client.batch(updates).every(({ ok }) => ok));
      }
    };
    for (let warm = 0; warm < 4; warm++) round();
    const before = { descriptors: openDescriptorCount(), memory: process.memoryUsage().rss };
    while (client.stats.requests < REQUESTS) round();
    const grown = (process.memoryUsage().rss - before.memory) / 2 ** 20;
    assert.equal(openDescriptorCount(), before.descriptors);
    assert.ok(grown < 32, `resident memory grew by ${grown.toFixed(1)} MiB`);
    const { stale, foreign, overruns } = client.stats;
    assert.deepEqual({ stale, foreign, overruns }, { stale: 0, foreign: 0, overruns: 0 });
    client.flush();
  });

  it('works for two clients in two workers at once', async () => {
    const workers = (['sync', 'async'] as const).map(
      (clientType, index) =>
        new Promise<string[]>((resolve, reject) => {
          const worker = new Worker(join(import.meta.dirname, 'table-worker.js'), {
            workerData: { clientType, netns, address: `10.0.0.${index + 1}`, services: 50 },
          });
          worker.on('message', resolve).on('error', reject);
        }),
    );
    const [one, other] = await Promise.all(workers);
    using client = IpvsSync.open({ netns });
    const expected = client.services().map(serviceKeyText).sort();
    assert.equal(expected.length, 100);
    assert.deepEqual([...one!, ...other!].sort(), expected);
    client.flush();
  });

  it('says that the module is missing, and finds it once it is there', async () => {
    const modprobePath = readFileSync('/proc/sys/kernel/modprobe', 'utf8');
    unloadIpVs();
    writeFileSync('/proc/sys/kernel/modprobe', '/bin/false');
    try {
      using client = IpvsSync.open();
      await using other = await Ipvs.open();
      for (const attempt of [() => client.info(), () => client.dump(), () => other.services()]) {
        const error = await failure(attempt);
        assert.ok(error instanceof FamilyNotFoundError);
        assert.match(error.message, /family IPVS.*modprobe ip_vs/);
      }
      run('modprobe', 'ip_vs');
      assert.equal(client.info().version, '1.2.1');
      assert.deepEqual(await other.services(), []);
    } finally {
      writeFileSync('/proc/sys/kernel/modprobe', modprobePath);
    }
  });

  it('finds the family again after the module was loaded again', async () => {
    using client = IpvsSync.open();
    await using other = await Ipvs.open();
    client.info();
    await other.info();
    unloadIpVs();
    run('modprobe', 'ip_vs');
    client.addService({ mark: 1, scheduler: 'rr' });
    assert.equal((await other.services()).length, 1);
    client.flush();
  });

  it('makes the kernel load the module by asking for the family by name', () => {
    unloadIpVs();
    using client = IpvsSync.open();
    assert.equal(client.info().version, '1.2.1');
    assert.match(execFileSync('lsmod', { encoding: 'utf8' }), /^ip_vs /m);
  });
});
