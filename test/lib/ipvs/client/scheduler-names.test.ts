import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';

const keyAt = (port: number) => ({ protocol: 'tcp', address: '10.0.0.1', port }) as const;

test('names of schedulers that are not UTF-8 are distinguished and written back as they were read', () => {
  // The longest name that there is: each surrogate is one byte.
  const one = '\udc80'.repeat(15);
  const other = `${'\udc80'.repeat(14)}\udcff`;
  using ipvs = IpvsSync.open({
    transport: new FakeKernel({ schedulers: ['caf\udce9', one, other] }).connect(),
  });
  for (const [port, scheduler] of [
    [1, one],
    [2, other],
    [3, 'caf\udce9'],
  ] as const)
    ipvs.addService({ ...keyAt(port), scheduler });
  const read = ipvs.dump().services;
  assert.deepEqual(
    new Map(read.map(({ port, scheduler }) => [port, scheduler])),
    new Map([
      [1, one],
      [2, other],
      [3, 'caf\udce9'],
    ]),
  );
  for (const service of read) {
    ipvs.updateService(service);
    assert.equal(ipvs.service(service).scheduler, service.scheduler);
  }
  for (const scheduler of [`${one}\udc80`, '\udcc3\udca9', '\ud800'])
    assert.throws(() => ipvs.addService({ ...keyAt(4), scheduler }), {
      name: 'FieldError',
      field: 'service.scheduler',
    });
});
