import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { type DumpEnded, Ipvs, type RequestEnded } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';

test('each request and dump that has ended is published', async () => {
  const requests: RequestEnded[] = [];
  const dumps: DumpEnded[] = [];
  const onRequest = (message: unknown): number => requests.push(message as RequestEnded);
  const onDump = (message: unknown): number => dumps.push(message as DumpEnded);
  subscribe('ipvs-netlink:request', onRequest);
  subscribe('ipvs-netlink:dump', onDump);
  try {
    const ipvs = await Ipvs.open({ transport: new FakeKernel({ singleDump: 'nested' }).connect() });
    const key = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
    await ipvs.addService({ ...key, scheduler: 'rr' });
    await assert.rejects(ipvs.deleteService({ ...key, port: 81 }));
    await ipvs.dump();
    await ipvs.records();
    await ipvs.close();
  } finally {
    unsubscribe('ipvs-netlink:request', onRequest);
    unsubscribe('ipvs-netlink:dump', onDump);
  }
  assert.ok(
    requests.some(
      ({ command, object }) => command === 'NEW_SERVICE' && object === 'service tcp 192.0.2.1:80',
    ),
  );
  const failed = requests.find(({ command }) => command === 'DEL_SERVICE');
  assert.match(String(failed?.error), /no service tcp 192\.0\.2\.1:81/);
  assert.ok(requests.some(({ dump, error }) => dump && error === undefined));
  assert.ok(requests.every(({ milliseconds }) => milliseconds >= 0));
  assert.deepEqual(
    dumps.map(({ strategy, services, retries }) => ({ strategy, services, retries })),
    Array.from({ length: 2 }, () => ({ strategy: 'single', services: 1, retries: 0 })),
  );
});
