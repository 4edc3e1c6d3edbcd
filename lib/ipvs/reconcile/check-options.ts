import { FieldError } from '../../../protocol/netlink/index.ts';
import { checkMilliseconds, checkPlanOptions } from '../plan/check-options.ts';
import type { ReconcileOptions } from './options.ts';

const TIMES = ['period', 'pause', 'drainPeriod', 'deadline'] as const;

/** Checks how a table is to be kept: a time that is no time must not become none at all. Throws a {@link FieldError}. */
export function checkReconcileOptions(options: ReconcileOptions): void {
  checkPlanOptions(options);
  for (const name of TIMES) {
    if (options[name] !== undefined) checkMilliseconds(name, options[name]);
  }
  const { jitter, backoff } = options;
  if (jitter !== undefined && !(jitter >= 0 && jitter <= 1)) {
    throw new FieldError('jitter', jitter, 'must be a number from 0 to 1');
  }
  for (const name of ['first', 'most'] as const) {
    if (backoff?.[name] !== undefined) checkMilliseconds(`backoff.${name}`, backoff[name]);
  }
}
