import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../../../bench/sampling/random.ts';
import type { IpvsSync } from '../../../../lib/index.ts';
import { type Desired, nextDesired } from './desired.ts';
import { disturb, fillForeign } from './other-writer.ts';
import { FaultyPath, type FaultySource } from './sources.ts';
import { FaultyStateFile } from './state-file.ts';
import { type Seen, Witness } from './witness.ts';

/** How long destinations drain, in seconds. */
const DRAIN = 4;
/** A destination's time begins before its weight is seen to be 0, and ends before it is seen to have gone. */
const SLACK = DRAIN * 500;
/** At most so many milliseconds after something was said comes a kill. */
const SHORT = 200;
/** Whatever takes longer hangs, in milliseconds. */
const PATIENCE = 600_000;

/** The kernel of a service in a process of its own. */
export interface Surroundings {
  readonly client: IpvsSync;
  /** Reads the table. */
  read(): Seen;
  /** Called with the witness: it looks by itself at every change, or not. */
  watch(witness: Witness): void;
  /** What runs the command `ipvs` with these words. */
  command(words: readonly string[]): readonly string[];
  /** Removes ip_vs, while the service stands still. */
  unload(): void;
  load(): void;
  /** Gives destinations connections, where they are not always said to have some. */
  connect(): Promise<unknown>;
}

/** The service as a process, over several of them, to which everything happens. */
export class ProcessScenario {
  readonly #random: Random;
  readonly #surroundings: Surroundings;
  readonly #witness: Witness;
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'faults-'));
  readonly #file: FaultyStateFile = new FaultyStateFile(this.#folder);
  readonly #source: FaultySource;
  #service: ChildProcess | undefined;
  #desired: Desired = new Map();
  #isSourceGood = false;
  /** Milliseconds from the start of a process to the desired table: all here takes as long as the machine makes it. */
  #startUp = 0;
  #isWaiting = false;
  /** What happened, and what the service said, for messages. */
  readonly steps: string[] = [];
  kills = 0;

  constructor(random: Random, surroundings: Surroundings, source?: FaultySource) {
    this.#random = random;
    this.#surroundings = surroundings;
    this.#source = source ?? new FaultyPath(this.#folder, random.pick(['file', 'folder'] as const));
    this.#witness = new Witness({
      read: () => surroundings.read(),
      now: () => performance.now(),
      grace: DRAIN * 1000,
      slack: SLACK,
    });
    surroundings.watch(this.#witness);
  }

  /** Drains that were seen to last their time. */
  get drained(): number {
    return this.#witness.drained;
  }

  /** So many faults, and then all is to be as desired. */
  async run(faults: number): Promise<void> {
    fillForeign(this.#surroundings.client, this.#witness);
    await this.#set();
    const started = performance.now();
    this.#start();
    await this.#settle();
    this.#startUp = performance.now() - started;
    await this.#surroundings.connect();
    for (let fault = 0; fault < faults; fault++) await this.#fault();
    this.steps.push('the end');
    this.#file.mend();
    if (this.#service === undefined) this.#start();
    await this.#set();
    await this.#settle();
    await this.#pass(Math.max(0, this.#witness.end - performance.now()));
    await this.#settle();
  }

  async close(): Promise<void> {
    await this.#kill();
    await this.#source.close();
    rmSync(this.#folder, { recursive: true });
  }

  async #fault(): Promise<void> {
    const random = this.#random;
    if (this.#service === undefined && random.chance(0.7)) this.#start();
    switch (random.below(8)) {
      case 0:
      case 1:
      case 2:
        await this.#set();
        if (this.#service === undefined) this.#start();
        await this.#untilWork();
        await this.#kill();
        if (random.chance(0.5)) this.#start();
        break;
      case 3:
        await this.#failSource();
        break;
      case 4:
        await this.#standingStill(() => {
          const { client } = this.#surroundings;
          this.steps.push(`another writer: ${disturb(client, this.#witness, random, false)}`);
        });
        break;
      case 5:
        await this.#reload();
        break;
      case 6:
        this.steps.push(`state file ${this.#file.fail(random)}`);
        break;
      default:
        await this.#set();
    }
    if (random.chance(0.3)) {
      await this.#settle();
      await this.#surroundings.connect();
    } else await this.#pass(random.below(this.#startUp / 2));
  }

  /** Until shortly after the service has taken a state or has begun with changes, or any other time. */
  async #untilWork(): Promise<void> {
    const words = this.#random.pick([/ a desired state /, / changes?\)/, undefined]);
    const from = this.steps.length;
    const isSaid = (): boolean => this.steps.slice(from).some((step) => words?.test(step));
    await this.#pass(words === undefined ? this.#random.below(this.#startUp) : this.#startUp * 1.5, isSaid);
    await this.#pass(this.#random.below(SHORT));
  }

  #start(): void {
    this.steps.push('started');
    if (this.#file.isDoubtful) this.#witness.forget();
    const words = [
      ...['reconcile', this.#source.operand, '--own', '10.0.0.0/24', '--state', this.#file.path],
      ...['--drain', String(DRAIN), '--period', '1'],
      ...this.#source.options,
    ];
    const [program, ...rest] = this.#surroundings.command(words);
    const service = spawn(program!, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    service.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.steps.push(`<${text.trim()}>`);
      if (text.includes('this state is waiting for confirmation')) this.#isWaiting = true;
    });
    service.once('exit', () => {
      if (this.#service === service) this.#service = undefined;
    });
    this.#service = service;
    this.#isWaiting = false;
  }

  #confirm(): void {
    this.steps.push('a word');
    this.#isWaiting = false;
    this.#service?.kill('SIGUSR2');
  }

  async #kill(): Promise<void> {
    const service = this.#service;
    if (service === undefined) return;
    this.steps.push('killed');
    this.kills++;
    const ended = once(service, 'exit');
    service.kill('SIGKILL');
    await ended;
  }

  async #set(): Promise<void> {
    const desired = nextDesired(this.#random, this.#desired);
    this.steps.push('a state');
    this.#desired = desired;
    this.#witness.legitimate.push(desired);
    await this.#source.set(desired);
    await this.#source.mend();
    this.#isSourceGood = true;
  }

  async #failSource(): Promise<void> {
    const next = nextDesired(this.#random, this.#desired);
    this.#witness.legitimate.push(next);
    this.steps.push(`source: ${await this.#source.fail(this.#random, next)}`);
    this.#witness.legitimate.push(...this.#source.given);
    this.#isSourceGood = false;
  }

  async #reload(): Promise<void> {
    this.steps.push('module unloaded');
    // One that runs would fill the table again before the module can go.
    await this.#standingStill(() => {
      this.#witness.other(() => this.#surroundings.unload());
      this.#witness.reset();
      this.#surroundings.watch(this.#witness);
    });
    // The service may load it sooner.
    await this.#pass(this.#random.below(1500));
    this.#surroundings.load();
    this.steps.push('module loaded');
    await this.#standingStill(() => fillForeign(this.#surroundings.client, this.#witness));
  }

  /** Does something while the service stands still, wherever it is: what changes meanwhile is not by it. */
  async #standingStill(act: () => void): Promise<void> {
    const service = this.#service;
    service?.kill('SIGSTOP');
    try {
      while (service?.pid !== undefined && isRunning(service.pid)) await delay(1);
      act();
    } finally {
      service?.kill('SIGCONT');
    }
  }

  async #settle(): Promise<void> {
    if (!this.#isSourceGood) return;
    if (this.#service === undefined) this.#start();
    this.steps.push('settles');
    const end = performance.now() + PATIENCE;
    for (;;) {
      this.#witness.look();
      this.#witness.throwIfFailed();
      const difference = this.#witness.difference(this.#desired);
      if (difference === undefined && this.#file.has(this.#desired) !== false) break;
      assert.ok(performance.now() < end, `in vain: ${difference ?? 'the state is not saved'}`);
      if (this.#service === undefined) this.#start();
      // Where others have taken so much, or the file of the last state is lost, that a state is a large removal.
      if (this.#isWaiting) this.#confirm();
      await delay(5);
    }
    if (this.#file.has(this.#desired) === true) this.#witness.legitimate = [this.#desired];
  }

  async #pass(milliseconds: number, isOver: () => boolean = () => false): Promise<void> {
    const end = performance.now() + milliseconds;
    for (; performance.now() < end && !isOver(); await delay(5)) {
      this.#witness.look();
      this.#witness.throwIfFailed();
    }
  }
}

/** Whether any thread of a process is neither stopped nor at its end. */
function isRunning(process: number): boolean {
  const tasks = `/proc/${process}/task`;
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
