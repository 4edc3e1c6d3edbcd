import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ByteView,
  type DecodeError,
  MalformedObjectsError,
  MessageWalker,
  ServiceRecords,
  type ServiceWithDestinations,
} from '../../../protocol/index.ts';
import { ServiceAssembler } from '../../../protocol/ipvs/decode/assembler.ts';
import { referenceDestination } from '../reference-decoder.ts';
import { attribute, genericMessage, padded, u16, u16be } from '../reference-encoder.ts';
import { destinationBytes, destinationVariants, serviceOf, withCounterValues } from './service-nests.ts';

/** Returns the services of a dump with these messages, read through records and a cursor. */
function throughRecords(
  messages: readonly Buffer[],
  mergeRepeated: boolean,
): readonly ServiceWithDestinations[] {
  const records = new ServiceRecords({ mergeRepeated });
  for (const message of messages) {
    const view = new ByteView(Buffer.from(message));
    const walker = new MessageWalker(view, 0, message.length);
    while (walker.next()) records.add(walker.message);
    view.bytes.fill(0xff);
  }
  records.finish();
  const cursor = records.cursor();
  const services: ServiceWithDestinations[] = [];
  while (cursor.nextService()) {
    const service = cursor.object();
    const ports: number[] = [];
    while (cursor.nextDestination()) ports.push(cursor.destination.port);
    assert.deepEqual(
      service.destinations.map(({ port }) => port),
      ports,
    );
    services.push(service);
  }
  return services;
}

/** Returns the services of a dump with these messages, each taken as soon as it is complete. */
function assembled(messages: readonly Buffer[], mergeRepeated: boolean): readonly ServiceWithDestinations[] {
  const assembler = new ServiceAssembler({ mergeRepeated });
  const services: ServiceWithDestinations[] = [];
  for (const message of messages) {
    const view = new ByteView(Buffer.from(message));
    const walker = new MessageWalker(view, 0, message.length);
    while (walker.next()) assembler.add(walker.message);
    view.bytes.fill(0xff);
    services.push(...assembler.take());
  }
  services.push(...assembler.rest());
  assert.deepEqual(throughRecords(messages, mergeRepeated).map(plainOf), services.map(plainOf));
  return services;
}

/** Returns a service with its counters and destinations as plain values. */
function plainOf(service: ServiceWithDestinations): unknown {
  return {
    service: { ...service },
    counters: service.counters.values(),
    destinations: service.destinations.map(withCounterValues),
  };
}

test('a service that is split over messages is one service, in both forms of the single dump', () => {
  const header = { type: 30, flags: 2 };
  const nested = (port: number, destinations: readonly Buffer[]): Buffer =>
    genericMessage(header, 1, attribute(1, serviceOf(10, destinations, port)));
  const flat = (destination: Buffer): Buffer => genericMessage(header, 5, attribute(2, destination));
  const payloads = Object.values(destinationVariants).flatMap((make, index) => [
    make(100 * index),
    make(100 * index + 1),
  ]);
  // With equal keys merging would take two destinations for one.
  const distinct = Array.from({ length: 24 }, (_, index) =>
    destinationVariants[['current', 'without STATS64', 'without a family', 'with a tunnel'][index % 4]!]!(
      1000 + index,
    ),
  );
  for (const mergeRepeated of [false, true]) {
    const all = mergeRepeated ? distinct : [...payloads, ...distinct];
    const expected = all.map((payload) => referenceDestination(payload, 'ipv6'));
    for (let cut = 0; cut <= all.length; cut += 3) {
      const parts = [
        nested(1, []),
        nested(2, all.slice(0, cut)),
        nested(2, all.slice(cut)),
        nested(3, distinct),
      ];
      const services = assembled(parts, mergeRepeated);
      assert.deepEqual(
        services.map(({ port }) => port),
        [1, 2, 3],
      );
      assert.deepEqual(services[1]!.destinations.map(withCounterValues), expected);
      assert.equal(services[2]!.destinations.length, distinct.length);
      assert.deepEqual(services[0]!.destinations, []);
      const servicesOfFlat = assembled(
        [nested(1, []), nested(2, all.slice(0, cut)), ...all.slice(cut).map(flat), nested(3, [])],
        mergeRepeated,
      );
      assert.deepEqual(servicesOfFlat[1]!.destinations.map(withCounterValues), expected);
      assert.equal(servicesOfFlat.length, 3);
    }
  }
});

test('the list of services without destinations, which they share, cannot be changed', () => {
  const header = { type: 30, flags: 2 };
  const services = assembled(
    [1, 2, 3].map((port) =>
      genericMessage(header, 1, attribute(1, serviceOf(2, port === 3 ? [destinationBytes(1)] : [], port))),
    ),
    false,
  );
  assert.deepEqual(
    services.map(({ destinations }) => [destinations.length, Object.isFrozen(destinations)]),
    [
      [0, true],
      [0, true],
      [1, false],
    ],
  );
});

test('reading destinations between the parts of a service changes nothing', () => {
  const header = { type: 30, flags: 2 };
  const message = (number: number): Buffer =>
    genericMessage(
      header,
      1,
      attribute(1, serviceOf(2, [destinationBytes(number), destinationBytes(number + 1)], 9)),
    );
  const assembler = new ServiceAssembler({ mergeRepeated: false });
  for (const number of [10, 20, 30]) {
    const bytes = message(number);
    const walker = new MessageWalker(new ByteView(bytes), 0, bytes.length);
    walker.next();
    assembler.add(walker.message);
    if (number === 20) assert.equal(assembler.rest()[0]!.destinations.length, 4);
  }
  assert.deepEqual(
    assembler.rest()[0]!.destinations.map(({ port }) => port),
    [10, 11, 20, 21, 30, 31],
  );
});

test('parts of a service that are not adjacent are merged by its key, with each destination once', () => {
  const header = { type: 30, flags: 2 };
  const part = (port: number, numbers: readonly number[]): Buffer =>
    genericMessage(header, 1, attribute(1, serviceOf(2, numbers.map(destinationBytes), port)));
  const messages = [
    part(1, [2, 4]),
    part(2, [6]),
    part(1, [4, 8]),
    part(2, [6, 10]),
    part(1, [12]),
    part(3, []),
  ];
  const table = (mergeRepeated: boolean): [port: number | undefined, destinations: number[]][] =>
    assembled(messages, mergeRepeated).map(({ port, destinations }) => [
      port,
      destinations.map((one) => one.port),
    ]);
  assert.deepEqual(table(true), [
    [1, [2, 4, 8, 12]],
    [2, [6, 10]],
    [3, []],
  ]);
  assert.equal(table(false).length, 6, 'without merging only adjacent parts are joined');
});

test('destinations in messages of their own belong to the service given to restartDestinations', () => {
  const header = { type: 30, flags: 2 };
  const service = (port: number): Buffer =>
    genericMessage(header, 1, attribute(1, serviceOf(2, undefined, port)));
  const destination = (number: number): Buffer =>
    genericMessage(header, 5, attribute(2, destinationBytes(number)));
  const records = new ServiceRecords({ mergeRepeated: false });
  const add = (message: Buffer): void => {
    const walker = new MessageWalker(new ByteView(message), 0, message.length);
    while (walker.next()) records.add(walker.message);
  };
  for (const port of [1, 2, 3]) add(service(port));
  for (const index of [2, 0]) {
    records.restartDestinations(index, 'ipv4');
    for (const number of [10 * index, 10 * index + 2]) add(destination(number));
  }
  const cursor = records.cursor();
  const found: number[][] = [];
  while (cursor.nextService()) found.push(cursor.object().destinations.map(({ port }) => port));
  assert.deepEqual(found, [[0, 2], [], [20, 22]]);
  assert.throws(() => cursor.moveTo(3), RangeError);
  cursor.moveTo(2);
  assert.equal(cursor.destinationCount, 2);
  cursor.moveToDestination(1);
  assert.equal(cursor.destination.port, 22);
  assert.throws(() => cursor.moveToDestination(2), RangeError);
});

test('duplicates are removed from any number of destinations', () => {
  const assembler = new ServiceAssembler({ mergeRepeated: true });
  const count = 130_000;
  const part = (first: number): Buffer => {
    const destinations = Array.from({ length: 1000 }, (_, index) => {
      const address = Buffer.alloc(16);
      address.writeUInt32BE(first + index);
      return padded([attribute(1, address), attribute(2, u16be(80)), attribute(11, u16(2))]);
    });
    return genericMessage({ type: 30, flags: 2 }, 1, attribute(1, serviceOf(2, destinations, 1)));
  };
  for (const first of [...Array.from({ length: count / 1000 }, (_, index) => 1000 * index), 0]) {
    const message = part(first);
    const walker = new MessageWalker(new ByteView(message), 0, message.length);
    while (walker.next()) assembler.add(walker.message);
  }
  const [service] = assembler.rest();
  assert.equal(service!.destinations.length, count);
});

test('services are removed from a table of any size', () => {
  const records = new ServiceRecords({ mergeRepeated: false });
  // Two messages in turn, as each repetition of a service that is not the last one makes another.
  const walkers = [1, 2].map((port) => {
    const message = genericMessage({ type: 30, flags: 2 }, 1, attribute(1, serviceOf(2, undefined, port)));
    const walker = new MessageWalker(new ByteView(message), 0, message.length);
    assert.ok(walker.next());
    return walker;
  });
  for (let index = 0; index < 100_000; index++) for (const { message } of walkers) records.add(message);
  records.finish();
  records.remove(new Set([1, 199_998]));
  assert.equal(records.length, 199_998);
  const cursor = records.cursor();
  cursor.moveTo(1);
  assert.equal(cursor.service.port, 1);
  cursor.moveTo(199_997);
  assert.equal(cursor.service.port, 2);
});

test('in a message that is not aligned, errors have the offsets of its buffer, and the other destinations are kept', () => {
  const damaged = padded([attribute(1, Buffer.alloc(16, 1)), Buffer.from([1, 0, 2, 0])]);
  const list = [destinationBytes(2), damaged, destinationBytes(4), damaged];
  const message = genericMessage({ type: 30 }, 1, attribute(1, serviceOf(2, list)));
  const errorsAt = (start: number): readonly DecodeError[] => {
    const view = new ByteView(Buffer.concat([Buffer.alloc(start), message]));
    const walker = new MessageWalker(view, start, start + message.length);
    assert.ok(walker.next());
    const records = new ServiceRecords({ mergeRepeated: false });
    let errors: readonly DecodeError[] = [];
    assert.throws(
      () => records.add(walker.message),
      (error) => {
        assert.ok(error instanceof MalformedObjectsError);
        errors = error.errors;
        return true;
      },
    );
    const cursor = records.cursor();
    assert.ok(cursor.nextService());
    assert.equal(cursor.destinationCount, 2);
    return errors;
  };
  const aligned = errorsAt(0);
  assert.equal(aligned.length, 2);
  for (const start of [1, 2, 3, 4])
    assert.deepEqual(
      errorsAt(start).map(({ path, problem, offset }) => [path, problem, offset - start]),
      aligned.map(({ path, problem, offset }) => [path, problem, offset]),
    );
});
