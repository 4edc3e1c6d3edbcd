import { ByteView, DecodeError } from '../../netlink/index.ts';

/**
 * Calls `decode` for the bytes from `start` to `end`, or for a copy of them if `start` is not a multiple of
 * 4, as the `words` of a view need that alignment. The offset of a DecodeError always refers to `view`.
 */
export function decodeAligned<Result>(
  view: ByteView,
  start: number,
  end: number,
  decode: (view: ByteView, start: number, end: number) => Result,
): Result {
  if ((start & 3) === 0) return decode(view, start, end);
  try {
    return decode(new ByteView(view.bytes.slice(start, end)), 0, end - start);
  } catch (error) {
    throw error instanceof DecodeError ? error.relativeTo(-start) : error;
  }
}
