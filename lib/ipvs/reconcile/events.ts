import { channel } from 'node:diagnostics_channel';
import { NetlinkError } from '../../../protocol/netlink/index.ts';
import type { ApplyResult } from '../plan/apply.ts';
import type { DesiredState } from '../plan/desired-state.ts';
import type { FailedOperation } from '../plan/healing.ts';
import type { Plan } from '../plan/plan.ts';

/** After applying, the table still is not the wanted one. */
export class NotSettledError extends NetlinkError {
  readonly code = 'ERR_NOT_SETTLED';
  /** What still differs. */
  readonly remaining: Plan;
  /** Operations that came to nothing. */
  readonly failures: readonly FailedOperation[];

  constructor({ remaining, failures }: ApplyResult) {
    const services = remaining.differences.length;
    const first = failures[0] === undefined ? '' : `; first failure: ${failures[0].error.message}`;
    super(`${services} services still differ from the wanted state${first}`);
    this.name = 'NotSettledError';
    this.remaining = remaining;
    this.failures = failures;
  }
}

/** What a reconciler tells, with what listeners get. */
export interface ReconcilerEvents {
  /** A new wanted state was taken from the source. */
  readonly desired: [state: DesiredState];
  /** The table differs; the plan is applied next. */
  readonly planned: [plan: Plan];
  /** A plan was applied. */
  readonly applied: [result: ApplyResult];
  /** A run found the table right, or made it so; `undefined` where the kernel said that it had not changed. */
  readonly checked: [remaining: Plan | undefined];
  /** The table is the wanted one, for the first time, again, or by a new wanted state. */
  readonly settled: [plan: Plan];
  /**
   * A run failed, or the source or one of its states was bad; `retryIn` milliseconds until the
   * next run, `undefined` when none is due because of it. The loop goes on.
   */
  readonly failed: [failure: ReconcileFailure];
  /** The source has no more states; the last one is kept up. */
  readonly ended: [];
  /** Nothing happens any more. */
  readonly stopped: [];
}

/** Why something went wrong. */
export interface ReconcileFailure {
  readonly error: unknown;
  readonly stage: 'source' | 'run';
  /** Failed runs in a row. */
  readonly failures: number;
  readonly retryIn: number | undefined;
}

/** Publishes an event on the channel `ipvs-netlink:reconcile:<event>`. */
export function publish(event: keyof ReconcilerEvents, reconciler: object, value: unknown): void {
  const named = channel(`ipvs-netlink:reconcile:${event}`);
  if (named.hasSubscribers) named.publish({ reconciler, value });
}
