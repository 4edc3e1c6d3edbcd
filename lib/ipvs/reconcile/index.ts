export type { BackoffOptions } from './backoff.ts';
export { NotSettledError, type ReconcileFailure, type ReconcilerEvents } from './events.ts';
export { type DesiredSource, type ReconcileOptions, Reconciler, reconcile } from './reconciler.ts';
