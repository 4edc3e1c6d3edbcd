import assert from 'node:assert/strict';
import {
  ByteView,
  type Counters,
  MessageWalker,
  ServiceAssembler,
  ServiceRecords,
  type ServiceWithDestinations,
} from '../../../protocol/index.ts';
import { plainService, plainServiceDestinations } from '../plain-decoder.ts';
import { attribute, genericMessage, nest, padded, text, u16, u16be, u32, u64 } from '../plain-encoder.ts';

export function shown<T extends { readonly counters: Counters }>(object: T): unknown {
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
export const usual = (number: number): Buffer =>
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
export const kernels: Record<string, (number: number) => Buffer> = {
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
export function serviceOf(family: 2 | 10, insides: readonly Uint8Array[] | undefined, port = 80): Buffer {
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

/**
 * Decodes the nest as a message of a dump that lies at an offset of its memory, and overwrites the bytes before
 * anything is read.
 */
export function decodeAt(bytes: Buffer, offset: number): ServiceWithDestinations {
  const message = genericMessage({ type: 30, flags: 2 }, 1, attribute(1, bytes));
  const memory = Buffer.concat([Buffer.alloc(offset, 0xee), message, Buffer.alloc(16, 0xee)]);
  const view = new ByteView(memory.subarray(offset, offset + message.length));
  const assembler = new ServiceAssembler({ merge: false });
  const walker = new MessageWalker(view, 0, message.length);
  walker.next();
  assembler.add(walker.message);
  view.bytes.fill(0xff);
  return assembler.rest()[0]!;
}

/** The same through records and a cursor. */
export function recorded(bytes: Buffer): unknown {
  const message = genericMessage({ type: 30, flags: 2 }, 1, attribute(1, bytes));
  const view = new ByteView(message);
  const records = new ServiceRecords({ merge: false });
  const walker = new MessageWalker(view, 0, message.length);
  walker.next();
  records.add(walker.message);
  view.bytes.fill(0xff);
  const cursor = records.cursor();
  assert.ok(cursor.nextService());
  const service = shownView(cursor.service, SERVICE_PROPERTIES);
  const destinations: unknown[] = [];
  while (cursor.nextDestination()) destinations.push(shownView(cursor.destination, DESTINATION_PROPERTIES));
  assert.ok(!cursor.nextService());
  return { service, destinations };
}

function shownView<View extends { readonly counters: Counters }>(
  view: View,
  properties: readonly (keyof View)[],
): unknown {
  const { counters } = view;
  const values = Object.fromEntries(properties.map((name) => [name, view[name]]));
  return { ...values, counters: { wide: counters.wide, values: counters.values() } };
}

/** The properties of a service and of a destination that was read, in their order. */
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

export function all(service: ServiceWithDestinations): unknown {
  const { destinations, ...alone } = service;
  return { service: shown({ ...alone, counters: service.counters }), destinations: destinations.map(shown) };
}

export function plainAll(bytes: Buffer): unknown {
  return { service: plainService(bytes), destinations: plainServiceDestinations(bytes) ?? [] };
}
