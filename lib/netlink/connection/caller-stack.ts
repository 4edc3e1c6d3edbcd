import { NetlinkError } from '../../../protocol/netlink/index.ts';

/**
 * Replaces the stack of an error of this package by the stack of the caller of `method`, which must be running;
 * the stack includes awaited calls. Other errors are returned unchanged.
 */
export function withCallerStack(error: unknown, method: (...parameters: never[]) => unknown): unknown {
  if (error instanceof NetlinkError) Error.captureStackTrace(error, method);
  return error;
}
