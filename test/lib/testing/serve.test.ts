import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ipvs, IpvsSync } from '../../../lib/index.ts';
import { FakeKernel, serveFakeKernel } from '../../../lib/testing/index.ts';

const WEB = { protocol: 'tcp', address: '10.0.0.1', port: 80 } as const;

for (const where of ['worker', 'process'] as const) {
  test(`a fake kernel in a ${where} serves two clients over real sockets`, async () => {
    await using served = await serveFakeKernel({
      in: where,
      kernel: { singleDump: 'nested' },
      setUp: new URL('./set-up-services.js', import.meta.url),
      data: 400,
    });
    using one = IpvsSync.open({ transport: served.connect() });
    await using other = await Ipvs.open({ transport: served.connect() });
    const [found] = await Promise.all([other.dump(), other.info()]);
    assert.equal(found.services.length, 400);
    one.deleteService(WEB);
    assert.equal(one.dump({ strategy: 'per-service' }).services.length, 399);
    assert.equal((await other.dump({ strategy: 'single' })).services.length, 399);
    assert.throws(() => one.deleteService(WEB), { errnoName: 'ESRCH' });
  });
}

test('a set-up module that cannot be loaded is reported', async () => {
  const missing = new URL('./no-such-module.js', import.meta.url);
  await assert.rejects(serveFakeKernel({ setUp: missing }), /cannot be served.*no-such-module/);
});

test('clients of a fake kernel in the same thread need no netlink sockets', async () => {
  const kernel = new FakeKernel();
  using one = IpvsSync.open({ transport: kernel.connect() });
  await using other = await Ipvs.open({ transport: kernel.connect() });
  one.addService({ ...WEB, scheduler: 'rr' });
  assert.equal((await other.services()).length, 1);
  kernel.unloadModule();
  assert.throws(() => one.info(), { code: 'ERR_FAMILY_NOT_FOUND' });
});
