export { type ApplyOptions, type ApplyResult, ApplyStoppedError, type ClientPlanOptions } from './apply.ts';
export type { DestinationDifference, FieldDifference, ServiceDifference } from './compare/differences.ts';
export type { AbsentFields } from './compare/normal-form.ts';
export type { FailedOperation } from './conflicts.ts';
export {
  checkDesiredServices,
  type DesiredServices,
  DesiredStateError,
  pathText,
  type StateErrorDetail,
  type StatePath,
} from './desired-services.ts';
export { type DiffTextOptions, diffText } from './diff-text.ts';
export { type Drain, DrainStartTimes } from './drain-start-times.ts';
export { plan } from './make-plan.ts';
export type { NormalServiceWithDestinations } from './normal-service.ts';
export type { AllowedRemoval, DrainingOptions, PlanOptions } from './options.ts';
export type { DrainingDestination, Plan } from './plan.ts';
export { type RemovalCount, RemovalRefusedError } from './removal.ts';
export {
  asState,
  checkDesired,
  type Desired,
  type DesiredSettings,
  type DesiredState,
} from './settings/desired-state.ts';
export type { SettingsDifference } from './settings/setting-differences.ts';
