import { channel } from 'node:diagnostics_channel';
import { IpvsNetlinkError } from '../../../protocol/netlink/index.ts';
import type { ApplyResult } from '../plan/apply.ts';
import type { FailedOperation } from '../plan/conflicts.ts';
import type { Plan } from '../plan/plan.ts';
import type { Desired } from '../plan/settings/desired-state.ts';

/** The table still differs from the desired state after a plan was applied. */
export class OutOfSyncError extends IpvsNetlinkError {
  readonly code = 'ERR_OUT_OF_SYNC';
  /** The remaining differences, as a plan. */
  readonly remaining: Plan;
  /** Operations that failed. */
  readonly failures: readonly FailedOperation[];

  constructor({ remaining, failures }: ApplyResult) {
    const parts = [...remaining.differences, ...remaining.settings];
    const first = failures[0] === undefined ? '' : `; first failure: ${failures[0].error.message}`;
    super(`${parts.length} services or settings still differ from the desired state${first}`);
    this.name = 'OutOfSyncError';
    this.remaining = remaining;
    this.failures = failures;
  }
}

/** The events of a reconciler, with the arguments of their listeners. */
export interface ReconcilerEvents {
  /** The source has yielded a new desired state. */
  readonly desired: [state: Desired];
  /** The table differs from the desired state; the plan is applied next. */
  readonly planned: [plan: Plan];
  /** A plan was applied. */
  readonly applied: [result: ApplyResult];
  /**
   * A run has ended with the table in the desired state. `remaining` is the plan for the table that was read, without
   * operations; `undefined` if the table had not changed since the last run.
   */
  readonly succeeded: [remaining: Plan | undefined];
  /**
   * The table has reached the desired state: for the first time, after a difference, or after a new desired
   * state. `remaining` is the plan for the table that was read, without operations.
   */
  readonly synced: [remaining: Plan];
  /** A run failed, or the source failed or yielded an invalid state. The reconciler continues. */
  readonly failed: [failure: ReconcileFailure];
  /** The source has ended; its last state stays in force. */
  readonly sourceEnded: [];
  /** The reconciler has stopped. */
  readonly stopped: [];
}

/** A failure of a reconciler. */
export interface ReconcileFailure {
  /** The error of the source, or of reading or changing the table. */
  readonly error: unknown;
  /** Whether the source or a run failed. */
  readonly origin: 'source' | 'run';
  /** Number of consecutive failed runs. */
  readonly failures: number;
  /** Time until the next attempt, in milliseconds; undefined if none is scheduled because of the failure. */
  readonly retryIn: number | undefined;
}

/** Publishes an event on the channel `ipvs-netlink:reconcile:<event>`. */
export function publish(event: keyof ReconcilerEvents, reconciler: object, value: unknown): void {
  const eventChannel = channel(`ipvs-netlink:reconcile:${event}`);
  if (eventChannel.hasSubscribers) eventChannel.publish({ reconciler, value });
}
