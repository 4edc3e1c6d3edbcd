import {
  AttributeIndex,
  type AttributeLayout,
  type ByteView,
  DecodeError,
  LITTLE_ENDIAN,
  type UnknownAttribute,
  walkAttributes,
} from '../netlink/index.ts';
import { ipvsAttributes, ipvsCodec } from './attributes.ts';
import { AddressFamily } from './constants.ts';
import { Counters } from './counters.ts';
import {
  COUNTER_WORDS,
  type CounterTypes,
  copyNarrowCounters,
  copyWideCounters,
  keep,
  keptValues,
} from './kept-values.ts';
import type { Family } from './names.ts';

const narrowCounters = new AttributeIndex('stats', ipvsAttributes.stats);

/** Where the counters lie in a STATS64 nest. */
export const wideCounters: AttributeIndex = new AttributeIndex('stats64', ipvsAttributes.stats64);

/** The host-endian word at an offset from the nest's start; 0 where the attribute is absent (offset 0). */
export function word(data: DataView, start: number, at: number): number {
  return at === 0 ? 0 : data.getUint32(start + at, LITTLE_ENDIAN);
}

/** Where an attribute's value lies. Throws a DecodeError where the nest has none. */
export function required(set: string, at: Int32Array, type: number, name: string, start: number): number {
  const offset = at[type]!;
  if (offset === 0) throw new DecodeError('is missing', start, `${set}.${name}`);
  return start + offset;
}

/** The family whose number lies at `offset`. Throws a DecodeError for one that IPVS does not have. */
export function familyAt(set: string, data: DataView, offset: number): Family {
  const number = data.getUint16(offset, LITTLE_ENDIAN);
  if (number === AddressFamily.INET) return 'ipv4';
  if (number === AddressFamily.INET6) return 'ipv6';
  throw new DecodeError(`no address family has the number ${number}`, offset, `${set}.family`);
}

/**
 * Copies the counters of the nest at `start` to the word `to` of `into`: the wide ones, else the narrow
 * ones, else zeros. Whether they are wide. Throws a DecodeError for a
 * malformed STATS nest.
 */
export function copyCounters(
  view: ByteView,
  start: number,
  layout: AttributeLayout,
  types: CounterTypes,
  into: ByteView,
  to: number,
): boolean {
  const wideAt = layout.at[types.wide]!;
  if (wideAt !== 0) {
    copyWideCounters(view, start + wideAt, layout.inner!, into, to);
    return true;
  }
  const narrowAt = start + layout.at[types.narrow]!;
  if (narrowAt === start) into.words.fill(0, to, to + COUNTER_WORDS);
  else {
    const inner = narrowCounters.find(view, narrowAt, narrowAt + layout.lengths[types.narrow]!);
    copyNarrowCounters(view, narrowAt, inner, into, to);
  }
  return false;
}

/** The counters of the nest at `start`, on the same terms. */
export function countersOf(
  view: ByteView,
  start: number,
  layout: AttributeLayout,
  types: CounterTypes,
): Counters {
  const to = keep(COUNTER_WORDS);
  const into = keptValues();
  return new Counters(copyCounters(view, start, layout, types, into, to), into.data, to << 2);
}

/** The attributes of the nest at `start` to `end` that the table does not name. */
export function unknownAttributes(
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
