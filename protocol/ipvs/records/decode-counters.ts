import { invalidLength, tooShort, truncatedHeader } from '../../netlink/attributes/decode-errors.ts';
import { LENGTH_SHIFT, TYPE_SHIFT } from '../../netlink/attributes/header-word.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  ATTRIBUTE_TYPE_MASK,
  type ByteView,
  HOST_IS_LITTLE_ENDIAN,
  minimumLength,
} from '../../netlink/index.ts';
import { ipvsAttributes } from '../fields/attributes.ts';
import { counterNames } from '../fields/counters.ts';
import { COUNTER_COUNT, FIRST_COUNTER_TYPE } from './record-layout.ts';

const HEADER = ATTRIBUTE_HEADER_LENGTH;
/** Length of a 64-bit counter, in bytes. */
const LENGTH_64 = 8;
/** Index of the low word of a 64-bit counter. */
const LOW_WORD = HOST_IS_LITTLE_ENDIAN ? 0 : 1;

/** Length of an attribute that holds a 64-bit counter, and the header of the first one. */
const COUNTER_LENGTH = HEADER + LENGTH_64;
const FIRST_COUNTER_HEADER = (COUNTER_LENGTH << LENGTH_SHIFT) | (FIRST_COUNTER_TYPE << TYPE_SHIFT);

/** An attribute set of counters, and the length of each counter in bytes. */
interface CounterSet {
  readonly set: string;
  readonly lengths: readonly number[];
}

function counterSet(set: 'stats' | 'stats64'): CounterSet {
  return { set, lengths: counterNames.map((name) => minimumLength(ipvsAttributes[set][name][1])) };
}

export const COUNTERS_64: CounterSet = counterSet('stats64');
/** In this set only the byte counters have 64 bits. */
export const COUNTERS_32: CounterSet = counterSet('stats');

/**
 * Stores the counters of the STATS64 attribute whose header is `words[at]` in `record`, from its word `to` on, if they
 * are exactly the ten counters in order, as kernels write them; otherwise returns false. The fast path of
 * {@link storeCounters}.
 */
export function storeCountersIfInOrder(
  words: Int32Array,
  at: number,
  record: Int32Array,
  to: number,
): boolean {
  if (((words[at]! >>> LENGTH_SHIFT) & 0xffff) !== HEADER + COUNTER_COUNT * COUNTER_LENGTH) return false;
  for (
    let index = 0, counter = at + 1, target = to;
    index < COUNTER_COUNT;
    index++, counter += 3, target += 2
  ) {
    if (words[counter] !== FIRST_COUNTER_HEADER + (index << TYPE_SHIFT)) return false;
    record[target] = words[counter + 1]!;
    record[target + 1] = words[counter + 2]!;
  }
  return true;
}

/**
 * Stores the counters of the STATS64 or STATS attribute at the offset `start` of `view` in `record`, from its word
 * `to` on.
 */
export function storeCounters(
  view: ByteView,
  start: number,
  { set, lengths }: CounterSet,
  record: Int32Array,
  to: number,
): void {
  const { words } = view;
  const end = start + ((words[start >> 2]! >>> LENGTH_SHIFT) & 0xffff);
  let at = start + HEADER;
  while (end - at >= HEADER) {
    const header = words[at >> 2]!;
    const length = (header >>> LENGTH_SHIFT) & 0xffff;
    if (length < HEADER || length > end - at) throw invalidLength(length, at, end, set);
    const index = ((header >>> TYPE_SHIFT) & ATTRIBUTE_TYPE_MASK) - FIRST_COUNTER_TYPE;
    if (index >= 0 && index < COUNTER_COUNT) {
      const size = lengths[index]!;
      if (length - HEADER < size) throw tooShort(set, counterNames[index], at, length);
      const value = (at >> 2) + 1;
      const target = to + 2 * index;
      if (size === LENGTH_64) {
        record[target] = words[value]!;
        record[target + 1] = words[value + 1]!;
      } else {
        record[target + LOW_WORD] = words[value]!;
        record[target + 1 - LOW_WORD] = 0;
      }
    }
    at += (length + 3) & ~3;
  }
  if (at < end) throw truncatedHeader(at, set);
}
