import type { ByteView } from '../messages/byte-view.ts';
import { walkAttributes } from './attribute-walk.ts';

/** Calls `visit` with the bounds of the value of every attribute of `type` from `start` to `end`. */
export function walkAttributesOfType(
  view: ByteView,
  start: number,
  end: number,
  type: number,
  visit: (start: number, end: number) => void,
): void {
  walkAttributes(view, start, end, '', (found, _raw, from, to) => {
    if (found === type) visit(from, to);
  });
}
