import { openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { type OptionChecks, text } from '../../netlink/request/check-options.ts';
import { systemCallError } from '../../netlink/socket/descriptor.ts';
import { inNetworkNamespace } from '../../netlink/socket/network-namespace.ts';
import { MODULE_HINT } from '../explanations.ts';

/** Whose files of /proc are read. */
export interface ProcOptions {
  /** Path of a network namespace, such as `/run/netns/blue`. Default: that of the calling thread. */
  readonly netns?: string | undefined;
}

export const procChecks: OptionChecks<ProcOptions> = { netns: text };

const { ENOENT, EACCES } = constants.errno;

const HINTS: Readonly<Record<number, string>> = {
  [ENOENT]: MODULE_HINT,
  [EACCES]: 'reading it takes root',
};

/**
 * The path of a file of the calling thread's network namespace. `/proc/net` is that of the process, which may be in
 * another one.
 */
export function netFile(name: string): string {
  return `/proc/thread-self/net/${name}`;
}

/** What a small file of a network namespace holds. Throws a SystemCallError. */
export function readProcFile(path: string, { netns }: ProcOptions): string {
  return within(netns, path, () => readFileSync(path, 'utf8'));
}

/** Opens a file of a network namespace, of which it stays wherever it is read. Throws a SystemCallError. */
export function openProcFile(path: string, { netns }: ProcOptions): number {
  return within(netns, path, () => openSync(path, 'r'));
}

/** Does something in a network namespace. Throws a SystemCallError about `path` where that cannot be done. */
export function within<Result>(netns: string | undefined, path: string, act: () => Result): Result {
  const attempt = (): Result => {
    try {
      return act();
    } catch (error) {
      throw systemCallError('open', error, path, HINTS);
    }
  };
  return netns === undefined ? attempt() : inNetworkNamespace(netns, attempt);
}
