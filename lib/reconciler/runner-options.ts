import type { AllowedRemoval, Plan } from '../ipvs/plan/index.ts';
import type { ReconcileFailure, ReconcileOptions, ReconcilerClient } from '../ipvs/reconcile/index.ts';
import type { StateSource } from '../ipvs/source/index.ts';
import type { Log } from './log.ts';
import type { StateFile } from './saved-state.ts';
import type { ReconcilerStatus } from './status.ts';

/** Options of the reconciler, as `ipvs reconcile` runs it. */
export interface RunnerOptions {
  readonly client: ReconcilerClient;
  readonly source: StateSource;
  readonly log: Log;
  /** The file in which drains and the last good state are saved. Default: none. */
  readonly stateFile?: StateFile | undefined;
  /** Options for the library's `reconcile`. */
  readonly reconcile?:
    | Omit<ReconcileOptions, 'drainStartTimes' | 'lastGood' | 'allowRemoval' | 'signal'>
    | undefined;
  /** The largest share of the table that a state may remove without confirmation. Default: 0.5. */
  readonly allowRemoval?: AllowedRemoval | undefined;
  /** The clock that times drains, in milliseconds. Default: milliseconds since boot. */
  readonly now?: (() => number) | undefined;
  /** Formats an error as lines for people. Default: its message. */
  readonly describe?: ((error: unknown) => readonly string[]) | undefined;
  /** Called after every change of the status. */
  readonly onChange?: ((status: Readonly<ReconcilerStatus>) => void) | undefined;
  /** Called with each plan before it is applied. */
  readonly onPlan?: ((plan: Plan) => void) | undefined;
  /**
   * Called with each failure of the library's `reconcile`: of a run or, if its `origin` is `source`, of the states that
   * it is given.
   */
  readonly onReconcileFailure?: ((failure: ReconcileFailure) => void) | undefined;
  /** Called with each problem of the source, because of which it has no usable state. */
  readonly onSourceProblem?: ((problem: Error) => void) | undefined;
}

/** Returns an error as lines for people. */
export function errorLines({ describe }: Pick<RunnerOptions, 'describe'>, error: unknown): readonly string[] {
  return describe?.(error) ?? [error instanceof Error ? error.message : String(error)];
}
