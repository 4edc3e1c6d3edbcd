import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import {
  ByteView,
  type Destination,
  decodeService,
  type ServiceWithDestinations,
  serviceValues,
} from '../../../protocol/index.ts';
import { decodeAt, kernels, serviceOf, usual } from './service-nests.ts';

const example = (): ServiceWithDestinations =>
  decodeAt(serviceOf(2, [usual(2), kernels['with a tunnel']!(4)]), 0);

test('own properties of a service are key and settings; counters and destinations are accessors', () => {
  const service = example();
  const names = [
    'family',
    'protocol',
    'address',
    'port',
    'mark',
    'scheduler',
    'persistence',
    'onePacket',
    'schedulerFlags',
    'persistenceEngine',
    'otherFlags',
    'unknown',
  ];
  assert.deepEqual(Object.keys(service), names);
  assert.deepEqual(Object.keys({ ...service }), names);
  assert.ok('counters' in service && 'destinations' in service);
  assert.ok(!Object.hasOwn(service, 'counters') && !Object.hasOwn(service, 'destinations'));
  const values = serviceValues({ ...service, scheduler: 'rr' });
  assert.deepEqual([values.scheduler, values.port], ['rr', 80]);
});

test('JSON, inspect and console.log show all of a service', (context) => {
  const service = example();
  const json = JSON.parse(JSON.stringify(service));
  assert.equal(json.address, '1.1.1.1');
  assert.equal(json.counters.connections, String(6n << 33n));
  assert.deepEqual(
    json.destinations.map((one: { port: number; counters: object }) => [
      one.port,
      Object.keys(one.counters).length,
    ]),
    [
      [2, 10],
      [4, 10],
    ],
  );
  const text = inspect(service, { depth: 9 });
  for (const part of [
    "address: '1.1.1.1'",
    `connections: ${6n << 33n}n`,
    'wide: true',
    "checksum: 'csum'",
    'port: 4',
  ])
    assert.ok(text.includes(part), `${part} in ${text}`);
  const log = context.mock.method(process.stdout, 'write', () => true);
  console.log(service);
  const [written] = log.mock.calls[0]!.arguments;
  log.mock.restore();
  assert.ok(String(written).includes('destinations: ['), String(written));
  const bytes = serviceOf(2, undefined);
  const alone = decodeService(new ByteView(bytes), 0, bytes.length);
  assert.ok(!('destinations' in JSON.parse(JSON.stringify(alone))));
  assert.ok(inspect(alone).includes('counters: {'));
});

test('destinations are the same array each time, and may be assigned', () => {
  const service = example() as ServiceWithDestinations & { destinations: Destination[] };
  const { destinations } = service;
  assert.equal(service.destinations, destinations);
  destinations.pop();
  assert.equal(service.destinations.length, 1);
  const other: Destination[] = [];
  service.destinations = other;
  assert.equal(service.destinations, other);
  const untouched = example() as ServiceWithDestinations & { destinations: Destination[] };
  untouched.destinations = other;
  assert.equal(untouched.destinations, other);
  assert.deepEqual(JSON.parse(JSON.stringify(untouched)).destinations, []);
});
