import type { DumpStrategy } from '../dump.ts';
import type { DrainingOptions, PlanOptions } from '../plan/options.ts';
import type { BackoffOptions } from './backoff.ts';

/** How a table is kept at a wanted state. */
export interface ReconcileOptions extends Omit<PlanOptions, 'draining'> {
  /** Unwanted destinations drain for so many milliseconds; they go at once unless given. */
  readonly draining?: Pick<DrainingOptions, 'grace'> | undefined;
  /** Milliseconds between runs while nothing is known to differ; 30 000 unless given, `Infinity` for none. */
  readonly period?: number | undefined;
  /** Waits are changed at random by up to this fraction, from 0 to 1; 0.1 unless given. */
  readonly jitter?: number | undefined;
  /** How long to wait after runs that failed or were undone. */
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
