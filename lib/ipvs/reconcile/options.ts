import type { DumpStrategy } from '../dump.ts';
import type { DrainStartTimes } from '../plan/drain-start-times.ts';
import type { AllowedRemoval, DrainingOptions, PlanOptions } from '../plan/options.ts';
import type { Desired } from '../plan/settings/desired-state.ts';
import type { BackoffOptions } from './backoff.ts';

/** Options of a reconciler. */
export interface ReconcileOptions extends Omit<PlanOptions, 'draining' | 'allowRemoval' | 'lastGood'> {
  /** As in a plan, or a function of the desired state that is called in each run. */
  readonly allowRemoval?: AllowedRemoval | ((state: Desired) => AllowedRemoval | undefined) | undefined;
  /**
   * The start times of the drains in progress; pass the object of an earlier reconciler to continue its drains.
   * Default: a new one.
   */
  readonly drainStartTimes?: DrainStartTimes | undefined;
  /**
   * The last desired state that was not refused, such as an earlier reconciler's. While new states are refused, the
   * table is kept in this one, and their removals are counted relative to it, as with `lastGood` of a plan.
   * Default: none.
   */
  readonly lastGood?: Desired | undefined;
  /**
   * Interval at which the generation of the table, the kernel's count of its changes, is read, in milliseconds; only
   * where the kernel has one. Such a poll takes one request, and an unchanged table is not read. The table's
   * settings (timeouts, sync daemons, sysctls) that are desired are read at each poll, as the kernel does not count
   * their changes. Default: the value of `period`.
   */
  readonly pollPeriod?: number | undefined;
  /** Maximum time that destinations drain before they are removed. Default: they are removed immediately. */
  readonly draining?: Pick<DrainingOptions, 'grace'> | undefined;
  /**
   * Interval between runs while no difference is known, in milliseconds; `Infinity` for none.
   * Default: 30 000.
   */
  readonly period?: number | undefined;
  /** Fraction by which intervals and delays vary at random, 0 to 1. Default: 0.1. */
  readonly jitter?: number | undefined;
  /** The delay after failed runs. */
  readonly backoff?: BackoffOptions | undefined;
  /** Minimum time between the end of a run and the next, in milliseconds. Default: 100. */
  readonly minimumPause?: number | undefined;
  /** Interval between runs while destinations drain, in milliseconds. Default: 1000. */
  readonly drainPeriod?: number | undefined;
  /** Maximum time for reading the table, and for applying a plan, in milliseconds. Default: no limit. */
  readonly deadline?: number | undefined;
  /** The strategy of dumps, see `DumpOptions`. Default: `auto`. */
  readonly strategy?: DumpStrategy | undefined;
  /** Stops the reconciler when aborted. */
  readonly signal?: AbortSignal | undefined;
}
