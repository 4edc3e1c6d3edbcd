import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import {
  ByteView,
  counterNames,
  decodeService,
  destinationValues,
  type ServiceWithDestinations,
  serviceValues,
} from '../../../protocol/index.ts';
import {
  DESTINATION_PROPERTIES,
  decodeAt,
  destinationBytes,
  destinationVariants,
  SERVICE_PROPERTIES,
  serviceOf,
} from './service-nests.ts';

const example = (
  destinations: readonly Buffer[] = [destinationBytes(2), destinationVariants['with a tunnel']!(4)],
) => decodeAt(serviceOf(2, destinations), 0);

test('key, settings, state and destinations are own properties; counters are an accessor', () => {
  const service = example();
  assert.deepEqual(Object.keys(service), [...SERVICE_PROPERTIES, 'destinations']);
  assert.deepEqual(Object.keys({ ...service.destinations[0]! }), DESTINATION_PROPERTIES);
  for (const object of [service, service.destinations[0]!]) {
    assert.ok('counters' in object && !Object.hasOwn(object, 'counters'));
  }
  const alone = serviceOf(2, [destinationBytes(1)]);
  assert.ok(!('destinations' in decodeService(new ByteView(alone), 0, alone.length)));
});

test('objects that were read can be written as they are: state that only the kernel sets is ignored', () => {
  const service = example();
  assert.equal(serviceValues({ ...service, scheduler: 'rr' }).scheduler, 'rr');
  assert.equal(serviceValues(service).port, 80);
  assert.equal(destinationValues(service.destinations[0]!).port, 2);
});

test('services that differ only in a destination are not equal', () => {
  assert.deepStrictEqual(example(), example());
  const changed = [destinationBytes(2), destinationVariants['with a tunnel']!(5)];
  assert.notDeepStrictEqual(example(changed), example());
  assert.notDeepStrictEqual(example(changed.slice(0, 1)), example());
});

test('clones, and messages to other threads, contain the destinations but not the counters', () => {
  const service = example();
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(service);
  const copies = [structuredClone(service), receiveMessageOnPort(port2)!.message as ServiceWithDestinations];
  port1.close();
  for (const copy of copies) {
    const destinations = service.destinations.map((destination) => ({ ...destination }));
    assert.deepEqual({ ...copy }, { ...service, destinations });
    assert.equal(copy.counters, undefined);
  }
  const plain = { ...service, counters: service.counters.values() };
  assert.deepEqual(structuredClone(plain).counters, service.counters.values());
});

test('the counters of an object do not change when others are decoded after it', () => {
  const service = example();
  const before = service.counters.values();
  for (let count = 0; count < 200; count++) example([destinationBytes(count), destinationBytes(count + 1)]);
  assert.deepEqual(service.counters.values(), before);
  assert.deepEqual(
    counterNames.map((name) => before[name]),
    counterNames.map((name) => service.counters[name]),
  );
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
    'is64Bit: true',
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
