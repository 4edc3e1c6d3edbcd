export { type ApplyOptions, type ApplyResult, ApplyStoppedError, type ClientPlanOptions } from './apply.ts';
export type { DestinationDifference, FieldDifference, ServiceDifference } from './compare/differences.ts';
export type { Absent } from './compare/normal-form.ts';
export {
  checkDesiredState,
  type DesiredState,
  DesiredStateError,
  pathText,
  type StateMistake,
  type StatePath,
} from './desired-state.ts';
export { type DiffTextOptions, diffText } from './diff-text.ts';
export { type Drain, DrainLedger } from './drain-ledger.ts';
export type { FailedOperation } from './healing.ts';
export type { AllowedRemoval, DrainingOptions, PlanOptions } from './options.ts';
export type { DrainingDestination, Plan } from './plan.ts';
export { plan } from './planner.ts';
export { type RemovalCount, RemovalRefusedError } from './removal.ts';
export type { WantedService } from './wanted-service.ts';
