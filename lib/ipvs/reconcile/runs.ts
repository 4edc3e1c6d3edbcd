import type { IpvsMethods } from '../methods.ts';
import { DesiredStateError } from '../plan/desired-services.ts';
import { DrainStartTimes } from '../plan/drain-start-times.ts';
import type { Plan } from '../plan/plan.ts';
import { RemovalRefusedError } from '../plan/removal.ts';
import { asState, type Desired } from '../plan/settings/desired-state.ts';
import { type CurrentSettings, settingDifferences } from '../plan/settings/setting-differences.ts';
import { SysctlError } from '../proc/sysctl-files.ts';
import { OutOfSyncError, type ReconcilerEvents } from './events.ts';
import type { ReconcileOptions } from './options.ts';

/**
 * The methods of a client that a reconciler uses. Without `info`, or without a method that reads one of the desired
 * settings, every run reads the table.
 */
export type ReconcilerClient = Pick<IpvsMethods<'async'>, 'plan' | 'apply'> &
  Partial<Pick<IpvsMethods<'async'>, 'info' | 'timeouts' | 'daemons' | 'sysctls'>>;

/** The result of a run. */
export interface RunResult {
  /** The remaining plan for the table that was read last; undefined if the table was unchanged. */
  readonly remaining: Plan | undefined;
  /** Whether destinations are draining. */
  readonly draining: boolean;
  /** Whether the kernel counts changes, so that they are detected without reading the table. */
  readonly countsChanges: boolean;
}

type Emit = <Name extends 'planned' | 'applied'>(event: Name, ...values: ReconcilerEvents[Name]) => void;

/**
 * Carries out the runs of a reconciler, and stores what a run needs from earlier ones: the last state that was not
 * refused, the start times of drains and the generation of the table.
 */
export class Runs {
  readonly #client: ReconcilerClient;
  readonly #options: ReconcileOptions;
  readonly #signal: AbortSignal;
  readonly #emit: Emit;
  readonly #drainStartTimes: DrainStartTimes;
  /** The last desired state that was not refused. */
  #lastGood: Desired | undefined;
  /**
   * The generation at which the table was last in the desired state; only if the kernel counts generations.
   */
  #syncedAt: { readonly generation: number; readonly state: Desired } | undefined;

  constructor(client: ReconcilerClient, options: ReconcileOptions, signal: AbortSignal, emit: Emit) {
    this.#client = client;
    this.#options = options;
    this.#signal = signal;
    this.#emit = emit;
    this.#drainStartTimes = options.drainStartTimes ?? new DrainStartTimes();
    this.#lastGood = options.lastGood;
  }

  /** Brings the table to a desired state. Throws an {@link OutOfSyncError}, and the errors of the client. */
  async run(desired: Desired): Promise<RunResult> {
    const generation = await this.#generation();
    const countsChanges = generation !== undefined;
    const isSame =
      countsChanges && this.#syncedAt?.generation === generation && this.#syncedAt.state === desired;
    if (isSame && !(await this.#settingsDiffer(desired)))
      return { remaining: undefined, draining: false, countsChanges };
    this.#syncedAt = undefined;
    const remaining = await this.#bringTo(desired, generation);
    return { remaining, draining: this.#drainStartTimes.size > 0, countsChanges };
  }

  /**
   * Whether the global settings (timeouts, sync daemons, sysctls) differ; kernels do not count their changes, and
   * reading them is cheap.
   */
  async #settingsDiffer(state: Desired): Promise<boolean> {
    const desired = asState(state);
    const { remove = 'all', deadline } = this.#options;
    const request = { deadline, signal: this.#signal };
    const current: CurrentSettings = {
      timeouts: desired.timeouts && (await this.#client.timeouts?.(request)),
      daemons: desired.daemons && (await this.#client.daemons?.(request)),
      sysctls: desired.sysctls && (await this.#client.sysctls?.(request)),
    };
    return settingDifferences(desired, current, remove === 'all').length > 0;
  }

  /** Reconciles. If a sysctl cannot be set, everything else is reconciled before the error is thrown. */
  async #bringTo(desired: Desired, generation: number | undefined): Promise<Plan> {
    try {
      return await this.#reconcile(desired, generation);
    } catch (error) {
      if (!(error instanceof SysctlError)) throw error;
      const { sysctls: _, ...others } = asState(desired);
      await this.#reconcile(others, undefined);
      throw error;
    }
  }

  /**
   * Returns the generation of the kernel's table; undefined if the kernel does not count changes. It must be
   * read before the table, so that a change meanwhile is detected later.
   */
  async #generation(): Promise<number | undefined> {
    if (this.#client.info === undefined) return undefined;
    const { deadline } = this.#options;
    return (await this.#client.info({ deadline, signal: this.#signal })).generation;
  }

  /**
   * Brings the table to a desired state; if that is refused, to the last one that was not, and throws the
   * error.
   */
  async #reconcile(desired: Desired, generation: number | undefined): Promise<Plan> {
    let plan: Plan;
    try {
      plan = await this.#plan(desired);
    } catch (error) {
      const refused = error instanceof RemovalRefusedError || error instanceof DesiredStateError;
      if (refused && this.#lastGood !== undefined && this.#lastGood !== desired)
        await this.#carryOut(await this.#plan(this.#lastGood));
      throw error;
    }
    this.#lastGood = desired;
    const inSync = plan.operations.length === 0;
    const remaining = await this.#carryOut(plan);
    if (inSync && generation !== undefined && remaining.draining.length === 0)
      this.#syncedAt = { generation, state: desired };
    return remaining;
  }

  async #plan(desired: Desired): Promise<Plan> {
    const { filter, remove, allowRemoval, absent, keepWeights, draining, deadline, strategy } = this.#options;
    return await this.#client.plan(desired, {
      deadline,
      strategy,
      signal: this.#signal,
      filter,
      remove,
      allowRemoval: typeof allowRemoval === 'function' ? allowRemoval(desired) : allowRemoval,
      lastGood:
        this.#lastGood === undefined || this.#lastGood === desired
          ? undefined
          : asState(this.#lastGood).services,
      absent,
      keepWeights,
      draining: draining === undefined ? undefined : { ...draining, elapsed: this.#drainStartTimes.elapsed },
    });
  }

  async #carryOut(plan: Plan): Promise<Plan> {
    if (plan.operations.length === 0) {
      this.#drainStartTimes.afterApply(plan);
      return plan;
    }
    const { deadline, strategy } = this.#options;
    this.#drainStartTimes.beforeApply(plan);
    this.#emit('planned', plan);
    const result = await this.#client.apply(plan, { deadline, strategy, signal: this.#signal });
    this.#drainStartTimes.afterApply(result.remaining);
    this.#emit('applied', result);
    if (result.remaining.operations.length > 0) throw new OutOfSyncError(result);
    return result.remaining;
  }
}
