import * as fc from 'fast-check';
import type { DestinationDefinition, ServiceDefinition } from '../../protocol/index.ts';
import { attribute, padded, text, u8, u16, u16be, u32, u64 } from './reference-encoder.ts';

const FLAG_NAMES = ['flag-1', 'flag-2', 'flag-3'] as const;
const SCHEDULERS = [
  'rr',
  'wlc',
  'sh',
  'mh',
  'none',
  'toString',
  'constructor',
  '__proto__',
  'exactly15bytes!',
];

/** As `fc.record`, but always with the ordinary prototype. */
export function record<T>(fields: { [Name in keyof T]: fc.Arbitrary<T[Name]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const u16s: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffff });
const u32s: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffffffff });

/** One to three unknown attributes, with payloads of up to 40 bytes. */
const unknownAttributes = fc.array(
  record({ type: fc.integer({ min: 100, max: 0x3fff }), bytes: fc.uint8Array({ maxLength: 40 }) }),
  { minLength: 1, maxLength: 3 },
);

/** Valid services, with every optional part present or absent. */
export const serviceDefinitions: fc.Arbitrary<ServiceDefinition> = record({
  key: fc.oneof(
    record({
      protocol: fc.oneof(
        fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
        fc.integer({ min: 0, max: 255 }),
      ),
      address: fc.oneof(fc.ipV4(), fc.ipV6()),
      port: u16s,
    }),
    record({
      mark: fc.integer({ min: 1, max: 0xffffffff }),
      family: fc.constantFrom('ipv4' as const, 'ipv6' as const),
    }),
  ),
  scheduler: fc.constantFrom(...SCHEDULERS),
  persistenceTimeout: fc.option(fc.integer({ min: 0, max: 4294967 }), { nil: undefined }),
  netmask: fc.option(fc.ipV4(), { nil: undefined }),
  prefixLength: fc.option(fc.integer({ min: 1, max: 128 }), { nil: undefined }),
  onePacket: fc.boolean(),
  schedulerFlags: fc.subarray([...FLAG_NAMES]),
  persistenceEngine: fc.option(fc.constant('sip'), { nil: undefined }),
  otherFlags: u32s.map((bits) => (bits & ~63) >>> 0),
  unknown: fc.option(unknownAttributes, { nil: undefined }),
}).map(({ key, persistenceTimeout: timeout, netmask, prefixLength, ...settings }) => {
  const isIPv6 = 'mark' in key ? key.family === 'ipv6' : key.address.includes(':');
  const granularity = isIPv6 ? { prefixLength } : { netmask };
  const persistence = timeout === undefined ? undefined : { timeout, ...granularity };
  return { ...key, ...settings, persistence } as ServiceDefinition;
});

/** Valid destinations. */
export const destinationDefinitions: fc.Arbitrary<DestinationDefinition> = record({
  address: fc.oneof(fc.ipV4(), fc.ipV6()),
  port: u16s,
  forwarding: fc.oneof(
    fc.constantFrom('masq', 'local', 'tunnel', 'direct-route', 'bypass'),
    fc.integer({ min: 5, max: 7 }),
  ) as fc.Arbitrary<NonNullable<DestinationDefinition['forwarding']>>,
  weight: fc.integer({ min: 0, max: 0x7fffffff }),
  thresholds: fc.tuple(u32s, u32s).map((pair) => pair.sort((a, b) => a - b)),
  tunnel: fc.option(
    record({
      type: fc.oneof(
        fc.constantFrom('ipip' as const, 'gue' as const, 'gre' as const),
        fc.integer({ min: 3, max: 255 }),
      ),
      port: fc.integer({ min: 1, max: 65535 }),
      checksum: fc.oneof(
        fc.constantFrom('nocsum' as const, 'csum' as const, 'remcsum' as const),
        fc.integer({ min: 3, max: 65535 }),
      ),
    }),
    { nil: undefined },
  ),
  unknown: fc.option(unknownAttributes, { nil: undefined }),
}).map(({ thresholds: [lowerThreshold, upperThreshold], ...rest }) => ({
  ...rest,
  lowerThreshold: lowerThreshold!,
  upperThreshold: upperThreshold!,
}));

const payloads: fc.Arbitrary<Buffer> = fc.oneof(
  fc.integer({ min: 0, max: 255 }).map(u8),
  fc.constantFrom(2, 10, 6, 17).map(u16),
  u16s.map(u16be),
  u32s.map(u32),
  fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }).map(u64),
  fc.constantFrom(...SCHEDULERS).map(text),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
);

/** Attributes of one set in any order and number. Most have a payload of the right kind for their type. */
function attributesOf(
  payloadsByType: Readonly<Record<number, fc.Arbitrary<Uint8Array>>>,
): fc.Arbitrary<Buffer> {
  const one = fc.oneof(
    {
      weight: 30,
      arbitrary: fc.oneof(
        ...Object.entries(payloadsByType).map(([type, payload]) =>
          payload.map((value) => attribute(Number(type), value)),
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: 0, max: 0xffff }), payloads)
        .map(([type, value]) => attribute(type, value)),
    },
  );
  const complete = fc.tuple(
    ...Object.entries(payloadsByType).map(([type, payload]) =>
      payload.map((value) => attribute(Number(type), value)),
    ),
  );
  return fc.oneof(fc.array(one, { maxLength: 16 }), complete).map((parts) => padded(parts));
}

const u64Payload = fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }).map(u64);
const u32Payload = u32s.map(u32);
const families = fc.constantFrom(2, 10).map(u16);
const addresses = fc.uint8Array({ minLength: 16, maxLength: 16 });
const stats = attributesOf(
  Object.fromEntries(
    Array.from({ length: 10 }, (_, at) => [at + 1, at === 3 || at === 4 ? u64Payload : u32Payload]),
  ),
);
const stats64 = attributesOf(Object.fromEntries(Array.from({ length: 10 }, (_, at) => [at + 1, u64Payload])));

/** Payloads of a DEST nest as a kernel, or something that imitates one, may send them. */
export const destinationPayloads: fc.Arbitrary<Buffer> = attributesOf({
  1: addresses,
  2: u16s.map(u16be),
  3: fc.integer({ min: 0, max: 9 }).map(u32),
  4: u32Payload,
  5: u32Payload,
  6: u32Payload,
  7: u32Payload,
  8: u32Payload,
  9: u32Payload,
  11: families,
  10: stats,
  12: stats64,
  13: fc.integer({ min: 0, max: 4 }).map(u8),
  14: u16s.map(u16be),
  15: fc.integer({ min: 0, max: 4 }).map(u16),
});

/** Payloads of a SERVICE nest, some with a list of destinations. */
export const servicePayloads: fc.Arbitrary<Buffer> = fc.boolean().chain((marked) =>
  attributesOf({
    1: families,
    ...(marked
      ? { 5: u32Payload }
      : { 2: fc.constantFrom(6, 17, 132, 47).map(u16), 3: addresses, 4: u16s.map(u16be) }),
    6: fc.constantFrom(...SCHEDULERS).map(text),
    7: fc.tuple(u32s, u32s).map((pair) => Buffer.concat(pair.map(u32))),
    8: u32Payload,
    9: u32Payload,
    10: stats,
    12: stats64,
    13: fc
      .array(destinationPayloads, { maxLength: 3 })
      .map((nests) => padded(nests.map((inside) => attribute(1, inside)))),
  }),
);

/** `base` with a few bytes overwritten. */
export function mutated(base: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 1, 4, 255), fc.nat(255)));
  return fc.tuple(base, fc.array(change, { maxLength: 3 })).map(([bytes, changes]) => {
    const copy = Buffer.from(bytes);
    for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
    return copy;
  });
}
