import type { ByteView } from '../messages/byte-view.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  ATTRIBUTE_TYPE_MASK,
  align,
  HOST_IS_LITTLE_ENDIAN,
} from '../messages/constants.ts';
import { invalidLength, truncatedHeader } from './decode-errors.ts';

/**
 * Calls `visit` for every attribute from `start` to `end`, with its type (without flags), its raw type, and
 * the bounds of its value.
 *
 * As `nla_ok` does, requires 4 <= length <= remaining bytes; the length excludes padding, and the last
 * attribute may be unpadded. Throws a DecodeError for any other length, and for one to three trailing
 * bytes.
 */
export function walkAttributes(
  view: ByteView,
  start: number,
  end: number,
  path: string,
  visit: (type: number, rawType: number, start: number, end: number) => void,
): void {
  const { data } = view;
  let offset = start;
  while (end - offset >= ATTRIBUTE_HEADER_LENGTH) {
    const length = data.getUint16(offset, HOST_IS_LITTLE_ENDIAN);
    const rawType = data.getUint16(offset + 2, HOST_IS_LITTLE_ENDIAN);
    if (length < ATTRIBUTE_HEADER_LENGTH || length > end - offset)
      throw invalidLength(length, offset, end, path);
    visit(rawType & ATTRIBUTE_TYPE_MASK, rawType, offset + ATTRIBUTE_HEADER_LENGTH, offset + length);
    offset += align(length);
  }
  if (offset < end) throw truncatedHeader(offset, path);
}
