import { type NetlinkAttribute, parseAttributes, parseMessages } from 'netlink';
import type { Destination, Service, ServiceWithDestinations } from '../../lib/index.ts';
import { newDestination, newService } from '../../lib/ipvs/requests/index.ts';
import type { IpvsRequest } from '../../lib/ipvs/requests/ipvs-call.ts';
import {
  type ByteView,
  type Counters,
  counterNames,
  type Message,
  MessageType,
  MessageWalker,
  type MessageWriter,
  ServiceAssembler,
  ServiceRecords,
} from '../../protocol/index.ts';
import type { Datagrams } from '../tables/datagrams.ts';

/** Decodes a whole single dump into objects, as the client does. */
export function decodeDump(datagrams: Datagrams, view: ByteView): ServiceWithDestinations[] {
  const assembler = new ServiceAssembler({ mergeRepeated: false });
  addMessages(datagrams, view, assembler);
  return assembler.rest();
}

/** Decodes a whole single dump into records only. */
export function decodeRecords(datagrams: Datagrams, view: ByteView): ServiceRecords {
  const records = new ServiceRecords({ mergeRepeated: false });
  addMessages(datagrams, view, records);
  return records;
}

function addMessages({ bounds }: Datagrams, view: ByteView, decoder: { add(message: Message): void }): void {
  const walker = new MessageWalker(view, 0, 0);
  for (const { start, end } of bounds) {
    walker.reset(view, start, end);
    while (walker.next()) if (walker.message.type >= MessageType.MIN) decoder.add(walker.message);
  }
}

/**
 * Returns a number that depends on the last character of a text, so that the text is really built: V8
 * concatenates lazily.
 */
function read(text: string | number | undefined): number {
  if (typeof text === 'number') return text;
  return text === undefined ? 0 : text.charCodeAt(text.length - 1);
}

function readService(service: Service): number {
  const { persistence, schedulerFlags, onePacket, otherFlags, unknown } = service;
  return (
    read(service.family) +
    read(service.protocol) +
    read(service.address) +
    read(service.port) +
    read(service.mark) +
    read(service.scheduler) +
    read(service.persistenceEngine) +
    (persistence === undefined
      ? 0
      : persistence.timeout + read(persistence.netmask) + read(persistence.prefixLength)) +
    schedulerFlags.length +
    Number(onePacket) +
    otherFlags +
    (unknown?.length ?? 0)
  );
}

function readDestination(destination: Destination): number {
  const { tunnel, unknown } = destination;
  return (
    read(destination.family) +
    read(destination.address) +
    destination.port +
    read(destination.forwarding) +
    destination.weight +
    destination.upperThreshold +
    destination.lowerThreshold +
    destination.activeConnections +
    destination.inactiveConnections +
    destination.persistentConnections +
    (tunnel === undefined ? 0 : read(tunnel.type) + tunnel.port + read(tunnel.checksum)) +
    (unknown?.length ?? 0)
  );
}

/** Reads every field of every service and destination, and returns a sum that depends on all of them. */
export function readFields(services: readonly ServiceWithDestinations[]): number {
  let sum = 0;
  for (const service of services) {
    sum += readService(service);
    for (const destination of service.destinations) sum += readDestination(destination);
  }
  return sum;
}

/** Reads the same fields with a cursor over records. */
export function readRecordFields(records: ServiceRecords): number {
  let sum = 0;
  const cursor = records.cursor();
  while (cursor.nextService()) {
    sum += readService(cursor.service);
    while (cursor.nextDestination()) sum += readDestination(cursor.destination);
  }
  return sum;
}

function storeCounters(counters: Counters, values: bigint[]): void {
  values[0] = counters.connections;
  values[1] = counters.incomingPackets;
  values[2] = counters.outgoingPackets;
  values[3] = counters.incomingBytes;
  values[4] = counters.outgoingBytes;
  values[5] = counters.connectionRate;
  values[6] = counters.incomingPacketRate;
  values[7] = counters.outgoingPacketRate;
  values[8] = counters.incomingByteRate;
  values[9] = counters.outgoingByteRate;
}

/** Reads every counter of every service and destination, and returns the last ten; stored so that each is really made. */
export function readCounters(services: readonly ServiceWithDestinations[]): readonly bigint[] {
  // An array that outlives the dump would add a write barrier to each counter.
  const values = new Array<bigint>(counterNames.length).fill(0n);
  for (const { counters, destinations } of services) {
    storeCounters(counters, values);
    for (const destination of destinations) storeCounters(destination.counters, values);
  }
  return values;
}

/** Encodes the request that adds each service and destination, and returns the number of bytes. */
export function encodeTable(table: readonly ServiceWithDestinations[], writer: MessageWriter): number {
  let bytes = 0;
  const header = { type: MessageType.MIN, flags: 0, sequence: 1 };
  const encodeRequest = (request: IpvsRequest<void>): void => {
    writer.reset();
    const message = writer.beginMessage(header);
    request.encode(writer);
    writer.endMessage(message);
    bytes += writer.length;
  };
  for (const service of table) {
    encodeRequest(newService(service));
    for (const destination of service.destinations) encodeRequest(newDestination(service, destination));
  }
  return bytes;
}

const GENERIC_HEADER = 4;
const COUNTER_NESTS: ReadonlySet<number> = new Set([10, 12]);
const DESTINATIONS_NEST = 13;

/**
 * Decodes the datagrams with the npm package `netlink`, which gives type and bytes of every attribute in
 * every nest.
 */
export function decodeWithNpmNetlink({ bytes, bounds }: Datagrams): number {
  let count = 0;
  const attributes = (nest: Buffer): NetlinkAttribute[] => {
    const parsed: NetlinkAttribute[] = [];
    parseAttributes(nest, (attribute) => parsed.push(attribute));
    count += parsed.length;
    return parsed;
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
