import { IpvsNetlinkError } from '../../../protocol/netlink/index.ts';

/**
 * Replaces the stack of one of this package's errors with that of the caller of `method`. `method` must not have
 * returned or settled yet. The stack includes async callers (`at async ...`). Other errors are returned unchanged.
 */
export function withCallerStack(error: unknown, method: (...parameters: never[]) => unknown): unknown {
  if (error instanceof IpvsNetlinkError) Error.captureStackTrace(error, method);
  return error;
}
