import { type NetlinkAttribute, parseAttributes, parseMessages } from 'netlink';
import { type IpvsRequest, newDestination, newService } from '../lib/ipvs/requests.ts';
import {
  ByteView,
  counterNames,
  MessageType,
  MessageWalker,
  MessageWriter,
  ServiceAssembler,
  type ServiceWithDestinations,
} from '../protocol/index.ts';
import type { Datagrams } from './datagrams.ts';
import { type Effort, type Measurement, measureInTurn, type Outsider, type Subject } from './measure.ts';
import type { Yardstick } from './yardstick.ts';

/** What is compared. */
export type CodecWay =
  | 'decode'
  | 'decode-fields'
  | 'decode-counters'
  | 'encode'
  | 'npm-netlink'
  | 'c-walk'
  | 'c-libnl';

/** What each is called in tables. */
export const codecLabels: Readonly<Record<CodecWay, string>> = {
  decode:
    'decode: all verified and copied; services are objects, destinations and counters become some when asked for',
  'decode-fields': 'decode, and ask for every field of every destination',
  'decode-counters': 'decode, and ask for every field and all ten 64-bit counters of every object',
  encode: 'encode: requests that add every service and destination again',
  'npm-netlink': 'npm package netlink: type and bytes of every attribute, no values',
  'c-walk': 'C, plain walk into structs',
  'c-libnl': 'C, libnl nla_parse_nested into structs',
};

/** One way's figure. */
interface CodecFigure {
  readonly way: CodecWay;
  readonly time: Measurement;
  /** Bytes decoded or encoded. */
  readonly bytes: number;
}

/** Decoding and encoding of one table. */
export interface CodecFigures {
  readonly table: string;
  /** Who made the datagrams. */
  readonly source: string;
  readonly services: number;
  readonly destinations: number;
  readonly figures: readonly CodecFigure[];
  /** Why there are no figures of the C program; absent where there are. */
  readonly noYardstick?: string;
}

/** Decodes a whole single dump as the client does. */
function decodeDump({ bounds }: Datagrams, view: ByteView): ServiceWithDestinations[] {
  const assembler = new ServiceAssembler({ merge: false });
  const walker = new MessageWalker(view, 0, 0);
  for (const { start, end } of bounds) {
    walker.reset(view, start, end);
    while (walker.next()) if (walker.message.type >= MessageType.MIN) assembler.add(walker.message);
  }
  return assembler.rest();
}

/** The sum of every counter, so that each is read. */
function readCounters(services: readonly ServiceWithDestinations[]): bigint {
  let sum = 0n;
  for (const service of services) {
    for (const name of counterNames) sum += service.counters[name];
    for (const { counters } of service.destinations) for (const name of counterNames) sum += counters[name];
  }
  return sum;
}

const GENERIC_HEADER = 4;
const COUNTER_NESTS: ReadonlySet<number> = new Set([10, 12]);
const DESTINATIONS_NEST = 13;

/** The same datagrams through the npm package `netlink`: type and bytes of every attribute of every nest. */
function decodeWithNetlink({ bytes, bounds }: Datagrams): number {
  let count = 0;
  const attributes = (nest: Buffer): NetlinkAttribute[] => {
    const found: NetlinkAttribute[] = [];
    parseAttributes(nest, (attribute) => found.push(attribute));
    count += found.length;
    return found;
  };
  const decodeDestination = (nest: Buffer): void => {
    for (const { type, data } of attributes(nest)) if (COUNTER_NESTS.has(type)) attributes(data);
  };
  const decodeService = (nest: Buffer): void => {
    for (const { type, data } of attributes(nest)) {
      if (COUNTER_NESTS.has(type)) attributes(data);
      if (type === DESTINATIONS_NEST) for (const entry of attributes(data)) decodeDestination(entry.data);
    }
  };
  for (const { start, end } of bounds) {
    const datagram = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
    for (const { type, data } of parseMessages(datagram)) {
      if (type < MessageType.MIN) continue;
      for (const { data: nest } of attributes(data.subarray(GENERIC_HEADER))) decodeService(nest);
    }
  }
  return count;
}

/** The sum of a number of every service and destination, so that each is made. */
function readFields(services: readonly ServiceWithDestinations[]): number {
  let sum = 0;
  for (const service of services) {
    sum += service.otherFlags;
    for (const { port, weight, activeConnections } of service.destinations)
      sum += port + weight + activeConnections;
  }
  return sum;
}

/** Appends the request of every service and destination and returns the bytes. */
function encodeTable(table: readonly ServiceWithDestinations[], writer: MessageWriter): number {
  let bytes = 0;
  const header = { type: MessageType.MIN, flags: 0, sequence: 1 };
  const append = (request: IpvsRequest<void>): void => {
    writer.reset();
    const message = writer.beginMessage(header);
    request.encode(writer);
    writer.endMessage(message);
    bytes += writer.length;
  };
  for (const service of table) {
    append(newService(service));
    for (const destination of service.destinations) append(newDestination(service, destination));
  }
  return bytes;
}

/** Measures decoding and encoding of one table, beside others on the same bytes. */
export async function measureCodec(
  name: string,
  datagrams: Datagrams,
  source: string,
  yardstick: Yardstick | string,
  effort: Effort,
  progress: (text: string) => void,
): Promise<CodecFigures> {
  const view = new ByteView(datagrams.bytes);
  const writer = new MessageWriter();
  const table = decodeDump(datagrams, view);
  const decoded = datagrams.bounds.reduce((sum, { start, end }) => sum + end - start, 0);
  const encoded = encodeTable(table, writer);
  const subjects = new Map<CodecWay, Subject | Outsider>([
    ['decode', () => decodeDump(datagrams, view)],
    ['decode-fields', () => readFields(decodeDump(datagrams, view))],
    ['decode-counters', () => readCounters(decodeDump(datagrams, view))],
  ]);
  if (typeof yardstick !== 'string') {
    subjects.set('c-walk', await yardstick.outsider(datagrams, 'walk'));
    subjects.set('c-libnl', await yardstick.outsider(datagrams, 'libnl'));
  }
  subjects.set('npm-netlink', () => decodeWithNetlink(datagrams));
  subjects.set('encode', () => encodeTable(table, writer));
  const times = await measureInTurn(
    subjects,
    effort,
    (way, round) => progress(`codec ${name}: ${way}, round ${round} of ${effort.rounds}`),
    'cpu',
  );
  return {
    table: name,
    source,
    services: table.length,
    destinations: table.reduce((sum, { destinations }) => sum + destinations.length, 0),
    figures: [...times].map(([way, time]) => ({ way, time, bytes: way === 'encode' ? encoded : decoded })),
    ...(typeof yardstick === 'string' ? { noYardstick: yardstick } : {}),
  };
}
