import {
  ATTRIBUTE_HEADER_LENGTH,
  AttributeIndex,
  type AttributeLayout,
  align,
  DecodeError,
  LITTLE_ENDIAN,
} from '../netlink/index.ts';
import { ipvsAttributes } from './attributes.ts';
import type { CounterTypes } from './kept-values.ts';
import { wideCounters } from './nest-values.ts';

/** The attributes of a SERVICE nest. */
export const SERVICE: typeof ipvsAttributes.service = ipvsAttributes.service;

/** Its nests of counters. */
export const SERVICE_COUNTERS: CounterTypes = { narrow: SERVICE.stats[0], wide: SERVICE.stats64[0] };

/** Where everything lies in one. */
export const serviceIndex: AttributeIndex = new AttributeIndex('service', SERVICE, {
  open: SERVICE.destinations[0],
  inner: { type: SERVICE_COUNTERS.wide, index: wideCounters },
});

const HEADER = ATTRIBUTE_HEADER_LENGTH;

/** Where the first of a service's destinations lies, or would if there were any; 0 without a list. */
export function listIn(start: number, { at }: AttributeLayout): number {
  const offset = at[SERVICE.destinations[0]]!;
  return offset === 0 ? 0 : start + offset;
}

/** How long the entry at `offset` of a list is, in bytes, with its header and without padding. */
export function entryLength(data: DataView, offset: number): number {
  return data.getUint16(offset, LITTLE_ENDIAN);
}

/** How many entries the list has whose first one lies at `start`. Throws where the length of one does not fit. */
export function countEntries(data: DataView, start: number): number {
  const end = start - HEADER + entryLength(data, start - HEADER);
  let count = 0;
  let offset = start;
  while (end - offset >= HEADER) {
    const length = entryLength(data, offset);
    if (length < HEADER || length > end - offset) {
      const problem = `an attribute length of ${length} does not fit ${end - offset} bytes`;
      throw new DecodeError(problem, offset, `service.destinations[${count}]`);
    }
    count++;
    offset += align(length);
  }
  if (offset < end) throw new DecodeError('the attribute header is cut off', offset, 'service.destinations');
  return count;
}
