export { type ApplyOptions, type ApplyResult, ApplyStoppedError, type ClientPlanOptions } from './apply.ts';
export type { DestinationDifference, FieldDifference, ServiceDifference } from './compare/differences.ts';
export type { AbsentFields } from './compare/normal-form.ts';
export type { FailedOperation } from './conflicts.ts';
export type { DesiredService } from './desired-service.ts';
export {
  checkDesiredState,
  type DesiredState,
  DesiredStateError,
  pathText,
  type StateErrorDetail,
  type StatePath,
} from './desired-state.ts';
export { type DiffTextOptions, diffText } from './diff-text.ts';
export { type Drain, DrainLedger } from './drain-ledger.ts';
export { plan } from './make-plan.ts';
export type { AllowedRemoval, DrainingOptions, PlanOptions } from './options.ts';
export type { DrainingDestination, Plan } from './plan.ts';
export { type RemovalCount, RemovalRefusedError } from './removal.ts';
export {
  asTable,
  checkDesired,
  type Desired,
  type DesiredSettings,
  type DesiredTable,
} from './settings/desired-table.ts';
export type { SettingDifference } from './settings/setting-differences.ts';
