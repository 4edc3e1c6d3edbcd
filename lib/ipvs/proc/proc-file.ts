import { closeSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { type OptionChecks, string } from '../../netlink/request/check-options.ts';
import { systemCallError } from '../../netlink/socket/fs-errors.ts';
import { inNetworkNamespace } from '../../netlink/socket/network-namespace.ts';
import { MODULE_HINT } from '../explanations.ts';

/** Which network namespace's files in /proc to read. */
export interface ProcOptions {
  /** Path of a network namespace, such as `/run/netns/blue`. Default: the calling thread's. */
  readonly netns?: string | undefined;
}

export const procChecks: OptionChecks<ProcOptions> = { netns: string };

const { ENOENT, EACCES } = constants.errno;

const HINTS: Readonly<Record<number, string>> = {
  [ENOENT]: MODULE_HINT,
  [EACCES]: 'needs root',
};

/**
 * Returns the path of a file of the calling thread's network namespace. `/proc/net` would be that of the main thread,
 * which may be in another namespace.
 */
export function netFile(name: string): string {
  return `/proc/thread-self/net/${name}`;
}

/** Reads a small file of a network namespace. Throws a SystemCallError. */
export function readProcFile(path: string, options: ProcOptions): string {
  return readOpenFile(openProcFile(path, options), path);
}

/** Reads an open file and closes it. Throws a SystemCallError that names `path`. */
export function readOpenFile(descriptor: number, path: string): string {
  try {
    return readFileSync(descriptor, 'utf8');
  } catch (error) {
    throw systemCallError('read', error, path);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Opens a file of a network namespace. The descriptor keeps referring to that namespace, whichever thread
 * reads it. Throws a SystemCallError.
 */
export function openProcFile(path: string, { netns }: ProcOptions): number {
  return openInNamespace(netns, path, () => openSync(path, 'r'));
}

/** Runs a function that opens a file in a network namespace. Throws a SystemCallError that names `path`. */
export function openInNamespace<Result>(netns: string | undefined, path: string, open: () => Result): Result {
  const attempt = (): Result => {
    try {
      return open();
    } catch (error) {
      throw systemCallError('open', error, path, HINTS);
    }
  };
  return netns === undefined ? attempt() : inNetworkNamespace(netns, attempt);
}
