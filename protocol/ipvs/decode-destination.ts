import { AttributeIndex, type ByteView, LITTLE_ENDIAN } from '../netlink/index.ts';
import { formatAddress } from './address.ts';
import { ipvsAttributes } from './attributes.ts';
import { FORWARDING_MASK } from './constants.ts';
import { Counters } from './counters.ts';
import { type CounterTypes, type KeptLayout, KeptLayouts } from './kept-values.ts';
import {
  FAMILY_NUMBERS,
  type Family,
  FORWARDING_NAMES,
  FORWARDING_NUMBERS,
  TUNNEL_CHECKSUM_NAMES,
  TUNNEL_TYPE_NAMES,
} from './names.ts';
import { countersOf, familyAt, required, unknownAttributes, wideCounters, word } from './nest-values.ts';
import type { Destination, Tunnel } from './types.ts';

const DESTINATION = ipvsAttributes.destination;
const ADDRESS = DESTINATION.address[0];
const PORT = DESTINATION.port[0];
const FAMILY = DESTINATION.family[0];
const COUNTERS: CounterTypes = { narrow: DESTINATION.stats[0], wide: DESTINATION.stats64[0] };

const destinationIndex = new AttributeIndex('destination', DESTINATION, {
  inner: { type: COUNTERS.wide, index: wideCounters },
});

/** How destinations are kept, to be decoded when they are asked for. */
export const keptDestinations: KeptLayouts = new KeptLayouts(destinationIndex, {
  counters: COUNTERS,
  required: [ADDRESS, PORT],
  values: true,
});

/**
 * Decodes the DEST nest whose attributes lie at `start` to `end`. Nothing refers to the bytes afterwards.
 *
 * `serviceFamily` stands in where the nest has no family of its own (kernels before 3.18). Throws a
 * {@link DecodeError} with offset and path.
 */
export function decodeDestination(
  view: ByteView,
  start: number,
  end: number,
  serviceFamily: Family,
): Destination {
  const layout = destinationIndex.find(view, start, end);
  const unknown = layout.hasUnknown ? unknownAttributes('destination', view, start, end) : undefined;
  const counters = countersOf(view, start, layout, COUNTERS);
  return destinationAt(view, start, layout.at, serviceFamily, unknown, counters);
}

function destinationAt(
  { data, bytes }: ByteView,
  start: number,
  at: Int32Array,
  serviceFamily: Family,
  unknown: Destination['unknown'],
  counters: Counters,
): Destination {
  const family = at[FAMILY] === 0 ? serviceFamily : familyAt('destination', data, start + at[FAMILY]!);
  const forwardingNumber = word(data, start, at[DESTINATION.forwarding[0]]!) & FORWARDING_MASK;
  return {
    family,
    address: formatAddress(family, bytes, required('destination', at, ADDRESS, 'address', start)),
    port: data.getUint16(required('destination', at, PORT, 'port', start)),
    forwarding: FORWARDING_NAMES[forwardingNumber] ?? forwardingNumber,
    weight: word(data, start, at[DESTINATION.weight[0]]!) | 0,
    upperThreshold: word(data, start, at[DESTINATION.upperThreshold[0]]!),
    lowerThreshold: word(data, start, at[DESTINATION.lowerThreshold[0]]!),
    tunnel: tunnelAt(data, start, at, forwardingNumber),
    activeConnections: word(data, start, at[DESTINATION.activeConnections[0]]!),
    inactiveConnections: word(data, start, at[DESTINATION.inactiveConnections[0]]!),
    persistentConnections: word(data, start, at[DESTINATION.persistentConnections[0]]!),
    unknown,
    counters,
  };
}

function tunnelAt(data: DataView, start: number, at: Int32Array, forwarding: number): Tunnel | undefined {
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

/** Keeps a destination; false, and the nest is to be decoded, where it is another than was thought. */
export function keepDestination(
  view: ByteView,
  start: number,
  layout: KeptLayout,
  into: ByteView,
  to: number,
): boolean {
  if (!layout.keep(view, start, into, to)) {
    keptDestinations.missed();
    return false;
  }
  return haveFamilies(into, to, layout, 1);
}

/** Whether `count` destinations that were kept from the word `from` on are all of a family that there is. */
export function haveFamilies({ data }: ByteView, from: number, layout: KeptLayout, count: number): boolean {
  const familyOffset = layout.at[FAMILY]!;
  if (familyOffset === 0) return true;
  for (let index = 0; index < count; index++) {
    const start = keptStart(from + index * layout.length);
    const family = data.getUint16(start + familyOffset, LITTLE_ENDIAN);
    if (family !== FAMILY_NUMBERS.ipv4 && family !== FAMILY_NUMBERS.ipv6) return false;
  }
  return true;
}

/** Decodes a destination that {@link keepDestination} kept at the word `from` of `view`. */
export function keptDestination(
  view: ByteView,
  from: number,
  layout: KeptLayout,
  serviceFamily: Family,
): Destination {
  const counters = new Counters(true, view.data, (from + layout.countersAt) << 2);
  return destinationAt(view, keptStart(from), layout.at, serviceFamily, undefined, counters);
}

/** From where a kept layout's offsets count: one word before what was kept. */
function keptStart(word: number): number {
  return (word - 1) << 2;
}
