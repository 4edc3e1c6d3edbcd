import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import {
  destinationKeyValues,
  type RecordCursor,
  type ServiceKey,
  serviceKeyValues,
} from '../../../../protocol/ipvs/index.ts';
import { FieldError } from '../../../../protocol/netlink/index.ts';

const service: ServiceKey = { protocol: 'tcp', address: '10.0.0.1', port: 80 };
const destination = {
  address: '10.0.1.1',
  port: 8080,
  forwarding: 'masq',
  weight: 7,
  upperThreshold: 9,
} as const;
const counters = { connections: 0x1_0000_0005n, incomingBytes: 9n };

/** The counters of connections and some settings of the service and its destination. */
function valuesOf(cursor: RecordCursor): unknown[] {
  assert.ok(cursor.nextService() && cursor.nextDestination());
  return [
    cursor.service.counters.connections,
    cursor.service.scheduler,
    cursor.destination.counterNumber('connections'),
    cursor.destination.weight,
    cursor.destination.upperThreshold,
  ];
}

describe('records without counters', () => {
  for (const strategy of ['single', 'per-service'] as const)
    it(`hold all the rest (${strategy})`, () => {
      const kernel = new FakeKernel({ singleDump: 'nested' });
      const client = IpvsSync.open({ transport: kernel.connect() });
      client.addService({ ...service, scheduler: 'rr' });
      client.addDestination(service, destination);
      kernel.state.setServiceCounters(serviceKeyValues(service), counters);
      kernel.state.setDestinationCounters(
        serviceKeyValues(service),
        destinationKeyValues(destination),
        counters,
      );
      const read = (options: object): unknown[] =>
        valuesOf(client.records({ strategy, ...options }).services.cursor());
      assert.deepEqual(read({}), [0x1_0000_0005n, 'rr', 0x1_0000_0005, 7, 9]);
      assert.deepEqual(read({ counters: false }), [0n, 'rr', 0, 7, 9]);
    });

  it('are requested by an option that only records() has', () => {
    const client = IpvsSync.open({ transport: new FakeKernel().connect() });
    const wrong = { counters: 'no' as unknown as boolean };
    assert.throws(() => client.records(wrong), new FieldError('counters', 'no', 'must be true or false'));
    assert.throws(() => client.dump({ counters: false } as object), FieldError);
  });
});
