import type { IpvsMethods } from '../methods.ts';
import { DesiredStateError } from '../plan/desired-state.ts';
import { DrainLedger } from '../plan/drain-ledger.ts';
import type { Plan } from '../plan/plan.ts';
import { RemovalRefusedError } from '../plan/removal.ts';
import { asTable, type Desired } from '../plan/settings/desired-table.ts';
import { NotSettledError, type ReconcilerEvents } from './events.ts';
import type { ReconcileOptions } from './options.ts';

/** The methods of a client that reconciling takes; without `info` the table is read in every run. */
export type ReconcilerClient = Pick<IpvsMethods<'async'>, 'plan' | 'apply'> &
  Partial<Pick<IpvsMethods<'async'>, 'info'>>;

/** What a run came to. */
export interface RunResult {
  /** What the table read last still waits for; undefined where the table had not changed. */
  readonly remaining: Plan | undefined;
  /** Whether destinations drain. */
  readonly draining: boolean;
  /** Whether the kernel counts the changes of all that is wanted. */
  readonly polled: boolean;
}

type Tell = <Name extends 'planned' | 'applied'>(event: Name, ...values: ReconcilerEvents[Name]) => void;

/** Runs that make a table a wanted state, with what they remember of each other. */
export class Runs {
  readonly #client: ReconcilerClient;
  readonly #options: ReconcileOptions;
  readonly #signal: AbortSignal;
  readonly #tell: Tell;
  readonly #ledger: DrainLedger;
  /** The last state that was not refused. */
  #last: Desired | undefined;
  /** What was found right last, where the kernel has generations. */
  #found: { readonly generation: number; readonly state: Desired } | undefined;

  constructor(client: ReconcilerClient, options: ReconcileOptions, signal: AbortSignal, tell: Tell) {
    this.#client = client;
    this.#options = options;
    this.#signal = signal;
    this.#tell = tell;
    this.#ledger = options.ledger ?? new DrainLedger();
    this.#last = options.last;
  }

  /** Makes the table a state. Throws a {@link NotSettledError}, and what the client throws. */
  async run(desired: Desired): Promise<RunResult> {
    const generation = hasSettings(desired) ? undefined : await this.#generation();
    const polled = generation !== undefined;
    if (polled && this.#found?.generation === generation && this.#found.state === desired)
      return { remaining: undefined, draining: false, polled };
    this.#found = undefined;
    const remaining = await this.#makeTrue(desired, generation);
    return { remaining, draining: this.#ledger.size > 0, polled };
  }

  /**
   * What the kernel counts the changes of its table with, read before the table is: undefined where it does not. One that
   * is read in the middle of a change differs from what follows.
   */
  async #generation(): Promise<number | undefined> {
    if (this.#client.info === undefined) return undefined;
    const { deadline } = this.#options;
    return (await this.#client.info({ deadline, signal: this.#signal })).generation;
  }

  /** Makes the table a state; where that is refused, the one before, and throws why. */
  async #makeTrue(desired: Desired, generation: number | undefined): Promise<Plan> {
    let plan: Plan;
    try {
      plan = await this.#plan(desired);
    } catch (error) {
      const refused = error instanceof RemovalRefusedError || error instanceof DesiredStateError;
      if (refused && this.#last !== undefined && this.#last !== desired)
        await this.#carryOut(await this.#plan(this.#last));
      throw error;
    }
    this.#last = desired;
    const right = plan.operations.length === 0;
    const remaining = await this.#carryOut(plan);
    if (right && generation !== undefined && remaining.draining.length === 0)
      this.#found = { generation, state: desired };
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
      absent,
      keepWeights,
      draining: draining === undefined ? undefined : { ...draining, elapsed: this.#ledger.elapsed },
    });
  }

  async #carryOut(plan: Plan): Promise<Plan> {
    if (plan.operations.length === 0) {
      this.#ledger.record(plan);
      return plan;
    }
    const { deadline, strategy } = this.#options;
    this.#ledger.begin(plan);
    this.#tell('planned', plan);
    const result = await this.#client.apply(plan, { deadline, strategy, signal: this.#signal });
    this.#ledger.record(result.remaining);
    this.#tell('applied', result);
    if (result.remaining.operations.length > 0) throw new NotSettledError(result);
    return result.remaining;
  }
}

/** Whether more than services is wanted: changes of settings are counted by no kernel. */
function hasSettings(desired: Desired): boolean {
  const { timeouts, daemons, sysctls } = asTable(desired);
  return (timeouts ?? daemons ?? sysctls) !== undefined;
}
