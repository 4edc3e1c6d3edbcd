import type { DumpStrategy } from '../dump.ts';
import type { DesiredState } from '../plan/desired-state.ts';
import type { DrainLedger } from '../plan/drain-ledger.ts';
import type { AllowedRemoval, DrainingOptions, PlanOptions } from '../plan/options.ts';
import type { BackoffOptions } from './backoff.ts';

/** How a table is kept at a wanted state. */
export interface ReconcileOptions extends Omit<PlanOptions, 'draining' | 'allowRemoval'> {
  /** As for a plan, or what says so of a wanted state, asked in each run. */
  readonly allowRemoval?: AllowedRemoval | ((state: DesiredState) => AllowedRemoval | undefined) | undefined;
  /** Since when destinations drain: that of an earlier reconciler to go on where it was. Default: a new one. */
  readonly ledger?: DrainLedger | undefined;
  /**
   * The last state that was in force before, such as by an earlier reconciler: it is kept up while those of the source are
   * refused. Default: none.
   */
  readonly last?: DesiredState | undefined;
  /**
   * Milliseconds between looks at the generation of the table, which costs one request, where the kernel counts its changes:
   * a table that is as it was found right is not read again. Default: that of `period`.
   */
  readonly poll?: number | undefined;
  /** Unwanted destinations drain for so many milliseconds; they go at once unless given. */
  readonly draining?: Pick<DrainingOptions, 'grace'> | undefined;
  /** Milliseconds between runs while nothing is known to differ; 30 000 unless given, `Infinity` for none. */
  readonly period?: number | undefined;
  /** Waits are changed at random by up to this fraction, from 0 to 1; 0.1 unless given. */
  readonly jitter?: number | undefined;
  readonly backoff?: BackoffOptions | undefined;
  /** At least so many milliseconds pass between the end of a run and the next, whoever asks; 100 unless given. */
  readonly pause?: number | undefined;
  /** Milliseconds between runs while destinations drain; 1000 unless given. */
  readonly drainPeriod?: number | undefined;
  /** At most so many milliseconds for reading the table, and for applying a plan; no limit unless given. */
  readonly deadline?: number | undefined;
  /** How the table is read: `auto` unless given. */
  readonly strategy?: DumpStrategy | undefined;
  /** Stops it. */
  readonly signal?: AbortSignal | undefined;
}
