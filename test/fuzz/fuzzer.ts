import assert from 'node:assert/strict';
import { getHeapStatistics } from 'node:v8';
import { assertPrototypes } from './checks/outcomes.ts';
import type { Coverage } from './coverage.ts';
import { minimise } from './minimise.ts';
import { type Mutator, mutatorOf } from './mutation/mutator.ts';
import { Random } from './random.ts';
import type { Target } from './target.ts';

/** An input that a reader failed on. */
export interface Finding {
  readonly input: Uint8Array;
  readonly error: Error;
}

/** Inputs that are run between two looks at the coverage. */
const BATCH = 64;
/** One input in so many is also tried grown. */
const GROWN = 500;
/** Length that inputs are grown to, and then to twice and four times that. */
const GROWN_LENGTH = 8192;
/** What the longest may take, in steps and milliseconds: below that growth is not looked at. */
const FREE_STEPS = 1_000_000;
const FREE_MILLISECONDS = 300;
/** How much memory one input may take, garbage included, in bytes. */
const MAX_MEMORY = 128 << 20;
/** What stands for letters that mean nothing: x. */
const LETTER = 0x78;
/** How long a finding is made smaller, in milliseconds. */
const MINIMISING = 10_000;

/**
 * Runs a target on ever new inputs: those that reach new code are kept and mutated further. The same seed
 * and number of executions give the same inputs.
 */
export class Fuzzer {
  executions = 0;
  readonly #target: Target;
  readonly #coverage: Coverage;
  readonly #random: Random;
  readonly #mutator: Mutator;
  /** Called with each input ahead of its execution. */
  readonly #announce: (input: Uint8Array) => void;
  readonly #corpus: Uint8Array[] = [];
  #isOver: () => boolean = () => false;

  constructor(
    target: Target,
    coverage: Coverage,
    seed: number,
    announce: (input: Uint8Array) => void = () => {},
  ) {
    this.#target = target;
    this.#coverage = coverage;
    this.#random = new Random(seed);
    this.#mutator = mutatorOf(target.format);
    this.#announce = announce;
  }

  /** How many inputs reached something new. */
  get kept(): number {
    return this.#corpus.length;
  }

  /** Runs until `isOver`; gives the first finding, made small. */
  async run(seeds: readonly Uint8Array[], isOver: () => boolean): Promise<Finding | undefined> {
    this.#isOver = isOver;
    try {
      this.#coverage.take().commit();
      for (let at = 0; at < seeds.length && !isOver(); at += BATCH)
        await this.#batch(seeds.slice(at, at + BATCH));
      this.#corpus.push(...seeds.slice(0, 1));
      while (!isOver()) await this.#batch(Array.from({ length: BATCH }, () => this.#next()));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { input, cause, grown } = error;
      if (grown) return { input, error: cause };
      const fails = async (candidate: Uint8Array): Promise<boolean> =>
        sameFault(await this.#faultOf(candidate), cause);
      const blank = this.#target.format.kind === 'text' ? LETTER : 0;
      const small = await minimise(input, fails, performance.now() + MINIMISING, blank);
      return { input: small, error: (await this.#faultOf(small)) ?? cause };
    }
    return undefined;
  }

  #next(): Uint8Array {
    const corpus = this.#corpus;
    // Half of the time one of the last: what is behind a door that was just opened is the least known.
    const young = this.#random.oneIn(2) ? Math.floor((3 * corpus.length) / 4) : 0;
    const parent = corpus[young + this.#random.below(corpus.length - young)]!;
    return this.#mutator.mutate(this.#random, parent, this.#random.pick(corpus));
  }

  async #batch(inputs: readonly Uint8Array[]): Promise<void> {
    for (const input of inputs) {
      await this.#execute(input);
      if (this.#random.oneIn(GROWN)) await this.#checkGrowth(input);
    }
    const progress = this.#coverage.take();
    if (progress.gained === 0) return;
    await this.#keepNew(inputs);
    // What is executed once only, such as the loading of a module, is found in no half.
    progress.commit();
  }

  /** Runs inputs again, half by half, to find the ones that reach something new. */
  async #keepNew(inputs: readonly Uint8Array[]): Promise<void> {
    const middle = inputs.length >> 1;
    for (const part of [inputs.slice(0, middle), inputs.slice(middle)].filter(({ length }) => length > 0)) {
      this.#coverage.take();
      for (const input of part) await this.#execute(input);
      const progress = this.#coverage.take();
      if (progress.gained === 0) continue;
      if (part.length > 1) {
        await this.#keepNew(part);
        continue;
      }
      progress.commit();
      this.#corpus.push(part[0]!);
      await this.#checkGrowth(part[0]!);
    }
  }

  async #execute(input: Uint8Array): Promise<void> {
    this.executions++;
    const error = await this.#faultOf(input);
    if (error !== undefined) throw new Failure(input, error);
  }

  async #faultOf(input: Uint8Array): Promise<Error | undefined> {
    this.#announce(input);
    const memory = memoryInUse();
    try {
      const running = this.#target.run(input);
      if (running !== undefined) await running;
      assertPrototypes();
      const taken = memoryInUse() - memory;
      assert.ok(taken < MAX_MEMORY, `${input.length} bytes take ${taken >> 20} MiB of memory`);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(`no Error was thrown, but ${error}`);
    }
  }

  /** Twice the input must not take more than three times as much, and twice that neither. */
  async #checkGrowth(input: Uint8Array): Promise<void> {
    if (this.#isOver()) return;
    const grow = this.#mutator.grow(this.#random, input);
    const unit = grow(2).length - grow(1).length;
    if (unit <= 0) return;
    const times = Math.ceil(GROWN_LENGTH / unit);
    const inputs = [grow(times), grow(2 * times), grow(4 * times)];
    let problem: string | undefined;
    // What is slow by chance is not so three times.
    for (let round = 0; round < 3; round++) {
      const costs: Cost[] = [];
      for (const one of inputs) costs.push(await this.#cost(one));
      problem = excess(costs);
      if (problem === undefined) return;
    }
    throw new Failure(inputs[2]!, new assert.AssertionError({ message: problem! }), true);
  }

  async #cost(input: Uint8Array): Promise<Cost> {
    this.#coverage.take();
    const start = performance.now();
    await this.#execute(input);
    const milliseconds = performance.now() - start;
    return { milliseconds, steps: this.#coverage.take().steps };
  }
}

interface Cost {
  readonly milliseconds: number;
  readonly steps: number;
}

/**
 * What grows more than threefold each time that the input is doubled. Twice, as an input that was refused at
 * its beginning may not be when it is longer.
 */
function excess(costs: readonly Cost[]): string | undefined {
  const grows = (numbers: readonly number[], free: number): boolean =>
    numbers.slice(1).every((number, index) => number > 3 * numbers[index]!) && numbers.at(-1)! > free;
  const steps = costs.map((cost) => cost.steps);
  if (grows(steps, FREE_STEPS))
    return `takes ${steps.join(', ')} steps for an input that is doubled each time`;
  const milliseconds = costs.map((cost) => Math.round(cost.milliseconds));
  if (grows(milliseconds, FREE_MILLISECONDS))
    return `takes ${milliseconds.join(', ')} ms for an input that is doubled each time`;
  return undefined;
}

function memoryInUse(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

class Failure extends Error {
  readonly input: Uint8Array;
  override readonly cause: Error;
  /** Found by what it takes; it is not made small. */
  readonly grown: boolean;

  constructor(input: Uint8Array, cause: Error, grown = false) {
    super(cause.message);
    this.input = input;
    this.cause = cause;
    this.grown = grown;
  }
}

/** Whether two errors are of the same kind and from the same place. */
function sameFault(one: Error | undefined, other: Error): boolean {
  return one !== undefined && one.name === other.name && placeOf(one) === placeOf(other);
}

function placeOf({ stack = '' }: Error): string {
  return stack.split('\n').find((line) => line.includes('/dist/')) ?? '';
}
