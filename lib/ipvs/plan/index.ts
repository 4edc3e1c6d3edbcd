export { type ApplyOptions, type ApplyResult, ApplyStoppedError, type ClientPlanOptions } from './apply.ts';
export {
  checkDesiredState,
  type DesiredState,
  DesiredStateError,
  pathText,
  type StateMistake,
  type StatePath,
} from './desired-state.ts';
export { type DiffTextOptions, diffText } from './diff-text.ts';
export type { DestinationDifference, FieldDifference, ServiceDifference } from './differences.ts';
export { DrainLedger } from './drain-ledger.ts';
export type { FailedOperation } from './healing.ts';
export type { Absent } from './normal-form.ts';
export type { AllowedRemoval, DrainingOptions, PlanOptions } from './options.ts';
export { type DrainingDestination, type Plan, plan, type WantedService } from './plan.ts';
export { type RemovalCount, RemovalRefusedError } from './removal.ts';
