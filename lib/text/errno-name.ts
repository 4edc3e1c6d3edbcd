import { constants } from 'node:os';

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number as number, name]));
// Linux has two names each for 95 and 11; these are the ones that the kernel and the manual pages use.
NAMES.set(constants.errno.EOPNOTSUPP, 'EOPNOTSUPP');
NAMES.set(constants.errno.EAGAIN, 'EAGAIN');

/** Returns the name of a positive error number, such as `ENOENT`; `errno 524` if Node.js knows none. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `errno ${errno}`;
}
