import { NetlinkError } from '../../../protocol/netlink/index.ts';

/**
 * Gives an error of this package the stack of the caller of `method`, which must be running; awaited calls
 * are in it, too. Other errors keep their stacks.
 */
export function atCaller(error: unknown, method: (...parameters: never[]) => unknown): unknown {
  if (error instanceof NetlinkError) Error.captureStackTrace(error, method);
  return error;
}
