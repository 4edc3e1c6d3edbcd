import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeDump } from '../../bench/decoding/codec-methods.ts';
import { recordFakeDump } from '../../bench/kernels/fake-kernel.ts';
import { adversarialDump, adversarialTables, ordinaryServices } from '../../bench/tables/adversarial.ts';
import { benchmarkTableNamed } from '../../bench/tables/benchmark-tables.ts';
import { type Datagrams, datagramsFile, readDatagramsFile } from '../../bench/tables/datagrams.ts';
import type { ServiceWithDestinations } from '../../lib/index.ts';
import { ByteView, counterNames } from '../../protocol/index.ts';

const ordinary = recordFakeDump(benchmarkTableNamed('uniform'));
const services = ordinaryServices(ordinary);

function decoded(name: string): ServiceWithDestinations[] {
  const table = adversarialTables.find((candidate) => candidate.name === name)!;
  const dump: Datagrams = adversarialDump(table, services);
  const { bytes, bounds } = readDatagramsFile(datagramsFile(dump), table.offset);
  assert.ok(bounds.every(({ start }) => start % 4 === (table.offset ?? 0)));
  return decodeDump({ bytes, bounds }, new ByteView(bytes));
}

/** Returns the contents of a table as text, to be compared. */
function text(services: readonly ServiceWithDestinations[], counters = true): string {
  const plain = (object: object): object => ({ ...object, counters: undefined, destinations: undefined });
  return JSON.stringify(
    services.map((service) => [
      plain(service),
      counters && counterNames.map((name) => String(service.counters[name])),
      service.destinations.map((destination) => [
        plain(destination),
        counters && counterNames.map((name) => String(destination.counters[name])),
      ]),
    ]),
  );
}

const all = decodeDump(ordinary, new ByteView(ordinary.bytes));
const first = all.slice(0, 2000);

test('there are at least ten adversarial tables', () => {
  assert.ok(adversarialTables.length >= 10);
});

test('the layout and order of a dump do not change what is decoded', () => {
  const expected = text(first);
  for (const name of ['layouts', 'reverse-order', 'one-by-one', 'unaligned'])
    assert.equal(text(decoded(name)), expected, name);
});

test('65 scheduler names have all lengths from 1 to 15', () => {
  const named = decoded('scheduler-names');
  const names = new Set(named.map(({ scheduler }) => scheduler));
  assert.equal(names.size, 65);
  assert.deepEqual(
    [...new Set([...names].map(({ length }) => length))].sort((a, b) => a - b),
    Array.from({ length: 15 }, (_, index) => index + 1),
  );
});

test('unknown attributes come in every other nest, and are decoded', () => {
  for (const [name, length] of [
    ['unknown-attributes', 8],
    ['long-unknown-attributes', 600],
  ] as const) {
    const objects = decoded(name).flatMap((service) => [service, ...service.destinations]);
    const found = objects.flatMap(({ unknown }) => unknown ?? []);
    assert.ok(found.length > objects.length / 5, `${name}: ${found.length} of ${objects.length}`);
    assert.ok(found.every(({ type, bytes }) => type === 99 && bytes.length === length));
  }
});

test('one table has a destination for each service, another one service with 10000', () => {
  const single = decoded('1-destination');
  assert.ok(single.length > 100);
  assert.ok(single.every(({ destinations }) => destinations.length === 1));
  const [service, ...others] = decoded('10000-destinations');
  assert.equal(others.length, 0);
  assert.equal(new Set(service!.destinations.map(({ address, port }) => `${address} ${port}`)).size, 10_000);
});

test('an old kernel gives counters of 32 bits and no families; another gives no counters', () => {
  const old = decoded('old-kernel');
  assert.equal(text(old, false), text(first, false));
  assert.ok(
    old.every(({ counters, destinations }) => !counters.is64Bit && !destinations[0]!.counters.is64Bit),
  );
  const none = decoded('no-counters');
  assert.equal(text(none, false), text(first, false));
  assert.ok(none.every(({ counters }) => counters.connections === 0n));
});
