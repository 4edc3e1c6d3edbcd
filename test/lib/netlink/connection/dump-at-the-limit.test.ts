import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Ipvs, type ServiceDefinition } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';

const SEND_TIME = 2;

it('completes a dump that is requested while the maximum number of requests is in flight', {
  timeout: 5000,
}, async () => {
  const transport = new FakeKernel().connect();
  const { send } = transport;
  // Each send takes longer than the connection may work in a turn of the event loop, so requests stay in flight.
  transport.send = (datagram) => {
    send.call(transport, datagram);
    for (const start = performance.now(); performance.now() - start < SEND_TIME; );
  };
  await using client = await Ipvs.open({ transport });
  await client.info();
  const services = Array.from({ length: 300 }, (_, index): ServiceDefinition => {
    return { protocol: 'tcp', address: '10.0.0.1', port: index, scheduler: 'rr' };
  });
  const additions = Promise.all(services.map((service) => client.addService(service)));
  const dumps: Promise<unknown>[] = [];
  for (let turn = 0; turn < 10; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    dumps.push(client.services());
  }
  await additions;
  await Promise.all(dumps);
  assert.equal((await client.services()).length, services.length);
});
