import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IpvsSync, ReplyLostError } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';

const daemon = { role: 'master', interface: 'eth0', syncId: 1 } as const;
const address = '10.0.0.1';

describe('a client, when acks are missing or dumps repeat objects', () => {
  it('stops a daemon although the ack is missing', () => {
    const kernel = new FakeKernel();
    using client = IpvsSync.open({ transport: kernel.connect() });
    client.startDaemon(daemon);
    using lossy = IpvsSync.open({
      transport: kernel.connect({ faults: [{ datagram: 3, action: 'drop' }] }),
    });
    lossy.stopDaemon(daemon);
    assert.deepEqual(client.daemons(), []);
  });

  it('reports a lost reply when the daemon still runs', () => {
    const kernel = new FakeKernel();
    using client = IpvsSync.open({ transport: kernel.connect() });
    client.startDaemon(daemon);
    const transport = kernel.connect();
    const { send } = transport;
    // The second datagram, DEL_DAEMON after the look-up of the family, never reaches the kernel.
    let sent = 0;
    transport.send = (datagram) => {
      if (++sent !== 2) send.call(transport, datagram);
    };
    using lossy = IpvsSync.open({ transport });
    assert.throws(() => lossy.stopDaemon(daemon), ReplyLostError);
    assert.equal(client.daemons().length, 1);
  });

  it('returns each service and destination once, even if a dump repeats it', () => {
    const kernel = new FakeKernel();
    using client = IpvsSync.open({ transport: kernel.connect() });
    const key = { protocol: 'tcp', address, port: 1 } as const;
    for (let port = 1; port <= 60; port++) client.addService({ ...key, port, scheduler: 'rr' });
    for (let port = 1; port <= 60; port++) client.addDestination(key, { address, port, forwarding: 'masq' });
    let lastPort = 100;
    using other = IpvsSync.open({ transport: kernel.connect() });
    kernel.onDumpPart = (number) => {
      if (number !== 2) return;
      lastPort++;
      other.addService({ ...key, port: lastPort, scheduler: 'rr' });
      other.addDestination(key, { address, port: lastPort, forwarding: 'masq' });
    };
    for (let round = 0; round < 20; round++) {
      const ports = client.destinations(key).map(({ port }) => port);
      assert.equal(new Set(ports).size, ports.length);
      const services = client.services().map(({ port }) => port);
      assert.equal(new Set(services).size, services.length);
    }
  });
});
