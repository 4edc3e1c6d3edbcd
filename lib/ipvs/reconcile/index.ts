export type { BackoffOptions } from './backoff.ts';
export { OutOfSyncError, type ReconcileFailure, type ReconcilerEvents } from './events.ts';
export type { ReconcileOptions } from './options.ts';
export { type DesiredSource, Reconciler, reconcile } from './reconciler.ts';
export type { ReconcilerClient } from './runs.ts';
