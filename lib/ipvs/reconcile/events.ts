import { channel } from 'node:diagnostics_channel';
import { NetlinkError } from '../../../protocol/netlink/index.ts';
import type { ApplyResult } from '../plan/apply.ts';
import type { FailedOperation } from '../plan/conflicts.ts';
import type { DesiredState } from '../plan/desired-state.ts';
import type { Plan } from '../plan/plan.ts';

/** After applying, the table still differs from the desired state. */
export class NotSettledError extends NetlinkError {
  readonly code = 'ERR_NOT_SETTLED';
  /** What still differs. */
  readonly remaining: Plan;
  /** Operations that failed. */
  readonly failures: readonly FailedOperation[];

  constructor({ remaining, failures }: ApplyResult) {
    const services = remaining.differences.length;
    const first = failures[0] === undefined ? '' : `; first failure: ${failures[0].error.message}`;
    super(`${services} services still differ from the desired state${first}`);
    this.name = 'NotSettledError';
    this.remaining = remaining;
    this.failures = failures;
  }
}

/** The events of a reconciler, with the arguments of their listeners. */
export interface ReconcilerEvents {
  /** A new desired state was taken from the source. */
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
  /** The source has no more states; the last one stays in force. */
  readonly ended: [];
  /** The reconciler has stopped. */
  readonly stopped: [];
}

/** A failure of a reconciler. */
export interface ReconcileFailure {
  /** What was thrown: by the source, or by reading or changing the table. */
  readonly error: unknown;
  /** Whether the source of states failed or a run over the table. */
  readonly stage: 'source' | 'run';
  /** Failed runs in a row. */
  readonly failures: number;
  /** Milliseconds until the next try; undefined where there is none. */
  readonly retryIn: number | undefined;
}

/** Publishes an event on the channel `ipvs-netlink:reconcile:<event>`. */
export function publish(event: keyof ReconcilerEvents, reconciler: object, value: unknown): void {
  const named = channel(`ipvs-netlink:reconcile:${event}`);
  if (named.hasSubscribers) named.publish({ reconciler, value });
}
