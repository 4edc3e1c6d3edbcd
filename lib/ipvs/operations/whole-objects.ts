import type { Operation } from '../../netlink/request/operation.ts';
import { Damage } from '../requests/damage.ts';
import type { Context } from './context.ts';

/**
 * Runs an operation that may take several dumps so that a damaged object loses only itself: it runs to its
 * end, and then fails with a `MalformedReplyError` that holds its result.
 */
export function* wholeObjects<Result, Item = never>(
  context: Context,
  name: string,
  operation: (context: Context) => Operation<Result, Item>,
): Operation<Result, Item> {
  const damage = new Damage();
  const result = yield* operation({ ...context, damage });
  damage.throwIfAny(name, result);
  return result;
}
