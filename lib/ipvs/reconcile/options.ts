import type { DumpStrategy } from '../dump.ts';
import type { DrainingOptions, PlanOptions } from '../plan/options.ts';
import type { BackoffOptions } from './backoff.ts';

/** How a reconciler works. */
export interface ReconcileOptions extends Omit<PlanOptions, 'draining'> {
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
