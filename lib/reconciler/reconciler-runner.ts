import {
  type AllowedRemoval,
  type ApplyResult,
  asState,
  type Desired,
  type DesiredState,
  DrainStartTimes,
  type Plan,
  RemovalRefusedError,
} from '../ipvs/plan/index.ts';
import { type ReconcileFailure, type Reconciler, reconcile } from '../ipvs/reconcile/index.ts';
import type { SourceEvent } from '../ipvs/source/index.ts';
import { LogThrottle } from './log.ts';
import { monotonicMilliseconds } from './monotonic-clock.ts';
import { digestOf, planText, settingNames } from './plan-text.ts';
import { errorLines, type RunnerOptions } from './runner-options.ts';
import type { SavedState } from './saved-state.ts';
import { counted, ReconcilerStatus } from './status.ts';

/** The message for a desired state without services, which is usually an error. */
const EMPTY =
  'the desired state has no service, so nothing was changed; if that is intended, use ipvs apply --allow-removal any';

/** A desired state, a description of its source, and the time at which it was read. */
interface StateWithSource {
  readonly state: DesiredState;
  readonly source: string;
  readonly readAt: number;
}

/**
 * Keeps a table in the state that a source describes, across restarts. A state that removes too much, or has
 * no services, is not applied before {@link confirm}; a source that fails does not count as an empty one.
 */
export class ReconcilerRunner {
  readonly status: ReconcilerStatus = new ReconcilerStatus();
  readonly #options: RunnerOptions;
  readonly #abort = new AbortController();
  readonly #failThrottle = new LogThrottle();
  readonly #problemThrottle = new LogThrottle();
  readonly #planThrottle = new LogThrottle();
  readonly #saveThrottle = new LogThrottle();
  readonly #drainStartTimes: DrainStartTimes;
  readonly #reconciler: Reconciler;
  /** The last good state: the newest one that was not refused. */
  #lastGood: StateWithSource | undefined;
  /** The newest state of the source. */
  #newest: StateWithSource | undefined;
  /** The digest of the state whose removals were confirmed. */
  #confirmed: string | undefined;
  #excludedCount = 0;
  /** Whether it has not been logged yet that the table is in the newest state. */
  #isUnlogged = false;

  private constructor(options: RunnerOptions, saved: SavedState | undefined) {
    this.#options = options;
    this.#drainStartTimes = new DrainStartTimes(options.now ?? monotonicMilliseconds, saved?.drains);
    const { lastGood } = saved ?? {};
    if (lastGood?.source === options.source.name)
      this.#lastGood = { ...lastGood, source: `the last good state of ${lastGood.source}` };
    this.#confirmed = saved?.confirmed;
    this.#reconciler = reconcile(options.client, this.#states(), {
      ...options.reconcile,
      drainStartTimes: this.#drainStartTimes,
      lastGood: this.#lastGood?.state,
      allowRemoval: (state) => this.#allowedRemoval(state),
    });
    this.#reconciler
      .on('desired', () => this.#updateStatus())
      .on('planned', (plan) => this.#planned(plan))
      .on('applied', (result) => this.#applied(result))
      .on('succeeded', (remaining) => this.#succeeded(remaining))
      .on('failed', (failure) => this.#failed(failure));
  }

  /** Reads the saved state and starts the reconciler. */
  static async start(options: RunnerOptions): Promise<ReconcilerRunner> {
    let saved: SavedState | undefined;
    try {
      saved = await options.stateFile?.read();
    } catch (error) {
      const [line = ''] = errorLines(options, error);
      options.log.write('error', 'state-file', `starting without the saved state: ${line}`);
    }
    return new ReconcilerRunner(options, saved);
  }

  /** Number of destinations that are draining. */
  get draining(): number {
    return this.#drainStartTimes.size;
  }

  /** Reads the source and the table again. */
  reload(): void {
    this.#options.source.reread();
    this.#reconciler.trigger();
  }

  /** Confirms the desired state that is waiting, and no later one. Returns false if none is waiting. */
  confirm(): boolean {
    const { waiting } = this.status;
    if (!waiting || this.#newest === undefined) {
      this.#options.log.write('warning', 'confirm', 'no desired state is waiting for confirmation');
      return false;
    }
    this.#confirmed = digestOf(this.#newest.state.services);
    this.status.waiting = false;
    this.#options.log.write('info', 'confirm', 'the desired state that was waiting is confirmed');
    this.#save();
    this.#reconciler.trigger();
    return true;
  }

  /** Stops after the datagram that is being sent, and saves the state. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#reconciler.stop();
    this.#save();
  }

  async *#states(): AsyncGenerator<DesiredState> {
    const { source } = this.#options;
    for await (const event of source.events(this.#abort.signal)) {
      const state = this.#handleSourceEvent(event);
      if (state !== undefined) yield state;
    }
  }

  #handleSourceEvent(event: SourceEvent): DesiredState | undefined {
    const { log } = this.#options;
    if ('problem' in event) {
      this.status.sourceProblems++;
      this.#reportProblem(event.problem);
      if (this.#newest !== undefined || this.#lastGood === undefined) return undefined;
      const { services } = this.#lastGood.state;
      const at = new Date(this.#lastGood.readAt).toISOString();
      log.write(
        'warning',
        'last-state',
        `continuing with the last good state, of ${counted(services.length, 'service')}, read at ${at}`,
      );
      this.#newest = this.#lastGood;
      return this.#lastGood.state;
    }
    const { state, source, warning } = event;
    this.status.problem = undefined;
    this.#problemThrottle.clear();
    if (warning !== undefined) log.write('warning', 'source', warning);
    const count = state.services.length;
    const settings = settingNames(state);
    const what = [counted(count, 'service'), ...settings].join(', ');
    log.write('info', 'desired', `a desired state of ${what} from ${source}`, {
      services: count,
      settings,
      source,
    });
    this.#newest = { state, source, readAt: Date.now() };
    if (this.#confirmed !== undefined && this.#confirmed !== digestOf(state.services))
      this.#confirmed = undefined;
    this.#isUnlogged = true;
    this.status.waiting = false;
    this.#failThrottle.clear();
    this.#planThrottle.clear();
    return state;
  }

  #reportProblem(problem: Error): void {
    const { log, onSourceProblem } = this.#options;
    const lines = errorLines(this.#options, problem);
    const text = lines.join('\n');
    this.status.problem = text;
    if (this.#problemThrottle.shouldLog(text)) for (const line of lines) log.write('error', 'source', line);
    onSourceProblem?.(problem);
    this.#updateStatus();
  }

  #allowedRemoval(desired: Desired): AllowedRemoval | undefined {
    const { services } = asState(desired);
    if (this.#confirmed !== undefined && this.#confirmed === digestOf(services)) return 'any';
    return services.length === 0 ? 0 : this.#options.allowRemoval;
  }

  #planned(plan: Plan): void {
    this.#accept(plan);
    this.status.inSync = false;
    this.#setDrift(plan);
    // Before the table is changed, so that the start of a drain is not lost in a crash.
    this.#save();
    const text = planText(plan);
    if (this.#planThrottle.shouldLog(text))
      this.#options.log.write('info', 'planned', text, { operations: plan.operations.length });
    this.#options.onPlan?.(plan);
    this.#updateStatus();
  }

  #applied({ sent, resolved, failures, remaining }: ApplyResult): void {
    this.status.changes += sent;
    this.#isUnlogged = false;
    if (remaining.operations.length === 0)
      this.#options.log.write(
        'info',
        'applied',
        `the table is in the desired state after ${counted(sent, 'change')}`,
        {
          sent,
          resolved,
          failures: failures.length,
        },
      );
    this.#setDrift(remaining);
    this.#save();
    this.#updateStatus();
  }

  /** A run has ended with the table in the desired state: the plan, if the table was read, has no operations. */
  #succeeded(remaining: Plan | undefined): void {
    if (remaining !== undefined) this.#accept(remaining);
    this.status.successfulRuns++;
    this.status.lastSuccessAt = Date.now();
    this.status.drift = 0;
    this.status.settingsDrift = 0;
    this.status.inSync = true;
    this.status.waiting = false;
    this.#planThrottle.clear();
    const { log } = this.#options;
    if (this.#failThrottle.clear()) log.write('info', 'recovered', 'the table is in the desired state again');
    else if (this.#isUnlogged) log.write('info', 'unchanged', 'the table is in the desired state already');
    this.#isUnlogged = false;
    if (remaining !== undefined || this.#saveThrottle.hasProblem) this.#save();
    this.#updateStatus();
  }

  /** Draining destinations are differences, but not drift: without operations the drift is 0. */
  #setDrift({ operations, differences, settings }: Plan): void {
    this.status.drift = operations.length === 0 ? 0 : differences.length;
    this.status.settingsDrift = operations.length === 0 ? 0 : settings.length;
  }

  #failed(failure: ReconcileFailure): void {
    const { log, onReconcileFailure } = this.#options;
    const { error, origin } = failure;
    if (origin === 'run') {
      this.status.failedRuns++;
      this.status.inSync = false;
    } else this.status.sourceProblems++;
    // Not reset by other failures: the state waits until it is confirmed or another one arrives.
    const refused = error instanceof RemovalRefusedError;
    if (refused) this.status.waiting = true;
    const isEmpty = refused && this.#newest?.state.services.length === 0;
    const lines = isEmpty ? [EMPTY] : errorLines(this.#options, error);
    if (this.#failThrottle.shouldLog(lines.join('\n'))) {
      for (const line of lines) log.write('error', origin, line);
      if (this.status.waiting)
        log.write('warning', 'waiting', `this state is waiting for confirmation: kill -USR2 ${process.pid}`);
    }
    this.#save();
    onReconcileFailure?.(failure);
    this.#updateStatus();
  }

  /** Records that the state of a plan was not refused. */
  #accept({ desired, excluded }: Plan): void {
    const { log } = this.#options;
    if (desired === this.#newest?.state.services) this.#lastGood = this.#newest;
    if (this.#lastGood?.state.services === desired) {
      this.status.desired = desired.length;
      this.status.source = this.#lastGood.source;
      this.status.readAt = this.#lastGood.readAt;
    }
    if (excluded.length !== this.#excludedCount && excluded.length > 0)
      log.write(
        'warning',
        'excluded',
        `${counted(excluded.length, 'desired service')} outside of what is managed: ${excluded[0]}${excluded.length > 1 ? ', ...' : ''}`,
      );
    this.#excludedCount = excluded.length;
  }

  #save(): void {
    const { stateFile, log, source } = this.#options;
    const lastGood =
      this.#lastGood === undefined
        ? undefined
        : { state: this.#lastGood.state, source: source.name, readAt: this.#lastGood.readAt };
    try {
      stateFile?.write({ drains: this.#drainStartTimes.drains, lastGood, confirmed: this.#confirmed });
      if (this.#saveThrottle.clear())
        log.write('info', 'state-file', 'drains and the last good state are saved again');
    } catch (error) {
      const text = `drains and the last good state are not saved: ${errorLines(this.#options, error)[0] ?? ''}`;
      if (this.#saveThrottle.shouldLog(text)) log.write('error', 'state-file', text);
    }
  }

  #updateStatus(): void {
    this.status.draining = this.#drainStartTimes.size;
    this.#options.onChange?.(this.status);
  }
}
