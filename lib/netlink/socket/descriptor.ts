import { constants } from 'node:os';
import { SystemCallError } from '../errors.ts';

/** The positive error number of what Node's fs functions throw; 0 for anything else. */
export function errnoOf(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  const { errno, code } = error as NodeJS.ErrnoException;
  if (typeof errno === 'number') return Math.abs(errno);
  return constants.errno[code as keyof typeof constants.errno] ?? 0;
}

/** What Node's fs functions throw, as a {@link SystemCallError}; other errors stay what they are. */
export function systemCallError(
  syscall: string,
  error: unknown,
  about = '',
  hints: Readonly<Record<number, string>> = {},
): unknown {
  const errno = errnoOf(error);
  return errno === 0 ? error : new SystemCallError(syscall, errno, about, hints[errno]);
}
