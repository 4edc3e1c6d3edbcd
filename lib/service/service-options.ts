import type { AllowedRemoval, Plan } from '../ipvs/plan/index.ts';
import type { ReconcileFailure, ReconcileOptions, ReconcilerClient } from '../ipvs/reconcile/index.ts';
import type { StateSource } from '../ipvs/source/index.ts';
import type { Log } from './log.ts';
import type { StateFile } from './saved-state.ts';
import type { ServiceStatus } from './status.ts';

/** What a reconciling service works with. */
export interface ServiceOptions {
  readonly client: ReconcilerClient;
  readonly source: StateSource;
  readonly log: Log;
  /** Where drains and the last good state are kept. Default: nowhere. */
  readonly stateFile?: StateFile | undefined;
  /** How the table is kept. */
  readonly reconcile?: Omit<ReconcileOptions, 'ledger' | 'last' | 'allowRemoval' | 'signal'> | undefined;
  /** The largest share that a state may remove without a word. Default: 0.5. */
  readonly allowRemoval?: AllowedRemoval | undefined;
  /** The clock by which destinations drain, in milliseconds. Default: since the machine started. */
  readonly now?: (() => number) | undefined;
  /** Puts an error in lines for people. Default: its message. */
  readonly describe?: ((error: unknown) => readonly string[]) | undefined;
  /** Is told after whatever happens. */
  readonly onChange?: ((status: Readonly<ServiceStatus>) => void) | undefined;
  /** Is told of each plan before it is carried out. */
  readonly onPlan?: ((plan: Plan) => void) | undefined;
  /** Is told of each failure of a run. */
  readonly onFailure?: ((failure: ReconcileFailure) => void) | undefined;
  /** Is told of each problem of the source. */
  readonly onProblem?: ((problem: Error) => void) | undefined;
}

/** The lines for people of an error. */
export function errorLines(
  { describe }: Pick<ServiceOptions, 'describe'>,
  error: unknown,
): readonly string[] {
  return describe?.(error) ?? [error instanceof Error ? error.message : String(error)];
}
