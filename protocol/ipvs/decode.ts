import {
  ATTRIBUTE_HEADER_LENGTH,
  AttributeIndex,
  type AttributeLayout,
  align,
  type ByteView,
  DecodeError,
  LITTLE_ENDIAN,
  type MessageWriter,
  readString,
  type UnknownAttribute,
  walkAttributes,
} from '../netlink/index.ts';
import { formatAddress } from './address.ts';
import { ipvsAttributes, ipvsCodec } from './attributes.ts';
import { AddressFamily, FORWARDING_MASK, NAMED_SERVICE_FLAGS, ServiceFlag } from './constants.ts';
import { Counters, wideCounters } from './counters.ts';
import {
  type Family,
  FORWARDING_NAMES,
  FORWARDING_NUMBERS,
  PROTOCOL_NAMES,
  type Protocol,
  schedulerFlags,
  TUNNEL_CHECKSUM_NAMES,
  TUNNEL_TYPE_NAMES,
} from './names.ts';
import type { Destination, Persistence, Service, Tunnel } from './types.ts';

/** A service that may still get more destinations. */
export type WholeService = Service & { destinations: Destination[] };

const SERVICE = ipvsAttributes.service;
const DESTINATION = ipvsAttributes.destination;

const serviceIndex = new AttributeIndex('service', SERVICE, {
  open: SERVICE.destinations[0],
  inner: { type: SERVICE.stats64[0], index: wideCounters },
});
const destinationIndex = new AttributeIndex('destination', DESTINATION, {
  inner: { type: DESTINATION.stats64[0], index: wideCounters },
});

/**
 * Decodes the SERVICE nest whose attributes lie at `start` to `end`; destinations inside it are
 * left to {@link decodeServiceDestinations}.
 *
 * Counters keep a reference to the bytes and read them when asked: the bytes must not be reused.
 * Throws a {@link DecodeError} with offset and path.
 */
export function decodeService(view: ByteView, start: number, end: number): Service {
  const { destinations: _notAsked, ...service } = readService(view, start, end, false);
  return service as Service;
}

/**
 * Decodes the SERVICE nest whose attributes lie at `start` to `end` with the destinations that it
 * holds (single dump). The same terms as for {@link decodeService} hold.
 */
export function decodeServiceWithDestinations(view: ByteView, start: number, end: number): WholeService {
  return readService(view, start, end, true);
}

/**
 * Decodes the destinations inside a SERVICE nest (single dump) and appends them to `into`.
 *
 * Returns false when the nest has no list of destinations. The same terms as
 * {@link decodeService} hold.
 */
export function decodeServiceDestinations(
  view: ByteView,
  start: number,
  end: number,
  family: Family,
  into: Destination[],
): boolean {
  const listAt = serviceIndex.find(view, start, end).at[SERVICE.destinations[0]]!;
  if (listAt === 0) return false;
  into.push(...readDestinations(view, start + listAt, family));
  return true;
}

/** The list of destinations whose first entry lies at `from`. */
function readDestinations(view: ByteView, from: number, family: Family): Destination[] {
  const { data } = view;
  const end = from - ATTRIBUTE_HEADER_LENGTH + data.getUint16(from - ATTRIBUTE_HEADER_LENGTH, LITTLE_ENDIAN);
  // Counted first, so that the array is as long as it has to be: there is one for each service.
  const destinations = new Array<Destination>(countEntries(data, from, end));
  let offset = from;
  for (let index = 0; index < destinations.length; index++) {
    const length = data.getUint16(offset, LITTLE_ENDIAN);
    destinations[index] = decodeDestination(view, offset + ATTRIBUTE_HEADER_LENGTH, offset + length, family);
    offset += align(length);
  }
  return destinations;
}

/** How many entries a list has. Throws where the length of one does not fit. */
function countEntries(data: DataView, start: number, end: number): number {
  let count = 0;
  let offset = start;
  while (end - offset >= ATTRIBUTE_HEADER_LENGTH) {
    const length = data.getUint16(offset, LITTLE_ENDIAN);
    if (length < ATTRIBUTE_HEADER_LENGTH || length > end - offset) {
      const problem = `an attribute length of ${length} does not fit ${end - offset} bytes`;
      throw new DecodeError(problem, offset, `service.destinations[${count}]`);
    }
    count++;
    offset += align(length);
  }
  if (offset < end) throw new DecodeError('the attribute header is cut off', offset, 'service.destinations');
  return count;
}

function readService(view: ByteView, start: number, end: number, whole: boolean): WholeService {
  const layout = serviceIndex.find(view, start, end);
  const { at } = layout;
  const { data, bytes } = view;
  const family = decodeFamilyAt('service', data, required(at, SERVICE.family[0], 'family', start));
  const scheduler = schedulerName(view, required(at, SERVICE.scheduler[0], 'scheduler', start), layout);
  const flagsAt = at[SERVICE.flags[0]]!;
  const flags = flagsAt === 0 ? 0 : data.getUint32(start + flagsAt, LITTLE_ENDIAN);
  const engineAt = at[SERVICE.persistenceEngine[0]]!;
  const markAt = at[SERVICE.mark[0]]!;
  const marked = markAt !== 0;
  const listAt = at[SERVICE.destinations[0]]!;
  return {
    family,
    protocol: marked
      ? undefined
      : decodeProtocol(data.getUint16(required(at, SERVICE.protocol[0], 'protocol', start), LITTLE_ENDIAN)),
    address: marked
      ? undefined
      : formatAddress(family, bytes, required(at, SERVICE.address[0], 'address', start)),
    port: marked ? undefined : data.getUint16(required(at, SERVICE.port[0], 'port', start)),
    mark: marked ? data.getUint32(start + markAt, LITTLE_ENDIAN) : undefined,
    scheduler,
    persistence:
      (flags & ServiceFlag.PERSISTENT) === 0 ? undefined : decodePersistence(view, start, at, family),
    onePacket: (flags & ServiceFlag.ONE_PACKET) !== 0,
    schedulerFlags: schedulerFlags(scheduler, flags),
    persistenceEngine:
      engineAt === 0
        ? undefined
        : readString(
            bytes,
            start + engineAt,
            start + engineAt + layout.lengths[SERVICE.persistenceEngine[0]]!,
          ),
    otherFlags: (flags & ~NAMED_SERVICE_FLAGS) >>> 0,
    unknown: layout.hasUnknown ? unknownAttributes('service', view, start, end) : undefined,
    counters: decodeCounters(view, start, layout, SERVICE.stats[0], SERVICE.stats64[0]),
    destinations: whole && listAt !== 0 ? readDestinations(view, start + listAt, family) : [],
  } as WholeService;
}

/**
 * Decodes the DEST nest whose attributes lie at `start` to `end`.
 *
 * `serviceFamily` stands in where the nest has no family of its own (kernels before 3.18). The same
 * terms as for {@link decodeService} hold.
 */
export function decodeDestination(
  view: ByteView,
  start: number,
  end: number,
  serviceFamily: Family,
): Destination {
  const layout = destinationIndex.find(view, start, end);
  const { at } = layout;
  const { data, bytes } = view;
  const familyAt = at[DESTINATION.family[0]]!;
  const family = familyAt === 0 ? serviceFamily : decodeFamilyAt('destination', data, start + familyAt);
  const forwardingNumber = word(data, start, at[DESTINATION.forwarding[0]]!) & FORWARDING_MASK;
  return {
    family,
    address: formatAddress(
      family,
      bytes,
      requiredOf('destination', at, DESTINATION.address[0], 'address', start),
    ),
    port: data.getUint16(requiredOf('destination', at, DESTINATION.port[0], 'port', start)),
    forwarding: FORWARDING_NAMES[forwardingNumber] ?? forwardingNumber,
    weight: word(data, start, at[DESTINATION.weight[0]]!) | 0,
    upperThreshold: word(data, start, at[DESTINATION.upperThreshold[0]]!),
    lowerThreshold: word(data, start, at[DESTINATION.lowerThreshold[0]]!),
    tunnel: decodeTunnel(data, start, at, forwardingNumber),
    activeConnections: word(data, start, at[DESTINATION.activeConnections[0]]!),
    inactiveConnections: word(data, start, at[DESTINATION.inactiveConnections[0]]!),
    persistentConnections: word(data, start, at[DESTINATION.persistentConnections[0]]!),
    unknown: layout.hasUnknown ? unknownAttributes('destination', view, start, end) : undefined,
    counters: decodeCounters(view, start, layout, DESTINATION.stats[0], DESTINATION.stats64[0]),
  };
}

function word(data: DataView, start: number, at: number): number {
  return at === 0 ? 0 : data.getUint32(start + at, LITTLE_ENDIAN);
}

function required(at: Int32Array, type: number, name: string, start: number): number {
  return requiredOf('service', at, type, name, start);
}

function requiredOf(set: string, at: Int32Array, type: number, name: string, start: number): number {
  const offset = at[type]!;
  if (offset === 0) throw new DecodeError('is missing', start, `${set}.${name}`);
  return start + offset;
}

function decodeFamilyAt(set: string, data: DataView, offset: number): Family {
  const number = data.getUint16(offset, LITTLE_ENDIAN);
  if (number === AddressFamily.INET) return 'ipv4';
  if (number === AddressFamily.INET6) return 'ipv6';
  throw new DecodeError(`no address family has the number ${number}`, offset, `${set}.family`);
}

function decodeProtocol(number: number): Protocol {
  return PROTOCOL_NAMES[number] ?? number;
}

function decodePersistence(view: ByteView, start: number, at: Int32Array, family: Family): Persistence {
  const timeout = word(view.data, start, at[SERVICE.timeout[0]]!);
  const netmaskAt = at[SERVICE.netmask[0]]!;
  if (netmaskAt === 0) return { timeout };
  if (family === 'ipv4') return { timeout, netmask: formatAddress('ipv4', view.bytes, start + netmaskAt) };
  return { timeout, prefixLength: view.data.getUint32(start + netmaskAt, LITTLE_ENDIAN) };
}

function decodeTunnel(data: DataView, start: number, at: Int32Array, forwarding: number): Tunnel | undefined {
  const typeAt = at[DESTINATION.tunnelType[0]]!;
  const portAt = at[DESTINATION.tunnelPort[0]]!;
  const port = portAt === 0 ? 0 : data.getUint16(start + portAt);
  const flagsAt = at[DESTINATION.tunnelFlags[0]]!;
  if (typeAt === 0 && portAt === 0 && flagsAt === 0) return undefined;
  const type = typeAt === 0 ? 0 : data.getUint8(start + typeAt);
  const flags = flagsAt === 0 ? 0 : data.getUint16(start + flagsAt, LITTLE_ENDIAN);
  if (forwarding !== FORWARDING_NUMBERS.tunnel && type === 0 && port === 0 && flags === 0) return undefined;
  return { type: TUNNEL_TYPE_NAMES[type] ?? type, port, checksum: TUNNEL_CHECKSUM_NAMES[flags] ?? flags };
}

function decodeCounters(
  view: ByteView,
  start: number,
  layout: AttributeLayout,
  narrow: number,
  wide: number,
): Counters {
  const wideAt = layout.at[wide]!;
  if (wideAt !== 0) return Counters.fromStats64(view, start + wideAt, layout.inner!);
  const narrowAt = layout.at[narrow]!;
  if (narrowAt === 0) return Counters.none;
  return Counters.fromStats(view, start + narrowAt, start + narrowAt + layout.lengths[narrow]!);
}

function unknownAttributes(
  set: 'service' | 'destination',
  view: ByteView,
  start: number,
  end: number,
): readonly UnknownAttribute[] {
  const unknown: UnknownAttribute[] = [];
  walkAttributes(view, start, end, set, (type, rawType, from, to) => {
    if (ipvsCodec.attributeName(set, type) === undefined)
      unknown.push({ type: rawType, bytes: view.bytes.slice(from, to) });
  });
  return unknown;
}

let lastName = '';
let lastBytes: Uint8Array = new Uint8Array(0);

/** The same name comes thousands of times in a row: comparing its bytes spares making the text. */
function schedulerName(view: ByteView, offset: number, layout: AttributeLayout): string {
  const { bytes } = view;
  const length = layout.lengths[SERVICE.scheduler[0]]!;
  let same = length === lastBytes.length && length > 0;
  for (let index = 0; same && index < length; index++) same = bytes[offset + index] === lastBytes[index];
  if (!same) {
    lastName = readString(bytes, offset, offset + length);
    lastBytes = bytes.slice(offset, offset + length);
  }
  return lastName;
}

const KEY_TYPES: readonly number[] = [
  SERVICE.family[0],
  SERVICE.protocol[0],
  SERVICE.address[0],
  SERVICE.port[0],
  SERVICE.mark[0],
];

/**
 * Appends the identifying attributes of the SERVICE nest at `start` to `end`, byte for byte: what a
 * request about a service that was just read needs, without making and parsing its text.
 */
export function copyServiceKey(view: ByteView, start: number, end: number, writer: MessageWriter): void {
  const { at, lengths } = serviceIndex.find(view, start, end);
  for (const type of KEY_TYPES) {
    if (at[type] === 0) continue;
    const from = start + at[type]!;
    const attribute = writer.beginAttribute(type);
    writer.raw(view.bytes.subarray(from, from + lengths[type]!));
    writer.endAttribute(attribute);
  }
}

/** The headers of the attributes that a service was found to begin with: their words and where they lie. */
interface LeadingKey {
  readonly headers: readonly number[];
  readonly positions: readonly number[];
  readonly length: number;
}

let lastKey: LeadingKey | undefined;

/**
 * How many bytes of the SERVICE nest at `start` to `end` identify the service, headers and padding
 * included: they can be copied into a request as they are. 0 where other attributes stand before or
 * among them. The same terms as for {@link decodeService} hold.
 */
export function leadingKeyLength(view: ByteView, start: number, end: number): number {
  if (lastKey === undefined || !beginsWith(view, start, end, lastKey)) lastKey = learnKey(view, start, end);
  return lastKey.length;
}

function beginsWith(
  { words }: ByteView,
  start: number,
  end: number,
  { headers, positions, length }: LeadingKey,
): boolean {
  if (length === 0 || length > end - start) return false;
  const base = start >> 2;
  for (let index = 0; index < headers.length; index++)
    if (words[base + positions[index]!] !== headers[index]) return false;
  return true;
}

function learnKey(view: ByteView, start: number, end: number): LeadingKey {
  const { at, lengths } = serviceIndex.find(view, start, end);
  const present = KEY_TYPES.filter((type) => at[type] !== 0);
  const positions = present.map((type) => (at[type]! - ATTRIBUTE_HEADER_LENGTH) >> 2);
  const ends = present.map((type) => at[type]! + align(lengths[type]!));
  const length = present.reduce((sum, type) => sum + ATTRIBUTE_HEADER_LENGTH + align(lengths[type]!), 0);
  const leading = (start & 3) === 0 && Math.max(...ends) === length;
  const headers = positions.map((position) => view.words[(start >> 2) + position]!);
  return { headers, positions, length: leading ? length : 0 };
}
