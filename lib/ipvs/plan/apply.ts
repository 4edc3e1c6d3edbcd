import { IpvsNetlinkError } from '../../../protocol/netlink/index.ts';
import { type RequestOptions, requestChecks } from '../../netlink/connection/lifetime.ts';
import { NotSentError } from '../../netlink/errors.ts';
import { type OptionChecks, wholeNumber } from '../../netlink/request/check-options.ts';
import type { Operation } from '../../netlink/request/operation.ts';
import type { Outcome } from '../../netlink/request/outcome.ts';
import { type BatchOperation, operationText } from '../batch-operations.ts';
import { type DumpStrategy, strategyCheck } from '../dump.ts';
import { batch } from '../operations/batch.ts';
import type { Context } from '../operations/context.ts';
import { records } from '../operations/dump.ts';
import { setsSysctl } from '../operations/sysctls.ts';
import { checkWritable, unreachableSysctlError } from '../proc/sysctl-files.ts';
import { planChecks } from './check-options.ts';
import { type FailedOperation, resolveConflicts } from './conflicts.ts';
import { planChecked } from './make-plan.ts';
import type { PlanOptions } from './options.ts';
import type { Plan } from './plan.ts';
import { asState, checkDesired, type Desired, type DesiredState } from './settings/desired-state.ts';
import { planGlobalSettings } from './settings/plan-settings.ts';
import { RecordTable } from './table/current-table.ts';

/** Options of `IpvsMethods.plan`. */
export interface ClientPlanOptions extends PlanOptions, RequestOptions {
  /** The strategy of the dump. Default: `auto`. */
  readonly strategy?: DumpStrategy | undefined;
}

/** Options of `IpvsMethods.apply`. */
export interface ApplyOptions extends RequestOptions {
  /** The strategy of the dump afterwards. Default: `auto`. */
  readonly strategy?: DumpStrategy | undefined;
  /**
   * Maximum number of rounds. If differences remain, for example after lost replies or conflicts, the next round plans
   * them anew and sends the operations. Default: 3.
   */
  readonly rounds?: number | undefined;
}

export const clientPlanChecks: OptionChecks<ClientPlanOptions> = {
  ...requestChecks,
  ...planChecks,
  strategy: strategyCheck,
};

export const applyChecks: OptionChecks<ApplyOptions> = {
  ...requestChecks,
  strategy: strategyCheck,
  rounds: wholeNumber(1),
};

/** The result of applying a plan. */
export interface ApplyResult {
  /** Number of operations sent, those that resolve conflicts included. */
  readonly sent: number;
  /** Number of operations sent to resolve conflicts with other writers. */
  readonly resolved: number;
  /** Operations of the last round that failed, or whose outcome is unknown. */
  readonly failures: readonly FailedOperation[];
  /** The plan for the table read afterwards; it has no operations if nothing differs any more. */
  readonly remaining: Plan;
}

/**
 * Applying a plan was stopped by the error in `cause`. Operations that were sent stay in effect; applying
 * again completes the plan.
 */
export class ApplyStoppedError extends IpvsNetlinkError {
  readonly code = 'ERR_APPLY_STOPPED';
  /** Number of operations that were sent. */
  readonly sent: number;

  constructor(sent: number, cause: Error) {
    super(`applying stopped after ${sent} operations: ${cause.message}`, { cause });
    this.name = 'ApplyStoppedError';
    this.sent = sent;
  }
}

const DEFAULT_ROUNDS = 3;

/**
 * Reads the table and plans the operations that bring it to the desired state. An invalid desired state is
 * refused before anything is sent.
 */
export function* planFor(context: Context, desired: Desired, options: ClientPlanOptions): Operation<Plan> {
  checkDesired(desired);
  return yield* readAndPlan(context, asState(desired), options, options.strategy);
}

/** Reads the table and plans a desired state that has been checked. */
function* readAndPlan(
  context: Context,
  { services: desiredServices, ...settings }: DesiredState,
  options: PlanOptions,
  strategy: DumpStrategy | undefined,
  allowAnyRemoval = false,
): Operation<Plan> {
  const { services } = yield* records(context, { strategy });
  const settingsPlan = yield* planGlobalSettings(context, settings, options);
  return planChecked(new RecordTable(services), desiredServices, options, allowAnyRemoval, settingsPlan);
}

/**
 * Carries out a plan, resolves conflicts with other writers, reads the table again and returns what still
 * differs. A plan without operations sends nothing.
 *
 * Throws an {@link ApplyStoppedError} if the signal or an error stops it before all operations are sent and the table
 * has been read again, and a `SysctlError` before anything is sent if a sysctl cannot be written.
 */
export function* apply(
  context: Context,
  toApply: Plan,
  { rounds = DEFAULT_ROUNDS, strategy, signal }: ApplyOptions,
): Operation<ApplyResult> {
  const desired = { services: toApply.desired, ...toApply.desiredSettings };
  let remaining = toApply;
  let failures: readonly FailedOperation[] = [];
  let sent = 0;
  let resolved = 0;

  function* send(operations: readonly BatchOperation[]): Operation<Outcome<void>[]> {
    const outcomes = yield* batch(context, operations, { signal });
    let stopped: NotSentError | undefined;
    for (const outcome of outcomes) {
      if (outcome.ok || !(outcome.error instanceof NotSentError)) sent++;
      else stopped ??= outcome.error;
    }
    if (stopped !== undefined) throw new ApplyStoppedError(sent, stopped.cause as Error);
    return outcomes;
  }

  for (const operation of toApply.operations) {
    if (!setsSysctl(operation)) continue;
    if (context.sysctls === undefined) throw unreachableSysctlError(operation.name);
    checkWritable(context.sysctls, operation.name);
  }
  for (let round = 1; round <= rounds && remaining.operations.length > 0; round++) {
    const { operations } = remaining;
    const first = resolveConflicts(remaining, operations, yield* send(operations));
    const second = resolveConflicts(remaining, first.operations, yield* send(first.operations));
    resolved += first.operations.length;
    // There is no third pass: after further conflicts the next round plans again from the table's new state.
    failures = [...first.failures, ...second.failures];
    try {
      remaining = yield* readAndPlan(context, desired, toApply.options, strategy, true);
    } catch (error) {
      // For example, the forwarding method was to be taken over from the destination's current entry, which is gone.
      throw error instanceof IpvsNetlinkError ? new ApplyStoppedError(sent, error) : error;
    }
    const failed = new Set(failures.map(({ operation }) => operationText(operation)));
    if (remaining.operations.every((operation) => failed.has(operationText(operation)))) break;
  }
  return { sent, resolved, failures, remaining };
}
