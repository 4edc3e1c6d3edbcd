import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import {
  ByteView,
  type Counters,
  DecodeError,
  type Destination,
  decodeDestination,
  decodeService,
  decodeServiceWithDestinations,
  MessageWalker,
  type ServiceWithDestinations,
  serviceValues,
} from '../../../protocol/index.ts';
import { ServiceAssembler } from '../../../protocol/ipvs/assembler.ts';
import { COUNTER_WORDS, giveBack, keep, keepMore, keptValues } from '../../../protocol/ipvs/kept-values.ts';
import { destinationNests, mutated } from '../arbitraries.ts';
import { plainDestination, plainService, plainServiceDestinations } from '../plain-decoder.ts';
import { attribute, genericMessage, nest, padded, text, u16, u16be, u32, u64 } from '../plain-encoder.ts';

function shown<T extends { readonly counters: Counters }>(object: T): unknown {
  const { counters } = object;
  return { ...object, counters: { wide: counters.wide, values: counters.values() } };
}

const wide = (from: number, type = 12): Buffer =>
  nest(type, ...Array.from({ length: 10 }, (_, index) => attribute(1 + index, u64(BigInt(from) << 33n))));
const narrow = (from: number, type = 10): Buffer =>
  nest(
    type,
    ...Array.from({ length: 10 }, (_, index) =>
      attribute(1 + index, index === 3 || index === 4 ? u64(BigInt(from)) : u32(from)),
    ),
  );

/** The inside of a DEST nest as kernels write it today. */
const usual = (number: number): Buffer =>
  padded([
    attribute(1, Buffer.alloc(16, number & 255)),
    attribute(2, u16be(number & 0xffff)),
    attribute(3, u32(number % 4)),
    attribute(4, u32(number)),
    attribute(11, u16(number % 2 === 0 ? 2 : 10)),
    narrow(number),
    wide(number),
  ]);

/** The same in all the layouts that kernels write, or might. */
const kernels: Record<string, (number: number) => Buffer> = {
  usual,
  'without STATS64': (number) =>
    padded([
      attribute(1, Buffer.alloc(16, number & 255)),
      attribute(2, u16be(number & 0xffff)),
      attribute(11, u16(10)),
      narrow(number),
    ]),
  'without a family': (number) =>
    padded([
      attribute(1, Buffer.alloc(16, number & 255)),
      attribute(2, u16be(number & 0xffff)),
      wide(number),
    ]),
  'with unknown attributes': (number) =>
    padded([
      attribute(1, Buffer.alloc(16, 1)),
      attribute(2, u16be(1)),
      attribute(99, u32(number)),
      wide(number),
    ]),
  'with a tunnel': (number) =>
    padded([
      attribute(1, Buffer.alloc(16, 7)),
      attribute(2, u16be(number & 0xffff)),
      attribute(3, u32(2)),
      wide(number),
      attribute(13, Buffer.from([number % 3])),
      attribute(14, u16be(number & 0xffff)),
      attribute(15, u16(number % 3)),
    ]),
  'repeating an attribute': (number) =>
    padded([
      attribute(1, Buffer.alloc(16, 1)),
      attribute(2, u16be(1)),
      attribute(2, u16be(number & 0xffff)),
      wide(3),
      wide(number),
    ]),
};

/** The inside of a SERVICE nest with a list of those insides. */
function serviceOf(family: 2 | 10, insides: readonly Uint8Array[] | undefined, port = 80): Buffer {
  const list = insides === undefined ? [] : [nest(13, ...insides.map((inside) => attribute(1, inside)))];
  return padded([
    attribute(1, u16(family)),
    attribute(2, u16(6)),
    attribute(3, Buffer.alloc(16, 1)),
    attribute(4, u16be(port)),
    attribute(6, text('wlc')),
    attribute(7, Buffer.concat([u32(0), u32(0xffffffff)])),
    attribute(8, u32(0)),
    narrow(5),
    wide(6),
    ...list,
  ]);
}

/** Decodes the nest at an offset, and overwrites the bytes before anything is read. */
function decodeAt(bytes: Buffer, offset: number): ServiceWithDestinations {
  const room = Buffer.concat([Buffer.alloc(offset, 0xee), bytes, Buffer.alloc(16, 0xee)]);
  const view = new ByteView(room);
  const service = decodeServiceWithDestinations(view, offset, offset + bytes.length);
  view.bytes.fill(0xff);
  return service;
}

function all(service: ServiceWithDestinations): unknown {
  return { service: shown(service), destinations: service.destinations.map(shown) };
}

function plainAll(bytes: Buffer): unknown {
  return { service: plainService(bytes), destinations: plainServiceDestinations(bytes) ?? [] };
}

const lists: fc.Arbitrary<Buffer[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...Object.keys(kernels)), fc.nat(100_000))
        .map(([kernel, number]) => kernels[kernel]!(number)),
    },
    { weight: 1, arbitrary: fc.oneof(destinationNests, mutated(destinationNests)) },
  ),
  { maxLength: 8 },
);

test('what is kept outlives the bytes, and is what the plain decoder reads, at any offset', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<2 | 10>(2, 10),
      fc.option(lists, { nil: undefined }),
      fc.nat(9),
      (family, insides, offset) => {
        const bytes = serviceOf(family, insides);
        let expected: unknown;
        try {
          expected = plainAll(bytes);
        } catch (error) {
          assert.ok(error instanceof RangeError);
          assert.throws(() => decodeAt(bytes, offset), DecodeError);
          return;
        }
        assert.deepEqual(all(decodeAt(bytes, offset)), expected);
      },
    ),
    { numRuns: 600 },
  );
});

test('lists of every kernel and length are kept whole, alike or mixed', () => {
  for (const [name, make] of Object.entries(kernels)) {
    for (const count of [0, 1, 2, 3, 100, 200]) {
      const insides = Array.from({ length: count }, (_, index) => make(index));
      for (const family of [2, 10] as const) {
        const bytes = serviceOf(family, insides);
        assert.deepEqual(all(decodeAt(bytes, 4 * (count % 3))), plainAll(bytes), `${count} ${name}`);
        const mixed = serviceOf(family, [...insides.slice(0, 20), usual(1), kernels['with a tunnel']!(2)]);
        assert.deepEqual(all(decodeAt(mixed, 0)), plainAll(mixed), `${count} ${name}, mixed`);
      }
    }
  }
});

/** Kinds of services; some are of the same length. */
const alike: readonly ((number: number) => Buffer)[] = [
  (number) => serviceOf(2, [usual(number)], number & 0xffff),
  (number) => serviceOf(10, [usual(number)], number & 0xffff),
  (number) => serviceOf(2, [kernels['with a tunnel']!(number)], number & 0xffff),
  (number) => serviceOf(2, [usual(number), usual(number + 1)]),
  (number) => serviceOf(2, [usual(number), kernels['with a tunnel']!(number)]),
  (number) => serviceOf(2, [kernels['with a tunnel']!(number), usual(number)]),
  (number) => serviceOf(2, [kernels['without STATS64']!(number)]),
  () => serviceOf(2, []),
  () => serviceOf(2, undefined),
  (number) =>
    serviceOf(
      2,
      Array.from({ length: 9 }, (_, index) => usual(number + index)),
    ),
];

/** Takes one 16-bit word of a nest for another. */
const slip = fc.record({ at: fc.nat(400), value: fc.constantFrom(0, 1, 2, 3, 8, 10, 13, 0xffff) });

test('services in a row are read as each alone, whether alike, in turns or with any bytes changed', () => {
  for (const make of alike) for (let number = 0; number < 600; number++) decodeAt(make(number), 0);
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom(...alike), fc.nat(0xffff), fc.option(slip, { nil: undefined, freq: 3 })),
        { minLength: 10, maxLength: 40 },
      ),
      (row) => {
        for (const [make, number, change] of row) {
          const bytes = make(number);
          if (change !== undefined) bytes.writeUInt16LE(change.value, 2 * (change.at % (bytes.length >> 1)));
          let expected: unknown;
          try {
            expected = plainAll(bytes);
          } catch {
            assert.throws(() => decodeAt(bytes, 0), DecodeError);
            continue;
          }
          assert.deepEqual(all(decodeAt(bytes, 0)), expected);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('a destination that is kept is the one that decodeDestination reads of the same bytes', () => {
  for (const make of Object.values(kernels)) {
    for (const family of ['ipv4', 'ipv6'] as const) {
      const inside = make(4711);
      const bytes = serviceOf(family === 'ipv4' ? 2 : 10, [inside, inside]);
      const alone = shown(decodeDestination(new ByteView(inside), 0, inside.length, family));
      assert.deepEqual(alone, plainDestination(inside, family));
      assert.deepEqual(decodeAt(bytes, 0).destinations.map(shown), [alone, alone]);
    }
  }
});

test('a service without its destinations outlives the bytes, too', () => {
  for (const offset of [0, 1, 2, 3, 4]) {
    const bytes = serviceOf(10, undefined);
    const view = new ByteView(Buffer.concat([Buffer.alloc(offset), bytes]));
    const service = decodeService(view, offset, offset + bytes.length);
    view.bytes.fill(0xff);
    assert.deepEqual(shown(service), plainService(bytes));
    assert.equal('destinations' in service, false);
  }
});

test('a malformed nest inside a list is refused when the service is decoded, with offset and path', () => {
  const good = usual(2);
  const alterations: [value: number, at: number, path: string][] = [
    [3, 0, 'destination'],
    [0xfff0, 0, 'destination'],
    [7, 48, 'destination.family'],
    [99, 22, 'destination.port'],
  ];
  for (const position of [0, 1, 2]) {
    for (const [value, at, path] of alterations) {
      const insides = [good, good, good].map((inside) => Buffer.from(inside));
      insides[position]!.writeUInt16LE(value, at);
      const bytes = serviceOf(2, insides);
      // Where the nest is wrong, whoever decodes it.
      const start = bytes.indexOf(insides[position]!);
      let alone: unknown;
      try {
        decodeDestination(new ByteView(bytes), start, start + good.length, 'ipv4');
      } catch (error) {
        alone = error;
      }
      assert.ok(alone instanceof DecodeError);
      assert.match(alone.path, new RegExp(`^${path}`));
      for (let times = 0; times < 3; times++) {
        assert.throws(
          () => decodeAt(bytes, 0),
          (error) =>
            error instanceof DecodeError &&
            error.path === (alone as DecodeError).path &&
            error.offset === (alone as DecodeError).offset,
        );
      }
    }
  }
  const cut = serviceOf(2, [good, good]);
  const second = cut.lastIndexOf(good) - 4;
  cut.writeUInt16LE(good.length + 5, second);
  assert.throws(() => decodeAt(cut, 0), { path: 'service.destinations[1]', offset: second });
});

/** The services of a dump whose messages are those, taken as they become complete. */
function assembled(messages: readonly Buffer[], merge: boolean): readonly ServiceWithDestinations[] {
  const assembler = new ServiceAssembler({ merge });
  const services: ServiceWithDestinations[] = [];
  for (const message of messages) {
    const view = new ByteView(Buffer.from(message));
    const walker = new MessageWalker(view, 0, message.length);
    while (walker.next()) assembler.add(walker.message);
    view.bytes.fill(0xff);
    services.push(...assembler.take());
  }
  services.push(...assembler.rest());
  return services;
}

test('a service that is split over messages is one, in both forms of the single dump', () => {
  const header = { type: 30, flags: 2 };
  const nested = (port: number, insides: readonly Buffer[]): Buffer =>
    genericMessage(header, 1, attribute(1, serviceOf(10, insides, port)));
  const flat = (inside: Buffer): Buffer => genericMessage(header, 5, attribute(2, inside));
  const insides = Object.values(kernels).flatMap((make, kind) => [make(100 * kind), make(100 * kind + 1)]);
  // Keys must differ, or merging takes two for one.
  const distinct = Array.from({ length: 24 }, (_, index) =>
    kernels[['usual', 'without STATS64', 'without a family', 'with a tunnel'][index % 4]!]!(1000 + index),
  );
  for (const merge of [false, true]) {
    const all = merge ? distinct : [...insides, ...distinct];
    const expected = all.map((inside) => plainDestination(inside, 'ipv6'));
    for (let cut = 0; cut <= all.length; cut += 3) {
      const parts = [
        nested(1, []),
        nested(2, all.slice(0, cut)),
        nested(2, all.slice(cut)),
        nested(3, distinct),
      ];
      const whole = assembled(parts, merge);
      assert.deepEqual(
        whole.map(({ port }) => port),
        [1, 2, 3],
      );
      assert.deepEqual(whole[1]!.destinations.map(shown), expected);
      assert.equal(whole[2]!.destinations.length, distinct.length);
      assert.deepEqual(whole[0]!.destinations, []);
      const inTurn = assembled(
        [nested(1, []), nested(2, all.slice(0, cut)), ...all.slice(cut).map(flat), nested(3, [])],
        merge,
      );
      assert.deepEqual(inTurn[1]!.destinations.map(shown), expected);
      assert.equal(inTurn.length, 3);
    }
  }
});

test('asking for destinations between the parts of a service changes nothing', () => {
  const header = { type: 30, flags: 2 };
  const message = (number: number): Buffer =>
    genericMessage(header, 1, attribute(1, serviceOf(2, [usual(number), usual(number + 1)], 9)));
  const assembler = new ServiceAssembler({ merge: false });
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

test('memory is given out once, and what is kept moves whole over the border of a piece', () => {
  const room = keptValues().words.length;
  // To the start of a piece: then every step is known.
  keep(room);
  const piece = keptValues();
  assert.equal(piece.words.length, room);
  const first = keep(1);
  assert.notEqual(keptValues(), piece);
  assert.equal(first, 0);
  const at = keep(room - 11);
  assert.equal(at, 1);
  const last = keep(6);
  assert.equal(last, room - 10);
  const before = keptValues();
  for (let word = 0; word < 6; word++) before.words[last + word] = 100 + word;
  assert.equal(keepMore(last, 6, 4), last, 'it just fits');
  assert.equal(keptValues(), before);
  keep(room - 6);
  const end = keep(6);
  assert.equal(end, room - 6);
  const full = keptValues();
  for (let word = 0; word < 6; word++) full.words[end + word] = 200 + word;
  assert.equal(keepMore(end, 6, 0), end);
  const moved = keepMore(end, 6, 3);
  assert.notEqual(keptValues(), full);
  assert.deepEqual([...keptValues().words.subarray(moved, moved + 6)], [200, 201, 202, 203, 204, 205]);
  assert.equal(full.words[end], 200, 'what was there is left alone');
  keep(5);
  giveBack(moved + 9);
  const next = keep(1);
  assert.equal(next, moved + 9);
  const oversize = keep(3 * room);
  assert.deepEqual([oversize, keptValues().words.length], [0, 3 * room]);
  const grown = keepMore(oversize, 3 * room, room);
  assert.deepEqual([grown, keptValues().words.length], [0, 4 * room]);
  assert.equal(keep(COUNTER_WORDS), 0);
  assert.equal(keptValues().words.length, room);
});

test('objects decoded around the borders of pieces keep their own values', () => {
  const services = Array.from({ length: 900 }, (_, number) => {
    const bytes = serviceOf(
      2,
      Array.from({ length: number % 13 }, (_, index) => usual(number + index)),
      number,
    );
    return [bytes, decodeAt(bytes, 0)] as const;
  });
  for (const [bytes, service] of services) assert.deepEqual(all(service), plainAll(bytes));
});

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
