import { constants } from 'node:os';
import { SystemCallError } from '../errors.ts';

/** Returns the positive error number of an error that a Node fs function threw; 0 for any other value. */
export function errnoOf(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  const { errno, code } = error as NodeJS.ErrnoException;
  if (typeof errno === 'number') return Math.abs(errno);
  return constants.errno[code as keyof typeof constants.errno] ?? 0;
}

/**
 * Converts an error that a Node fs function threw to a {@link SystemCallError}; other errors are returned
 * unchanged.
 */
export function systemCallError(
  syscall: string,
  error: unknown,
  object = '',
  hints: Readonly<Record<number, string>> = {},
): unknown {
  const errno = errnoOf(error);
  return errno === 0 ? error : new SystemCallError(syscall, errno, object, hints[errno]);
}
