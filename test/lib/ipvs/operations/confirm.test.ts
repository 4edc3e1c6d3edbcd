import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DumpInterruptedError, FieldError, Ipvs, IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';

const key = (port: number): { protocol: 'tcp'; address: string; port: number } => ({
  protocol: 'tcp',
  address: '192.0.2.1',
  port,
});

function kernelWith(services: number): { kernel: FakeKernel; writer: IpvsSync } {
  const kernel = new FakeKernel();
  const writer = IpvsSync.open({ transport: kernel.connect() });
  for (let port = 1; port <= services; port++) {
    writer.addService({ ...key(port), scheduler: 'rr' });
    writer.addDestination(key(port), { address: '198.51.100.1', port, forwarding: 'masq', weight: 1 });
  }
  return { kernel, writer };
}

/** A client that calls `before` before each dump of the services, with its number from 1. */
function clientWith(kernel: FakeKernel, before: (dumps: number) => void): IpvsSync {
  const transport = kernel.connect();
  const send = transport.send.bind(transport);
  let dumps = 0;
  transport.send = (datagram) => {
    // GET_SERVICE with NLM_F_DUMP.
    if (datagram.length >= 20 && datagram[16] === 4 && (datagram[7]! & 3) === 3) before(++dumps);
    send(datagram);
  };
  return IpvsSync.open({ transport });
}

describe('a dump that is confirmed', () => {
  it('is read twice if nothing changes', () => {
    const { kernel } = kernelWith(3);
    let dumps = 0;
    const client = clientWith(kernel, () => dumps++);
    for (const read of [client.dump({ confirm: true }), client.records({ confirm: true })]) {
      assert.equal(read.consistency, 'confirmed');
      assert.equal(read.services.length, 3);
    }
    assert.equal(dumps, 4);
  });

  it('is read again until two agree', () => {
    const { kernel, writer } = kernelWith(3);
    const client = clientWith(kernel, (dumps) => {
      if (dumps === 2) writer.setWeight(key(2), { address: '198.51.100.1', port: 2 }, 7);
      if (dumps === 3) writer.deleteService(key(3));
    });
    const { services, consistency } = client.dump({ confirm: true });
    assert.equal(consistency, 'confirmed');
    assert.deepEqual(services.map(({ destinations }) => destinations[0]!.weight).sort(), [1, 7]);
  });

  it('fails with the last read where none agree', () => {
    const { kernel, writer } = kernelWith(2);
    const client = clientWith(kernel, (dumps) => writer.addService({ ...key(100 + dumps), scheduler: 'rr' }));
    assert.throws(
      () => client.dump({ confirm: true }),
      (error: unknown) =>
        error instanceof DumpInterruptedError &&
        error.attempts === 5 &&
        (error.data as { services: unknown[] }).services.length === 7,
    );
  });

  it('is read once where the kernel marks interrupted dumps, or without the option', async () => {
    const kernel = new FakeKernel({ singleDump: 'nested' });
    const client = await Ipvs.open({ transport: kernel.connect() });
    assert.equal((await client.dump({ confirm: true })).consistency, 'uninterrupted');
    await client.close();
    let dumps = 0;
    assert.equal(clientWith(kernelWith(1).kernel, () => dumps++).dump().consistency, 'unknown');
    assert.equal(dumps, 1);
  });

  it('refuses a value of the option other than true and false', () => {
    const client = IpvsSync.open({ transport: new FakeKernel().connect() });
    assert.throws(() => client.dump({ confirm: 1 as never }), FieldError);
  });
});
