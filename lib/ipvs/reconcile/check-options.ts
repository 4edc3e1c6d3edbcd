import { FieldError } from '../../../protocol/netlink/index.ts';
import { requestChecks } from '../../netlink/connection/lifetime.ts';
import { checkOptions, milliseconds, type OptionChecks } from '../../netlink/request/check-options.ts';
import { strategyCheck } from '../dump.ts';
import { planChecks } from '../plan/check-options.ts';
import { DrainStartTimes } from '../plan/drain-start-times.ts';
import { checkDesired, type Desired } from '../plan/settings/desired-state.ts';
import type { BackoffOptions } from './backoff.ts';
import type { ReconcileOptions } from './options.ts';

const backoffChecks: OptionChecks<BackoffOptions> = { initial: milliseconds, maximum: milliseconds };

export const reconcileChecks: OptionChecks<ReconcileOptions> = {
  ...planChecks,
  ...requestChecks,
  strategy: strategyCheck,
  allowRemoval: (name, value) => {
    if (typeof value !== 'function') planChecks.allowRemoval(name, value);
  },
  drainStartTimes: (name, value) => {
    if (!(value instanceof DrainStartTimes)) throw new FieldError(name, value, 'must be a DrainStartTimes');
  },
  lastGood: (_name, value) => checkDesired(value as Desired),
  pollPeriod: milliseconds,
  period: milliseconds,
  minimumPause: milliseconds,
  drainPeriod: milliseconds,
  jitter: (name, value) => {
    if (!((value as number) >= 0 && (value as number) <= 1))
      throw new FieldError(name, value, 'must be a number from 0 to 1');
  },
  backoff: (name, value) => checkOptions(value, backoffChecks, name),
};
