import type { DumpStrategy } from '../dump.ts';
import type { DrainLedger } from '../plan/drain-ledger.ts';
import type { AllowedRemoval, DrainingOptions, PlanOptions } from '../plan/options.ts';
import type { Desired } from '../plan/settings/desired-table.ts';
import type { BackoffOptions } from './backoff.ts';

/** How a reconciler works. */
export interface ReconcileOptions extends Omit<PlanOptions, 'draining' | 'allowRemoval' | 'inForce'> {
  /** As for a plan, or what says so of a wanted state, asked in each run. */
  readonly allowRemoval?: AllowedRemoval | ((state: Desired) => AllowedRemoval | undefined) | undefined;
  /** Since when destinations drain: that of an earlier reconciler to go on where it was. Default: a new one. */
  readonly ledger?: DrainLedger | undefined;
  /**
   * The last state that was in force before, such as by an earlier reconciler: it is kept up while those of the source are
   * refused, and they are measured by it, as by the `inForce` of a plan. Default: none.
   */
  readonly last?: Desired | undefined;
  /**
   * Milliseconds between looks at the generation of the table, which costs one request, where the kernel counts its changes:
   * a table that is as it was found right is not read again. Settings beside the services are not counted, so those that are
   * wanted are read at each look. Default: that of `period`.
   */
  readonly poll?: number | undefined;
  /** Milliseconds that destinations drain before they are removed. Default: they are removed at once. */
  readonly draining?: Pick<DrainingOptions, 'grace'> | undefined;
  /** Milliseconds between runs while nothing is known to differ; `Infinity` for no such runs. Default: 30 000. */
  readonly period?: number | undefined;
  /** Fraction by which waits are made longer or shorter at random, 0 to 1. Default: 0.1. */
  readonly jitter?: number | undefined;
  /** How long to wait after runs that failed or were undone. */
  readonly backoff?: BackoffOptions | undefined;
  /** Minimum time between the end of a run and the next, in milliseconds. Default: 100. */
  readonly pause?: number | undefined;
  /** Milliseconds between runs while destinations drain. Default: 1000. */
  readonly drainPeriod?: number | undefined;
  /** Maximum time for reading the table, and for applying a plan, in milliseconds. Default: no limit. */
  readonly deadline?: number | undefined;
  /** How the table is read, see `DumpOptions`. Default: `auto`. */
  readonly strategy?: DumpStrategy | undefined;
  /** Stops it. */
  readonly signal?: AbortSignal | undefined;
}
