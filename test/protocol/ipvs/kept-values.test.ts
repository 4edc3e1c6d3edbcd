import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ByteView, DecodeError, decodeDestination, decodeService } from '../../../protocol/index.ts';
import { COUNTER_WORDS, giveBack, keep, keepMore, keptValues } from '../../../protocol/ipvs/kept-values.ts';
import { destinationNests, mutated } from '../arbitraries.ts';
import { plainDestination, plainService } from '../plain-decoder.ts';
import { all, decodeAt, kernels, plainAll, serviceOf, shown, usual } from './service-nests.ts';

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
