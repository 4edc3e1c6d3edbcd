import {
  ByteView,
  beginGenericMessage,
  Command,
  FAMILY_VERSION,
  genericPayload,
  ipvsAttributes,
  MessageFlag,
  MessageType,
  MessageWalker,
  MessageWriter,
  walkAttributes,
} from '../../protocol/index.ts';
import { Random } from '../sampling/random.ts';
import { type Datagrams, joinDatagrams } from './datagrams.ts';

/** An attribute: its value, or the attributes nested in it. */
interface Attribute {
  readonly type: number;
  readonly value: Uint8Array | Nest;
}

type Nest = readonly Attribute[];

/** How to make a single dump that may be slow to decode: that of the uniform table with one change. */
export interface AdversarialTable {
  readonly name: string;
  /** Changes the SERVICE nests of the uniform table's dump. */
  readonly change: (services: readonly Nest[]) => readonly Nest[];
  /** Offset of the datagrams in their buffer, in bytes, to decode unaligned ones. Default: 0. */
  readonly offset?: number;
}

const SERVICE = ipvsAttributes.command.service[0];
const ADDRESS = ipvsAttributes.service.address[0];
const PORT = ipvsAttributes.service.port[0];
const SCHEDULER = ipvsAttributes.service.scheduler[0];
const DESTINATIONS = ipvsAttributes.service.destinations[0];
const ENTRY = 1;
const { stats, stats64, family, tunnelType, tunnelPort, tunnelFlags } = ipvsAttributes.destination;
const UNKNOWN = 99;

/** Which attributes of a nest are nests, by type, with the nests inside them. */
interface NestedTypes {
  readonly [type: number]: NestedTypes;
}

const counters: NestedTypes = { [stats[0]]: {}, [stats64[0]]: {} };
const typesInService: NestedTypes = { ...counters, [DESTINATIONS]: { [ENTRY]: counters } };

function parse(view: ByteView, start: number, end: number, nestedTypes: NestedTypes): Attribute[] {
  const attributes: Attribute[] = [];
  walkAttributes(view, start, end, '', (type, _raw, from, to) => {
    const inside = nestedTypes[type];
    const value = inside === undefined ? view.bytes.slice(from, to) : parse(view, from, to, inside);
    attributes.push({ type, value });
  });
  return attributes;
}

function write(writer: MessageWriter, { type, value }: Attribute): void {
  const offset = writer.beginAttribute(type);
  if (value instanceof Uint8Array) writer.raw(value);
  else for (const attribute of value) write(writer, attribute);
  writer.endAttribute(offset);
}

/**
 * Returns the SERVICE nests of the uniform table's dump; a service that was split over messages is merged.
 * Stops after 5000 services of two destinations each, as no adversarial table uses more than 10 000 destinations.
 */
export function ordinaryServices({ bytes, bounds }: Datagrams): Nest[] {
  const view = new ByteView(bytes);
  const services: Nest[] = [];
  for (const { start, end } of bounds) {
    const walker = new MessageWalker(view, start, end);
    while (walker.next() && services.length < MANY_DESTINATIONS / 2) {
      const { message } = walker;
      if (message.type < MessageType.MIN) continue;
      walkAttributes(view, genericPayload(message), message.end, '', (_type, _raw, from, to) => {
        const service = parse(view, from, to, typesInService);
        const last = services.at(-1);
        if (last === undefined || keyOf(last) !== keyOf(service)) services.push(service);
        else services[services.length - 1] = withDestinations(last, [last, service].flatMap(destinationsOf));
      });
    }
  }
  return services;
}

const DATAGRAM_BYTES = 16_384;
const HEADER = { type: MessageType.MIN, flags: MessageFlag.MULTI, sequence: 1 };

function writeServices(services: readonly Nest[]): Datagrams {
  const datagrams: Uint8Array[] = [];
  const writer = new MessageWriter();
  for (const service of services) {
    const start = writer.length;
    const message = beginGenericMessage(writer, HEADER, {
      command: Command.NEW_SERVICE,
      version: FAMILY_VERSION,
    });
    write(writer, { type: SERVICE, value: service });
    writer.endMessage(message);
    if (writer.length < DATAGRAM_BYTES) continue;
    const split = start === 0 ? writer.length : start;
    const rest = writer.bytes.slice(split);
    writer.reset(split);
    datagrams.push(writer.copy());
    writer.reset();
    writer.raw(rest);
  }
  if (writer.length > 0) datagrams.push(writer.copy());
  return joinDatagrams(datagrams);
}

/** Number of services that most adversarial tables take from the uniform table's dump. */
const SERVICES = 2000;

/** Returns the dump of an adversarial table. */
export function adversarialDump({ change }: AdversarialTable, ordinary: readonly Nest[]): Datagrams {
  return writeServices(change(ordinary));
}

/** Applies a change to a service, to each of its destinations, and to the nests of counters in both. */
function everyNest(nest: Nest, change: (nest: Nest) => Nest): Nest {
  return change(
    nest.map((attribute) => {
      const { type, value } = attribute;
      if (value instanceof Uint8Array) return attribute;
      const inside = type === DESTINATIONS ? entries(value, change) : change(value);
      return { type, value: inside };
    }),
  );
}

function entries(list: Nest, change: (nest: Nest) => Nest): Nest {
  return list.map(({ type, value }) => ({ type, value: everyNest(value as Nest, change) }));
}

/** Returns the change of a table that applies `change` to every nest of its first services. */
function changingEveryNest(change: (nest: Nest) => Nest): AdversarialTable['change'] {
  return (services) => services.slice(0, SERVICES).map((service) => everyNest(service, change));
}

/** Returns a change that removes attributes from services and destinations. */
function without(service: readonly number[], destination: readonly number[]): AdversarialTable['change'] {
  const remaining = (nest: Nest, types: readonly number[]): Nest =>
    nest.filter(({ type }) => !types.includes(type));
  return (services) =>
    services.slice(0, SERVICES).map((nest) =>
      remaining(nest, service).map(({ type, value }) => ({
        type,
        value:
          type === DESTINATIONS
            ? (value as Nest).map((entry) => ({
                type: ENTRY,
                value: remaining(entry.value as Nest, destination),
              }))
            : value,
      })),
    );
}

/** Returns a service with its destinations replaced. */
function withDestinations(service: Nest, value: Nest): Nest {
  return service.map((attribute) =>
    attribute.type === DESTINATIONS ? { type: DESTINATIONS, value } : attribute,
  );
}

/** Returns the address and port of a service as text, to recognise the parts of one service. */
function keyOf(service: Nest): string {
  return service
    .filter(({ type }) => type === ADDRESS || type === PORT)
    .map(({ value }) => (value as Uint8Array).join('.'))
    .join(' ');
}

function destinationsOf(service: Nest): Nest {
  return service.find(({ type }) => type === DESTINATIONS)!.value as Nest;
}

/**
 * Returns a change that inserts an unknown attribute of `length` bytes into one of `every` nests, at varying
 * positions.
 */
function insertingUnknown(length: number, every: number): AdversarialTable['change'] {
  let count = 0;
  const attribute = { type: UNKNOWN, value: new Uint8Array(length).fill(0xa5) };
  return changingEveryNest((nest) =>
    count++ % every === 0 ? nest.toSpliced(count % (nest.length + 1), 0, attribute) : nest,
  );
}

/** Number of different scheduler names: more than the decoder has slots for short names, see `InternedNames`. */
const NAMES = 65;
/** Maximum length of a scheduler name, in bytes. */
const MAXIMUM_NAME = 15;
/** The beginning of scheduler names, so that long names differ only at their end. */
const NAME_PREFIX = 'scheduler-name';
/** Number of different orders of attributes. */
const LAYOUTS = 300;
/** Number of destinations of the table with one service. */
const MANY_DESTINATIONS = 10_000;
/** Number of destinations in one message, about as many as the patched kernel puts into one. */
const DESTINATIONS_PER_MESSAGE = 40;

/** Returns a scheduler name for an index; the lengths run from 1 to 15. */
function schedulerName(index: number): string {
  const letter = String.fromCharCode('a'.charCodeAt(0) + Math.floor(index / MAXIMUM_NAME));
  return `${NAME_PREFIX.slice(0, index % MAXIMUM_NAME)}${letter}`;
}

function manyNames(services: readonly Nest[]): readonly Nest[] {
  const names = Array.from({ length: NAMES }, (_, index) => Buffer.from(`${schedulerName(index)}\0`));
  return services
    .slice(0, SERVICES)
    .map((service, index) =>
      service.map((attribute) =>
        attribute.type === SCHEDULER ? { type: SCHEDULER, value: names[index % NAMES]! } : attribute,
      ),
    );
}

/** Shuffles the attributes of each nest, in hundreds of different orders. */
function manyLayouts(services: readonly Nest[]): readonly Nest[] {
  let count = 0;
  return changingEveryNest((nest) => {
    const random = new Random(1 + (count++ % LAYOUTS));
    return nest
      .map((attribute) => ({ attribute, at: random.next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ attribute }) => attribute);
  })(services);
}

/** Returns one service with thousands of destinations, split into messages. */
function manyDestinations(services: readonly Nest[]): readonly Nest[] {
  const destinations = services.flatMap(destinationsOf).slice(0, MANY_DESTINATIONS);
  const parts: Nest[] = [];
  for (let at = 0; at < destinations.length; at += DESTINATIONS_PER_MESSAGE)
    parts.push(withDestinations(services[0]!, destinations.slice(at, at + DESTINATIONS_PER_MESSAGE)));
  return parts;
}

/** All adversarial tables. */
export const adversarialTables: readonly AdversarialTable[] = [
  { name: 'scheduler-names', change: manyNames },
  { name: 'layouts', change: manyLayouts },
  { name: 'unknown-attributes', change: insertingUnknown(8, 2) },
  { name: 'long-unknown-attributes', change: insertingUnknown(600, 4) },
  {
    name: '1-destination',
    change: (services) =>
      services
        .slice(0, SERVICES)
        .map((service) => withDestinations(service, destinationsOf(service).slice(0, 1))),
  },
  { name: '10000-destinations', change: manyDestinations },
  { name: 'reverse-order', change: changingEveryNest((nest) => nest.toReversed()) },
  {
    name: 'old-kernel',
    change: without([stats64[0]], [stats64[0], family[0], tunnelType[0], tunnelPort[0], tunnelFlags[0]]),
  },
  { name: 'no-counters', change: without([stats[0], stats64[0]], [stats[0], stats64[0]]) },
  {
    name: 'one-by-one',
    change: (services) =>
      services
        .slice(0, SERVICES)
        .flatMap((service) => destinationsOf(service).map((entry) => withDestinations(service, [entry]))),
  },
  { name: 'unaligned', change: (services) => services.slice(0, SERVICES), offset: 1 },
];
