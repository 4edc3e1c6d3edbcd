import assert from 'node:assert/strict';
import { SystemCallError } from '../../../../lib/netlink/errors.ts';

/** The errno of the system call that fails in `action`; 0 where none does. */
export function errnoThrown(action: () => unknown): number {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof SystemCallError, String(error));
    return error.errno;
  }
  return 0;
}
