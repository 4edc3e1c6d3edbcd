import { NetlinkError } from '../../../protocol/netlink/index.ts';
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
import { planChecks } from './check-options.ts';
import { type FailedOperation, resolveConflicts } from './conflicts.ts';
import { checkDesiredState, type DesiredState } from './desired-state.ts';
import { planChecked } from './make-plan.ts';
import type { PlanOptions } from './options.ts';
import type { Plan } from './plan.ts';
import { RecordTable } from './table/current-table.ts';

/** How the table is read for a plan. */
export interface ClientPlanOptions extends PlanOptions, RequestOptions {
  /** How the table is read. Default: `auto`. */
  readonly strategy?: DumpStrategy | undefined;
}

/** How a plan is carried out. */
export interface ApplyOptions extends RequestOptions {
  /** How the table is read afterwards. Default: `auto`. */
  readonly strategy?: DumpStrategy | undefined;
  /**
   * Maximum number of rounds: what still differs is planned and sent again after lost replies, conflicts and
   * drained destinations. Default: 3.
   */
  readonly rounds?: number | undefined;
}

export const planForChecks: OptionChecks<ClientPlanOptions> = {
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
  /** Operations that were sent, those that resolved conflicts included. */
  readonly sent: number;
  /** Operations sent to resolve conflicts with other writers. */
  readonly resolved: number;
  /** Operations of the last round that failed, or whose outcome is unknown. */
  readonly failures: readonly FailedOperation[];
  /** What still differs, by the table read afterwards: its operations are empty when nothing does. */
  readonly remaining: Plan;
}

/**
 * Applying was cancelled: `cause` says why. Operations that were sent stay in effect; applying again
 * completes them.
 */
export class ApplyStoppedError extends NetlinkError {
  readonly code = 'ERR_APPLY_STOPPED';
  /** Operations that were sent. */
  readonly sent: number;

  constructor(sent: number, cause: Error) {
    super(`applying stopped after ${sent} operations: ${cause.message}`, { cause });
    this.name = 'ApplyStoppedError';
    this.sent = sent;
  }
}

const DEFAULT_ROUNDS = 3;

/**
 * Reads the table and plans what makes it the desired state. A desired state that is refused is so before
 * anything is sent.
 */
export function* planFor(
  context: Context,
  desired: DesiredState,
  options: ClientPlanOptions,
): Operation<Plan> {
  const { strategy } = options;
  checkDesiredState(desired);
  const { services } = yield* records(context, { strategy });
  return planChecked(new RecordTable(services), desired, options);
}

/**
 * Carries out a plan, resolves conflicts with other writers, reads the table again and says what still
 * differs. A plan without operations sends nothing at all.
 *
 * Rejects with an {@link ApplyStoppedError} when it was cancelled.
 */
export function* apply(
  context: Context,
  toApply: Plan,
  { rounds = DEFAULT_ROUNDS, strategy, signal }: ApplyOptions,
): Operation<ApplyResult> {
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

  for (let round = 1; round <= rounds && remaining.operations.length > 0; round++) {
    const { operations } = remaining;
    const first = resolveConflicts(remaining, operations, yield* send(operations));
    const second = resolveConflicts(remaining, first.operations, yield* send(first.operations));
    resolved += first.operations.length;
    // There is no third pass: a table that keeps changing is planned again from its new state.
    failures = [...first.failures, ...second.failures];
    const { services } = yield* records(context, { strategy });
    try {
      remaining = planChecked(new RecordTable(services), toApply.desired, toApply.options, true);
    } catch (error) {
      // What was to be inherited has gone.
      throw error instanceof NetlinkError ? new ApplyStoppedError(sent, error) : error;
    }
    const refused = new Set(failures.map(({ operation }) => operationText(operation)));
    if (remaining.operations.every((operation) => refused.has(operationText(operation)))) break;
  }
  return { sent, resolved, failures, remaining };
}
