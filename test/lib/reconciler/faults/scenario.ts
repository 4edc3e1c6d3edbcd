import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { Random } from '../../../../bench/sampling/random.ts';
import { IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { KernelServer } from '../../../../lib/testing/server/kernel-server.ts';
import { nearlyEmptyState, nextDesired, type TableContents } from './desired.ts';
import { readFakeTable, watchFakeTable } from './fake-table.ts';
import { GRACE, KillableReconciler, type KillPoint } from './killable-reconciler.ts';
import { addOtherServices, changeTable } from './other-writer.ts';
import { FaultyEtcd, FaultyPath, type FaultySource } from './sources.ts';
import { FaultyStateFile } from './state-file.ts';
import { TableChecker } from './table-checker.ts';

const STEPS = 10;
/** Time after which a wait fails, in milliseconds. */
const TIMEOUT = 300_000;

/** A reconciler that is killed and started again, with faults of its kernel, source and state file. */
class Scenario {
  readonly #random: Random;
  readonly #kernel: FakeKernel;
  readonly #server: KernelServer;
  readonly #checker: TableChecker;
  readonly #otherWriter: IpvsSync;
  readonly #source: FaultySource;
  readonly #file: FaultyStateFile;
  readonly #allowRemoval: 'any' | undefined;
  /** What happened, for error messages. */
  readonly steps: string[] = [];
  #clock = 1_000_000;
  #reconciler: KillableReconciler | undefined;
  /** The state that the source was last given, whatever a fault has made of it, or that was confirmed. */
  #desired: TableContents = new Map();
  /** Whether the source is known to have that state, and no fault. */
  #isSourceGood = false;
  stepCount = 0;

  constructor(random: Random, source: FaultySource, folder: string) {
    this.#random = random;
    this.#source = source;
    this.#kernel = new FakeKernel({ singleDump: random.pick(['none', 'nested'] as const) });
    this.#server = new KernelServer(this.#kernel);
    this.#otherWriter = IpvsSync.open({ transport: this.#kernel.connect() });
    this.#checker = new TableChecker({
      read: () => readFakeTable(this.#kernel),
      now: () => this.#clock,
      planned: () => this.#reconciler?.planned ?? this.#clock,
      grace: GRACE,
    });
    watchFakeTable(this.#kernel, this.#checker);
    this.#allowRemoval = random.chance(0.5) ? 'any' : undefined;
    this.#file = new FaultyStateFile(folder);
  }

  async run(): Promise<void> {
    addOtherServices(this.#otherWriter, this.#checker);
    await this.#setDesired(nextDesired(this.#random));
    for (let step = 0; step < STEPS; step++) await this.#step();
    this.steps.push('the end');
    this.#reconciler?.killAt(undefined);
    if (this.#kernel.familyId === 0) this.#loadModule();
    this.#file.restoreFolder();
    await this.#setDesired(nextDesired(this.#random, this.#desired));
    await this.#source.endFault();
    this.#isSourceGood = true;
    await this.#settle();
    this.#clock = this.#checker.lastEnd();
    await this.#settle();
    await this.#until(() =>
      this.#reconciler!.runner!.status.inSync ? undefined : 'the reconciler does not say that it is done',
    );
    assert.equal(this.#reconciler!.runner!.draining, 0);
    const { writes } = this.#checker;
    for (let count = 0; count < 20; count++) await nextTurn();
    await this.#reconciler!.stop();
    assert.equal(this.#checker.writes, writes, 'nothing is written once all is as desired');
  }

  async close(): Promise<void> {
    this.#reconciler?.kill();
    await this.#reconciler?.stop();
    await this.#source.close();
    this.#otherWriter.close();
    this.#server.stop();
  }

  get #isUp(): boolean {
    return this.#reconciler?.isAlive === true;
  }

  /** Whether the reconciler has finished a run since it started. */
  get #hasRun(): boolean {
    const { successfulRuns = 0, failedRuns = 0 } = this.#reconciler?.runner?.status ?? {};
    return successfulRuns + failedRuns > 0;
  }

  async #step(): Promise<void> {
    const random = this.#random;
    this.stepCount++;
    if (!this.#isUp && random.chance(0.8)) await this.#start();
    switch (random.below(12)) {
      case 0:
      case 1:
        await this.#setDesired(nextDesired(random, this.#desired));
        break;
      case 2:
        this.steps.push('killed');
        this.#reconciler?.kill();
        break;
      case 3:
      case 4: {
        const at = random.pick(['request', 'change', 'change', 'save'] as const);
        const point: KillPoint = {
          at,
          count: random.between(1, at === 'request' ? 8 : at === 'save' ? 3 : 1),
          moment: random.pick(['before', 'within', 'after'] as const),
        };
        this.steps.push(`will be killed ${point.moment} ${point.at} ${point.count}`);
        this.#reconciler?.killAt(point);
        await this.#setDesired(nextDesired(random, this.#desired));
        break;
      }
      case 5:
      case 6:
        await this.#failSource();
        break;
      case 7:
        if (this.#kernel.familyId === 0) break;
        this.steps.push(
          `another writer: ${changeTable(this.#otherWriter, this.#checker, random, this.#allowRemoval === 'any')}`,
        );
        break;
      case 8:
        if (this.#kernel.familyId === 0) this.#loadModule();
        else {
          this.steps.push('module unloaded');
          this.#checker.asOtherWriter(() => this.#kernel.unloadModule());
          this.#checker.reset();
          watchFakeTable(this.#kernel, this.#checker);
        }
        break;
      case 9:
        this.steps.push(`state file ${this.#file.injectFault(random)}`);
        break;
      case 10:
        this.#clock += random.pick([GRACE / 2, GRACE + 1]);
        this.steps.push(`time: ${this.#clock}`);
        if (this.#file.mayLackState && !this.#hasRun) this.#checker.savedStateLost();
        break;
      default:
        await this.#setNearlyEmptyState();
    }
    if (random.chance(0.3)) await this.#settle();
    else for (let count = random.below(40); count > 0; count--) await nextTurn();
    this.#checker.throwIfFailed();
  }

  async #start(): Promise<void> {
    await this.#reconciler?.stop();
    // Shows whether a drain begins again when the reconciler does: it would then last too long.
    if (this.#random.chance(0.5)) this.#clock += GRACE / 2;
    if (this.#file.mayLackState) this.#checker.savedStateLost();
    this.steps.push('started');
    this.#reconciler = await KillableReconciler.start({
      server: this.#server,
      source: this.#source.open(),
      stateFile: this.#file.path,
      now: () => this.#clock,
      changes: () => this.#checker.writes,
      allowRemoval: this.#allowRemoval,
    });
  }

  async #setDesired(desired: TableContents): Promise<void> {
    this.steps.push('new desired state');
    this.#desired = desired;
    this.#checker.allow(desired);
    await this.#source.set(desired);
    // A source that cannot be reached may stay so.
    this.#isSourceGood = this.#random.chance(0.8);
    if (this.#isSourceGood) await this.#source.endFault();
  }

  async #failSource(): Promise<void> {
    const next = nextDesired(this.#random, this.#desired);
    // Before the fault, as the reconciler may read the state meanwhile.
    const { allowedStates } = this.#checker;
    this.#checker.allow(next);
    this.steps.push(`source: ${await this.#source.injectFault(this.#random, next)}`);
    const { possiblyRead } = this.#source;
    if (!possiblyRead.includes(next)) allowedStates.splice(allowedStates.indexOf(next), 1);
    this.#checker.allow(...possiblyRead.filter((one) => one !== next));
    this.#isSourceGood = false;
  }

  /** A state that removes nearly everything waits for confirmation, which may be given. */
  async #setNearlyEmptyState(): Promise<void> {
    if (this.#allowRemoval === 'any' || !this.#isSourceGood || this.#kernel.familyId === 0) return;
    await this.#settle();
    const nearlyEmpty = nearlyEmptyState();
    if (!this.#isUp || this.#desired.size === nearlyEmpty.size) return;
    this.steps.push('a nearly empty state');
    await this.#source.set(nearlyEmpty);
    const { status } = this.#reconciler!.runner!;
    await this.#until(() =>
      status.waiting || !this.#isUp ? undefined : 'the nearly empty state does not wait',
    );
    if (this.#isUp && this.#random.chance(0.3)) {
      this.steps.push('confirmed');
      this.#checker.allow(nearlyEmpty);
      this.#desired = nearlyEmpty;
      assert.ok(this.#reconciler!.runner!.confirm());
    } else this.#isSourceGood = false;
  }

  #loadModule(): void {
    this.steps.push('module loaded');
    this.#kernel.loadModule();
    addOtherServices(this.#otherWriter, this.#checker);
  }

  /** Waits until the table is as desired, unless a fault prevents that. */
  async #settle(): Promise<void> {
    if (!this.#isSourceGood || this.#kernel.familyId === 0) return;
    this.steps.push('waits for the desired table');
    await this.#until(async () => {
      if (!this.#isUp) await this.#start();
      const difference = this.#checker.difference(this.#desired);
      return difference ?? (this.#file.has(this.#desired) !== false ? undefined : 'the state is not saved');
    });
    // The reconciler cannot go back to an earlier state.
    if (this.#file.has(this.#desired) === true) this.#checker.allowedStates = [this.#desired];
  }

  async #until(problem: () => string | undefined | Promise<string | undefined>): Promise<void> {
    const end = performance.now() + TIMEOUT;
    for (;;) {
      const found = await problem();
      this.#checker.throwIfFailed();
      if (found === undefined) return;
      if (performance.now() > end) throw new Error(`timed out: ${found}`);
      await delay(1);
    }
  }
}

/** Runs the scenario of a seed and returns the number of its steps; fails if a change is wrong or a wait times out. */
export async function runScenario(seed: number): Promise<number> {
  const random = new Random(seed);
  const folder = mkdtempSync(join(tmpdir(), 'faults-'));
  const sourceKind = random.pick(['file', 'folder', 'etcd'] as const);
  const source = sourceKind === 'etcd' ? await FaultyEtcd.start() : new FaultyPath(folder, sourceKind);
  const scenario = new Scenario(random, source, folder);
  try {
    await scenario.run();
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`scenario ${seed} (${sourceKind}): ${message}; after: ${scenario.steps.join('; ')}`, {
      cause: error,
    });
  } finally {
    await scenario.close();
    rmSync(folder, { recursive: true });
  }
  return scenario.stepCount;
}
