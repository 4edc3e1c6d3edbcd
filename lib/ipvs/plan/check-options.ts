import { FieldError } from '../../../protocol/netlink/index.ts';
import type { PlanOptions } from './options.ts';

const REMOVE = ['all', 'destinations', 'nothing'];
const ABSENT = ['default', 'leave'];

/**
 * Checks what a plan may do: a word that is not understood must not remove what was to be kept. Throws a
 * {@link FieldError}.
 */
export function checkPlanOptions({ filter, remove, absent, draining, keepWeights }: PlanOptions): void {
  if (filter !== undefined && typeof filter !== 'function') {
    throw new FieldError('filter', filter, 'must be a function');
  }
  checkWord('remove', remove, REMOVE);
  checkWord('absent', absent, ABSENT);
  if (draining !== undefined) {
    if (typeof draining !== 'object' || draining === null) {
      throw new FieldError('draining', draining, 'must be an object');
    }
    checkMilliseconds('draining.grace', draining.grace);
  }
  if (keepWeights !== undefined && typeof keepWeights !== 'boolean' && typeof keepWeights !== 'function') {
    throw new FieldError('keepWeights', keepWeights, 'must be true, false or a function');
  }
}

function checkWord(field: string, value: string | undefined, words: readonly string[]): void {
  if (value !== undefined && !words.includes(value)) {
    throw new FieldError(field, value, `must be one of ${words.join(', ')}`);
  }
}

/** Checks a time of zero or more milliseconds; it may be infinite. Throws a {@link FieldError}. */
export function checkMilliseconds(field: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0)) {
    throw new FieldError(field, value, 'must be a number of milliseconds from 0');
  }
}
