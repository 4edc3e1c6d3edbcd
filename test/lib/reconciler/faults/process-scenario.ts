import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../../../bench/sampling/random.ts';
import type { IpvsSync } from '../../../../lib/index.ts';
import { nextDesired, type TableContents } from './desired.ts';
import { addOtherServices, changeTable } from './other-writer.ts';
import { FaultyPath, type FaultySource } from './sources.ts';
import { FaultyStateFile } from './state-file.ts';
import { type ObservedTable, TableChecker } from './table-checker.ts';

/** How long destinations drain, in seconds. */
const DRAIN = 4;
/** How late the start and the end of a drain may be seen, in milliseconds. */
const TOLERANCE = DRAIN * 500;
/** Maximum time between an output of the reconciler and its kill, in milliseconds. */
const MAX_KILL_DELAY = 200;
/** Time after which a wait fails, in milliseconds. */
const TIMEOUT = 600_000;

/** How to run the reconciler in a process of its own, and the kernel that it uses. */
export interface ProcessHarness {
  readonly client: IpvsSync;
  /** Reads the table. */
  read(): ObservedTable;
  /** Lets the checker check each change of the table, if the kernel can report changes. */
  watch(checker: TableChecker): void;
  /** Returns the program and the arguments that run the command `ipvs` with `args`. */
  command(args: readonly string[]): readonly string[];
  /** Unloads ip_vs while the reconciler is stopped (SIGSTOP). */
  unload(): void;
  load(): void;
  /** Makes connections to all destinations, unless `read` gives them some. */
  makeConnections(): Promise<unknown>;
}

/** Runs the reconciler in a process, kills it and starts it again, and injects faults. */
export class ProcessScenario {
  readonly #random: Random;
  readonly #harness: ProcessHarness;
  readonly #checker: TableChecker;
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'faults-'));
  readonly #file: FaultyStateFile = new FaultyStateFile(this.#folder);
  readonly #source: FaultySource;
  #process: ChildProcess | undefined;
  #desired: TableContents = new Map();
  /** Whether the source has the desired state, and no fault. */
  #isSourceGood = false;
  /** Milliseconds from the start of a process to the desired table; waits depend on it, as machines differ in speed. */
  #startUp = 0;
  /** Whether a state of the source waits for confirmation. */
  #isWaiting = false;
  /** What happened, and what the reconciler printed, for error messages. */
  readonly steps: string[] = [];
  kills = 0;

  constructor(random: Random, harness: ProcessHarness, source?: FaultySource) {
    this.#random = random;
    this.#harness = harness;
    this.#source = source ?? new FaultyPath(this.#folder, random.pick(['file', 'folder'] as const));
    this.#checker = new TableChecker({
      read: () => harness.read(),
      now: () => performance.now(),
      grace: DRAIN * 1000,
      tolerance: TOLERANCE,
    });
    harness.watch(this.#checker);
  }

  /** Number of drains that lasted for their full time. */
  get drained(): number {
    return this.#checker.drained;
  }

  /** Injects this many faults, and then waits until the table is as desired. */
  async run(faults: number): Promise<void> {
    addOtherServices(this.#harness.client, this.#checker);
    await this.#setDesired();
    const started = performance.now();
    this.#start();
    await this.#settle();
    this.#startUp = performance.now() - started;
    await this.#harness.makeConnections();
    for (let fault = 0; fault < faults; fault++) await this.#injectFault();
    this.steps.push('the end');
    this.#file.restoreFolder();
    if (this.#process === undefined) this.#start();
    await this.#setDesired();
    await this.#settle();
    await this.#wait(Math.max(0, this.#checker.lastEnd() - performance.now()));
    await this.#settle();
  }

  async close(): Promise<void> {
    await this.#kill();
    await this.#source.close();
    rmSync(this.#folder, { recursive: true });
  }

  async #injectFault(): Promise<void> {
    const random = this.#random;
    if (this.#process === undefined && random.chance(0.7)) this.#start();
    switch (random.below(8)) {
      case 0:
      case 1:
      case 2:
        await this.#setDesired();
        if (this.#process === undefined) this.#start();
        await this.#untilWork();
        await this.#kill();
        if (random.chance(0.5)) this.#start();
        break;
      case 3:
        await this.#failSource();
        break;
      case 4:
        await this.#whileStopped(() => {
          const { client } = this.#harness;
          this.steps.push(`another writer: ${changeTable(client, this.#checker, random, false)}`);
        });
        break;
      case 5:
        await this.#reloadModule();
        break;
      case 6:
        this.steps.push(`state file ${this.#file.injectFault(random)}`);
        break;
      default:
        await this.#setDesired();
    }
    if (random.chance(0.3)) {
      await this.#settle();
      await this.#harness.makeConnections();
    } else await this.#wait(random.below(this.#startUp / 2));
  }

  /** Waits until shortly after the reconciler has read a state or has begun with changes, or for a random time. */
  async #untilWork(): Promise<void> {
    const pattern = this.#random.pick([/ a desired state /, / changes?\)/, undefined]);
    const from = this.steps.length;
    const isPrinted = (): boolean => this.steps.slice(from).some((step) => pattern?.test(step));
    await this.#wait(
      pattern === undefined ? this.#random.below(this.#startUp) : this.#startUp * 1.5,
      isPrinted,
    );
    await this.#wait(this.#random.below(MAX_KILL_DELAY));
  }

  #start(): void {
    this.steps.push('started');
    if (this.#file.mayLackState) this.#checker.savedStateLost();
    const args = [
      ...['reconcile', this.#source.operand, '--own', '10.0.0.0/24', '--state', this.#file.path],
      ...['--drain', String(DRAIN), '--period', '1'],
      ...this.#source.options,
    ];
    const [program, ...rest] = this.#harness.command(args);
    const child = spawn(program!, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.steps.push(`<${text.trim()}>`);
      if (text.includes('this state is waiting for confirmation')) this.#isWaiting = true;
    });
    child.once('exit', () => {
      if (this.#process === child) this.#process = undefined;
    });
    this.#process = child;
    this.#isWaiting = false;
  }

  #confirm(): void {
    this.steps.push('confirmed');
    this.#isWaiting = false;
    this.#process?.kill('SIGUSR2');
  }

  async #kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.steps.push('killed');
    this.kills++;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async #setDesired(): Promise<void> {
    const desired = nextDesired(this.#random, this.#desired);
    this.steps.push('new desired state');
    this.#desired = desired;
    this.#checker.allow(desired);
    await this.#source.set(desired);
    await this.#source.endFault();
    this.#isSourceGood = true;
  }

  async #failSource(): Promise<void> {
    const next = nextDesired(this.#random, this.#desired);
    this.#checker.allow(next);
    this.steps.push(`source: ${await this.#source.injectFault(this.#random, next)}`);
    this.#checker.allow(...this.#source.possiblyRead);
    this.#isSourceGood = false;
  }

  async #reloadModule(): Promise<void> {
    this.steps.push('module unloaded');
    // A running reconciler would fill the table again before the module can be unloaded.
    await this.#whileStopped(() => {
      this.#checker.asOtherWriter(() => this.#harness.unload());
      this.#checker.reset();
      this.#harness.watch(this.#checker);
    });
    // The reconciler may load it sooner.
    await this.#wait(this.#random.below(1500));
    this.#harness.load();
    this.steps.push('module loaded');
    await this.#whileStopped(() => addOtherServices(this.#harness.client, this.#checker));
  }

  /** Does something while the reconciler is stopped by SIGSTOP: changes meanwhile are not by the reconciler. */
  async #whileStopped(act: () => void): Promise<void> {
    const child = this.#process;
    child?.kill('SIGSTOP');
    try {
      while (child?.pid !== undefined && isRunning(child.pid)) await delay(1);
      act();
    } finally {
      child?.kill('SIGCONT');
    }
  }

  /** Waits until the table is as desired and the state file has the desired state. */
  async #settle(): Promise<void> {
    if (!this.#isSourceGood) return;
    if (this.#process === undefined) this.#start();
    this.steps.push('waits for the desired table');
    const end = performance.now() + TIMEOUT;
    for (;;) {
      this.#checker.check();
      this.#checker.throwIfFailed();
      const difference = this.#checker.difference(this.#desired);
      if (difference === undefined && this.#file.has(this.#desired) !== false) break;
      assert.ok(performance.now() < end, `timed out: ${difference ?? 'the state is not saved'}`);
      if (this.#process === undefined) this.#start();
      // A state counts as a large removal where another writer has removed much, or the last state is lost.
      if (this.#isWaiting) this.#confirm();
      await delay(5);
    }
    if (this.#file.has(this.#desired) === true) this.#checker.allowedStates = [this.#desired];
  }

  /** Waits, and checks the table meanwhile. */
  async #wait(milliseconds: number, isOver: () => boolean = () => false): Promise<void> {
    const end = performance.now() + milliseconds;
    for (; performance.now() < end && !isOver(); await delay(5)) {
      this.#checker.check();
      this.#checker.throwIfFailed();
    }
  }
}

/** Whether any thread of a process is neither stopped nor ended. */
function isRunning(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  try {
    return readdirSync(tasks).some((task) => {
      const [state = ''] = /(?<=\) )./.exec(readFileSync(join(tasks, task, 'stat'), 'utf8')) ?? [];
      return !'TZX'.includes(state);
    });
  } catch {
    // It has ended.
    return false;
  }
}
