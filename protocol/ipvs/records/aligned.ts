import { ByteView, DecodeError } from '../../netlink/index.ts';

/**
 * Calls `decode` with bytes that begin at a multiple of 4, where the words of a view are: those at `start` to
 * `end`, or a copy of them. Offsets in errors count in `view` all the same.
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
