import assert from 'node:assert/strict';
import {
  ByteView,
  type Counters,
  MessageWalker,
  ServiceAssembler,
  ServiceRecords,
  type ServiceWithDestinations,
} from '../../../protocol/index.ts';
import { referenceService, referenceServiceDestinations } from '../reference-decoder.ts';
import { attribute, genericMessage, nest, padded, text, u16, u16be, u32, u64 } from '../reference-encoder.ts';

/** Returns a service or destination with its counters as plain values, to be compared. */
export function withCounterValues<T extends { readonly counters: Counters }>(object: T): unknown {
  const { counters } = object;
  return { ...object, counters: { is64Bit: counters.is64Bit, values: counters.values() } };
}

const stats64Nest = (value: number, type = 12): Buffer =>
  nest(type, ...Array.from({ length: 10 }, (_, index) => attribute(1 + index, u64(BigInt(value) << 33n))));
const statsNest = (value: number, type = 10): Buffer =>
  nest(
    type,
    ...Array.from({ length: 10 }, (_, index) =>
      attribute(1 + index, index === 3 || index === 4 ? u64(BigInt(value)) : u32(value)),
    ),
  );

/** Returns the bytes of a made-up destination: the payload of a DEST nest as current kernels write it. */
export const destinationBytes = (number: number): Buffer =>
  padded([
    attribute(1, Buffer.alloc(16, number & 255)),
    attribute(2, u16be(number & 0xffff)),
    attribute(3, u32(number % 4)),
    attribute(4, u32(number)),
    attribute(11, u16(number % 2 === 0 ? 2 : 10)),
    statsNest(number),
    stats64Nest(number),
  ]);

/** The same with every choice and order of attributes that kernels write, or might write. */
export const destinationVariants: Record<string, (number: number) => Buffer> = {
  current: destinationBytes,
  'without STATS64': (number) =>
    padded([
      attribute(1, Buffer.alloc(16, number & 255)),
      attribute(2, u16be(number & 0xffff)),
      attribute(11, u16(10)),
      statsNest(number),
    ]),
  'without a family': (number) =>
    padded([
      attribute(1, Buffer.alloc(16, number & 255)),
      attribute(2, u16be(number & 0xffff)),
      stats64Nest(number),
    ]),
  'with unknown attributes': (number) =>
    padded([
      attribute(1, Buffer.alloc(16, 1)),
      attribute(2, u16be(1)),
      attribute(99, u32(number)),
      stats64Nest(number),
    ]),
  'with a tunnel': (number) =>
    padded([
      attribute(1, Buffer.alloc(16, 7)),
      attribute(2, u16be(number & 0xffff)),
      attribute(3, u32(2)),
      stats64Nest(number),
      attribute(13, Buffer.from([number % 3])),
      attribute(14, u16be(number & 0xffff)),
      attribute(15, u16(number % 3)),
    ]),
  'repeating an attribute': (number) =>
    padded([
      attribute(1, Buffer.alloc(16, 1)),
      attribute(2, u16be(1)),
      attribute(2, u16be(number & 0xffff)),
      stats64Nest(3),
      stats64Nest(number),
    ]),
};

/** Returns the payload of a SERVICE nest with a list of these destinations, each the payload of a DEST nest. */
export function serviceOf(
  family: 2 | 10,
  destinations: readonly Uint8Array[] | undefined,
  port = 80,
): Buffer {
  const list =
    destinations === undefined ? [] : [nest(13, ...destinations.map((payload) => attribute(1, payload)))];
  return padded([
    attribute(1, u16(family)),
    attribute(2, u16(6)),
    attribute(3, Buffer.alloc(16, 1)),
    attribute(4, u16be(port)),
    attribute(6, text('wlc')),
    attribute(7, Buffer.concat([u32(0), u32(0xffffffff)])),
    attribute(8, u32(0)),
    statsNest(5),
    stats64Nest(6),
    ...list,
  ]);
}

/**
 * Decodes the payload of a SERVICE nest in a message of a dump, at this offset of its ArrayBuffer. Then overwrites the
 * message, so that values that are read too late are wrong.
 */
export function decodeAt(bytes: Buffer, offset: number): ServiceWithDestinations {
  const message = genericMessage({ type: 30, flags: 2 }, 1, attribute(1, bytes));
  const memory = Buffer.concat([Buffer.alloc(offset, 0xee), message, Buffer.alloc(16, 0xee)]);
  const view = new ByteView(memory.subarray(offset, offset + message.length));
  const assembler = new ServiceAssembler({ mergeRepeated: false });
  const walker = new MessageWalker(view, 0, message.length);
  walker.next();
  assembler.add(walker.message);
  view.bytes.fill(0xff);
  return assembler.rest()[0]!;
}

/** As {@link decodeAt}, but through records and a cursor, to plain values. */
export function decodeThroughRecords(bytes: Buffer): unknown {
  const message = genericMessage({ type: 30, flags: 2 }, 1, attribute(1, bytes));
  const view = new ByteView(message);
  const records = new ServiceRecords({ mergeRepeated: false });
  const walker = new MessageWalker(view, 0, message.length);
  walker.next();
  records.add(walker.message);
  view.bytes.fill(0xff);
  const cursor = records.cursor();
  assert.ok(cursor.nextService());
  const service = viewValues(cursor.service, SERVICE_PROPERTIES);
  const destinations: unknown[] = [];
  while (cursor.nextDestination()) destinations.push(viewValues(cursor.destination, DESTINATION_PROPERTIES));
  assert.ok(!cursor.nextService());
  return { service, destinations };
}

function viewValues<View extends { readonly counters: Counters }>(
  view: View,
  properties: readonly (keyof View)[],
): unknown {
  const { counters } = view;
  const values = Object.fromEntries(properties.map((name) => [name, view[name]]));
  return { ...values, counters: { is64Bit: counters.is64Bit, values: counters.values() } };
}

/** The properties of a service and of a destination that were decoded, in order. */
export const SERVICE_PROPERTIES = [
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
] as const;
export const DESTINATION_PROPERTIES = [
  'family',
  'address',
  'port',
  'forwarding',
  'weight',
  'upperThreshold',
  'lowerThreshold',
  'tunnel',
  'activeConnections',
  'inactiveConnections',
  'persistentConnections',
  'unknown',
] as const;

/** Returns a service with its destinations as plain values, to be compared. */
export function plainOf(service: ServiceWithDestinations): unknown {
  const { destinations, ...alone } = service;
  return {
    service: withCounterValues({ ...alone, counters: service.counters }),
    destinations: destinations.map(withCounterValues),
  };
}

/** Returns what {@link plainOf} should return, by the reference decoder. */
export function expectedPlain(bytes: Buffer): unknown {
  return { service: referenceService(bytes), destinations: referenceServiceDestinations(bytes) ?? [] };
}
