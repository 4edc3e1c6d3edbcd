import { NetlinkError } from '../../../protocol/netlink/index.ts';

/**
 * An error of ours with the stack of whoever called `method`, which must be running: awaited calls are in
 * it, too. Other errors keep theirs.
 */
export function atCaller(error: unknown, method: (...parameters: never[]) => unknown): unknown {
  if (error instanceof NetlinkError) Error.captureStackTrace(error, method);
  return error;
}
