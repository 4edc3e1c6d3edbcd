import type { Operation } from '../../netlink/request/operation.ts';
import { MalformedReplies } from '../requests/malformed-objects.ts';
import type { Context } from './context.ts';

/**
 * Runs an operation, of one or more dumps, to its end even if objects are malformed; it then fails with a
 * `MalformedReplyError` that holds its result, without these objects.
 */
export function* deferMalformed<Result, Item = never>(
  context: Context,
  name: string,
  operation: (context: Context) => Operation<Result, Item>,
): Operation<Result, Item> {
  const malformed = new MalformedReplies();
  const result = yield* operation({ ...context, malformed });
  malformed.throwIfAny(name, result);
  return result;
}
