import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type DestinationValues,
  FakeKernel,
  type ServiceValues,
  type SingleDump,
} from '../../../lib/testing/index.ts';
import { Command } from '../../../protocol/ipvs/fields/constants.ts';
import { MessageFlag } from '../../../protocol/netlink/index.ts';
import { AF_INET, AF_INET6, dump, errnoOf, request, service } from './raw-client.ts';

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const byteArray = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max: 255 }), { minLength: length, maxLength: length });
const address4 = byteArray(3).map((bytes) => Uint8Array.of(10, ...bytes, ...new Array<number>(12).fill(0)));
const address6 = byteArray(15).map((bytes) => Uint8Array.of(0x20, ...bytes));
const family = fc.constantFrom(AF_INET, AF_INET6);
const netmask = (addressFamily: number): fc.Arbitrary<Uint8Array> =>
  addressFamily === AF_INET
    ? byteArray(4).map((bytes) => Uint8Array.from(bytes))
    : fc.integer({ min: 1, max: 128 }).map((length) => new Uint8Array(Uint32Array.of(length).buffer));

const serviceArbitrary: fc.Arbitrary<ServiceValues> = family.chain((addressFamily) =>
  fc
    .tuple(
      fc.oneof(
        fc.record({ mark: fc.integer({ min: 1, max: 0xffffffff }) }),
        fc.record({
          protocol: fc.constantFrom(6, 17, 132),
          address: addressFamily === AF_INET ? address4 : address6,
          port: u16,
        }),
      ),
      fc.record({
        scheduler: fc.constantFrom('rr', 'wlc', 'mh', 'none'),
        flags: u32.map((flags) => ({ flags: (flags | 2) >>> 0, mask: 0xffffffff })),
        timeout: fc.integer({ min: 0, max: Math.floor(0xffffffff / 250) }),
        netmask: netmask(addressFamily),
      }),
      fc.option(fc.record({ persistenceEngine: fc.constant('sip') }), { nil: {} }),
    )
    .map(([key, settings, engine]) => ({ family: addressFamily, ...key, ...settings, ...engine })),
);

const destinationArbitrary: fc.Arbitrary<DestinationValues> = family.chain((addressFamily) =>
  fc
    .record({
      address: addressFamily === AF_INET ? address4 : address6,
      port: u16,
      weight: fc.integer({ min: 0, max: 0x7fffffff }),
      tunnelType: fc.constantFrom(0, 2),
      tunnelPort: u16,
      tunnelFlags: u16,
      lowerThreshold: fc.integer({ min: 0, max: 1000 }),
    })
    .map((values) => ({ family: addressFamily, forwarding: 2, upperThreshold: 1000, ...values })),
);

test('every service and destination that the kernel accepts is the same in single dumps and per-service dumps', () => {
  const singleDumps = fc.constantFrom<SingleDump>('nested', 'nested-without-dump-intr');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(serviceArbitrary, fc.array(destinationArbitrary, { maxLength: 12 })), {
        maxLength: 12,
      }),
      singleDumps,
      (wanted, singleDump) => {
        const kernel = new FakeKernel({ singleDump });
        const accepted: [ServiceValues, DestinationValues[]][] = [];
        for (const [one, destinations] of wanted) {
          if (errnoOf(kernel, Command.NEW_SERVICE, { service: one }) !== 0) continue;
          const acceptedDestinations = destinations.filter(
            (destination) => errnoOf(kernel, Command.NEW_DEST, { service: one, destination }) === 0,
          );
          accepted.push([one, acceptedDestinations.reverse().map(settingsOf)]);
        }
        const text = (entries: unknown[]): string[] =>
          entries.map((entry) => JSON.stringify(entry, (_, value: unknown) => comparable(value))).sort();
        const merged = new Map<string, [unknown, unknown[]]>();
        for (const { values } of dump(kernel, Command.GET_SERVICE_DEST)) {
          const { stats: _s, stats64: _s64, destinations = [], ...found } = values.service ?? {};
          const key = JSON.stringify(found, (_, value: unknown) => comparable(value));
          const entry = merged.get(key) ?? [found, []];
          merged.set(key, entry);
          entry[1].push(...destinations.map(settingsOf));
        }
        assert.deepEqual(text([...merged.values()]), text(accepted));
        for (const [one, destinations] of accepted) {
          const found = dump(kernel, Command.GET_DEST, { service: one });
          assert.deepEqual(
            text(found.map(({ values }) => settingsOf(values.destination ?? {}))),
            text(destinations),
          );
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('any bytes are answered or ignored, and do not change the table', () => {
  const anyBytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
  const kernel = new FakeKernel({ singleDump: 'nested' });
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      kernel.handle(1, bytes);
    }),
    { numRuns: 500 },
  );
  assert.equal(kernel.state.serviceCount, 0);
});

test('after any request with changed bytes the kernel still answers', () => {
  const kernel = new FakeKernel({ singleDump: 'flat' });
  kernel.state.addService(service(80));
  const command = fc.integer({ min: 1, max: 18 });
  const change = fc.tuple(fc.integer({ min: 0, max: 150 }), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(command, fc.array(change, { maxLength: 6 }), fc.boolean(), (number, changes, isDump) => {
      const bytes = request(
        kernel.familyId,
        number,
        { service: service(80) },
        {
          flags: isDump ? MessageFlag.DUMP : 0,
        },
      );
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      kernel.handle(1, bytes);
      assert.deepEqual(kernel.handle(1, request(kernel.familyId, Command.FLUSH)).length, 1);
    }),
    { numRuns: 500 },
  );
});

/** Bytes as arrays and attributes in the order of their names. */
function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function settingsOf(destination: DestinationValues): DestinationValues {
  const {
    stats: _s,
    stats64: _s64,
    activeConnections: _a,
    inactiveConnections: _i,
    persistentConnections: _p,
    ...settings
  } = destination;
  return settings;
}
