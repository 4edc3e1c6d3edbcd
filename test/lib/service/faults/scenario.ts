import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { Random } from '../../../../bench/sampling/random.ts';
import { IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { KernelServer } from '../../../../lib/testing/server/kernel-server.ts';
import { cutDesired, type Desired, nextDesired } from './desired.ts';
import { fakeTable, watchFakeTable } from './fake-table.ts';
import { type Death, GRACE, Life } from './life.ts';
import { disturb, fillForeign } from './other-writer.ts';
import { FaultyEtcd, FaultyPath, type FaultySource } from './sources.ts';
import { FaultyStateFile } from './state-file.ts';
import { Witness } from './witness.ts';

const STEPS = 10;
/** Whatever takes longer hangs, in milliseconds. */
const PATIENCE = 300_000;

/** One service over its lives, with a kernel, a source and a state file to which everything happens that the seed says. */
class Scenario {
  readonly #random: Random;
  readonly #kernel: FakeKernel;
  readonly #server: KernelServer;
  readonly #witness: Witness;
  readonly #other: IpvsSync;
  readonly #source: FaultySource;
  readonly #file: FaultyStateFile;
  readonly #allowRemoval: 'any' | undefined;
  /** What happened, for messages. */
  readonly steps: string[] = [];
  #clock = 1_000_000;
  #life: Life | undefined;
  /** What the source has, or is to have when its fault is over. */
  #desired: Desired = new Map();
  #isSourceGood = false;
  faults = 0;

  constructor(random: Random, source: FaultySource, folder: string) {
    this.#random = random;
    this.#source = source;
    this.#kernel = new FakeKernel({ singleDump: random.pick(['none', 'nested'] as const) });
    this.#server = new KernelServer(this.#kernel);
    this.#other = IpvsSync.open({ transport: this.#kernel.connect() });
    this.#witness = new Witness({
      read: () => fakeTable(this.#kernel),
      now: () => this.#clock,
      planned: () => this.#life?.planned ?? this.#clock,
      grace: GRACE,
    });
    watchFakeTable(this.#kernel, this.#witness);
    this.#allowRemoval = random.chance(0.5) ? 'any' : undefined;
    this.#file = new FaultyStateFile(folder);
  }

  async run(): Promise<void> {
    fillForeign(this.#other, this.#witness);
    await this.#set(nextDesired(this.#random));
    for (let step = 0; step < STEPS; step++) await this.#step();
    this.steps.push('the end');
    this.#life?.dieOf(undefined);
    if (this.#kernel.familyId === 0) this.#loadModule();
    this.#file.mend();
    await this.#set(nextDesired(this.#random, this.#desired));
    await this.#source.mend();
    this.#isSourceGood = true;
    await this.#settle();
    this.#clock = this.#witness.end;
    await this.#settle();
    await this.#until(() =>
      this.#life!.service!.status.inSync ? undefined : 'the service does not say that it is done',
    );
    assert.equal(this.#life!.service!.draining, 0);
    const { writes } = this.#witness;
    for (let count = 0; count < 20; count++) await turn();
    await this.#life!.stop();
    assert.equal(this.#witness.writes, writes, 'nothing is written once all is as desired');
  }

  async close(): Promise<void> {
    this.#life?.kill();
    await this.#life?.stop();
    await this.#source.close();
    this.#other.close();
    this.#server.stop();
  }

  get #isUp(): boolean {
    return this.#life?.isAlive === true;
  }

  /** Whether the service has looked at the table since it started. */
  get #hasRun(): boolean {
    const { successfulRuns = 0, failedRuns = 0 } = this.#life?.service?.status ?? {};
    return successfulRuns + failedRuns > 0;
  }

  async #step(): Promise<void> {
    const random = this.#random;
    this.faults++;
    if (!this.#isUp && random.chance(0.8)) await this.#start();
    switch (random.below(12)) {
      case 0:
      case 1:
        await this.#set(nextDesired(random, this.#desired));
        break;
      case 2:
        this.steps.push('killed');
        this.#life?.kill();
        break;
      case 3:
      case 4: {
        const by = random.pick(['request', 'change', 'change', 'save'] as const);
        const death: Death = {
          by,
          count: random.between(1, by === 'request' ? 8 : by === 'save' ? 3 : 1),
          moment: random.pick(['before', 'within', 'after'] as const),
        };
        this.steps.push(`will die ${death.moment} ${death.by} ${death.count}`);
        this.#life?.dieOf(death);
        await this.#set(nextDesired(random, this.#desired));
        break;
      }
      case 5:
      case 6:
        await this.#failSource();
        break;
      case 7:
        if (this.#kernel.familyId === 0) break;
        this.steps.push(
          `another writer: ${disturb(this.#other, this.#witness, random, this.#allowRemoval === 'any')}`,
        );
        break;
      case 8:
        if (this.#kernel.familyId === 0) this.#loadModule();
        else {
          this.steps.push('module unloaded');
          this.#witness.other(() => this.#kernel.unloadModule());
          this.#witness.reset();
          watchFakeTable(this.#kernel, this.#witness);
        }
        break;
      case 9:
        this.steps.push(`state file ${this.#file.fail(random)}`);
        break;
      case 10:
        this.#clock += random.pick([GRACE / 2, GRACE + 1]);
        this.steps.push(`time: ${this.#clock}`);
        if (this.#file.isDoubtful && !this.#hasRun) this.#witness.forget();
        break;
      default:
        await this.#failCut();
    }
    if (random.chance(0.3)) await this.#settle();
    else for (let count = random.below(40); count > 0; count--) await turn();
    this.#witness.throwIfFailed();
  }

  async #start(): Promise<void> {
    await this.#life?.stop();
    // A drain that begins anew with its service is not over at its time.
    if (this.#random.chance(0.5)) this.#clock += GRACE / 2;
    if (this.#file.isDoubtful) this.#witness.forget();
    this.steps.push('started');
    this.#life = await Life.start({
      server: this.#server,
      source: this.#source.open(),
      stateFile: this.#file.path,
      now: () => this.#clock,
      changes: () => this.#witness.writes,
      allowRemoval: this.#allowRemoval,
    });
  }

  async #set(desired: Desired): Promise<void> {
    this.steps.push('a state');
    this.#desired = desired;
    this.#witness.legitimate.push(desired);
    await this.#source.set(desired);
    // A source that is out of reach may be so for longer.
    this.#isSourceGood = this.#random.chance(0.8);
    if (this.#isSourceGood) await this.#source.mend();
  }

  async #failSource(): Promise<void> {
    const next = nextDesired(this.#random, this.#desired);
    // Ahead of the fault, as it may be taken meanwhile.
    const { legitimate } = this.#witness;
    legitimate.push(next);
    this.steps.push(`source: ${await this.#source.fail(this.#random, next)}`);
    const { given } = this.#source;
    if (!given.includes(next)) legitimate.splice(legitimate.indexOf(next), 1);
    legitimate.push(...given.filter((one) => one !== next));
    this.#isSourceGood = false;
  }

  /** A state that takes nearly everything away waits for confirmation, which may come. */
  async #failCut(): Promise<void> {
    if (this.#allowRemoval === 'any' || !this.#isSourceGood || this.#kernel.familyId === 0) return;
    await this.#settle();
    const cut = cutDesired();
    if (!this.#isUp || this.#desired.size === cut.size) return;
    this.steps.push('a cut state');
    await this.#source.set(cut);
    const { status } = this.#life!.service!;
    await this.#until(() => (status.waiting || !this.#isUp ? undefined : 'the cut state does not wait'));
    if (this.#isUp && this.#random.chance(0.3)) {
      this.steps.push('a word');
      this.#witness.legitimate.push(cut);
      this.#desired = cut;
      assert.ok(this.#life!.service!.confirm());
    } else this.#isSourceGood = false;
  }

  #loadModule(): void {
    this.steps.push('module loaded');
    this.#kernel.loadModule();
    fillForeign(this.#other, this.#witness);
  }

  /** Waits until the table is as desired, where nothing stands in the way. */
  async #settle(): Promise<void> {
    if (!this.#isSourceGood || this.#kernel.familyId === 0) return;
    this.steps.push('settles');
    await this.#until(async () => {
      if (!this.#isUp) await this.#start();
      const difference = this.#witness.difference(this.#desired);
      return difference ?? (this.#file.has(this.#desired) !== false ? undefined : 'the state is not saved');
    });
    // What was in force before cannot come back.
    if (this.#file.has(this.#desired) === true) this.#witness.legitimate = [this.#desired];
  }

  async #until(problem: () => string | undefined | Promise<string | undefined>): Promise<void> {
    const end = performance.now() + PATIENCE;
    for (;;) {
      const found = await problem();
      this.#witness.throwIfFailed();
      if (found === undefined) return;
      if (performance.now() > end) throw new Error(`in vain: ${found}`);
      await delay(1);
    }
  }
}

/** Runs a scenario and returns the number of its faults; fails where something is wrong, or does not end. */
export async function runScenario(seed: number): Promise<number> {
  const random = new Random(seed);
  const folder = mkdtempSync(join(tmpdir(), 'faults-'));
  const kind = random.pick(['file', 'folder', 'etcd'] as const);
  const source = kind === 'etcd' ? await FaultyEtcd.start() : new FaultyPath(folder, kind);
  const scenario = new Scenario(random, source, folder);
  try {
    await scenario.run();
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`scenario ${seed} (${kind}): ${message}; after: ${scenario.steps.join('; ')}`, {
      cause: error,
    });
  } finally {
    await scenario.close();
    rmSync(folder, { recursive: true });
  }
  return scenario.faults;
}
