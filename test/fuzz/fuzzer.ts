import assert from 'node:assert/strict';
import { getHeapStatistics } from 'node:v8';
import { assertPrototypes } from './checks/outcomes.ts';
import type { Coverage } from './coverage.ts';
import { minimise } from './minimise.ts';
import { type Mutator, mutatorOf } from './mutation/mutator.ts';
import { Random } from './random.ts';
import type { Target } from './target.ts';

/** An input that showed a fault, and the error. */
export interface Finding {
  readonly input: Uint8Array;
  readonly error: Error;
}

/** Number of inputs between two measurements of coverage. */
const BATCH = 64;
/** One of this many inputs is also checked for superlinear cost. */
const GROWTH_CHECK_INTERVAL = 500;
/** Length in bytes to which a part of the input is repeated for that, and then to twice and four times as much. */
const GROWN_LENGTH = 8192;
/** Steps (see `Execution`) and milliseconds that the longest may take in any case, however its cost grows. */
const ALLOWED_STEPS = 1_000_000;
const ALLOWED_MILLISECONDS = 300;
/** Maximum memory for one input, including garbage, in bytes. */
const MAX_MEMORY = 128 << 20;
/** The letter x, which replaces irrelevant characters of a minimised text. */
const LETTER_X = 0x78;
/** Time limit for minimising a finding, in milliseconds. */
const MINIMISING_TIME = 10_000;

/**
 * Runs a target on more and more inputs: those that reach new code are kept and mutated further. The same seed
 * and number of executions give the same inputs.
 */
export class Fuzzer {
  executions = 0;
  readonly #target: Target;
  readonly #coverage: Coverage;
  readonly #random: Random;
  readonly #mutator: Mutator;
  /** Called with each input before it is executed. */
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

  /** The number of inputs that are mutated: those that reached new code, or else one seed. */
  get corpusSize(): number {
    return this.#corpus.length;
  }

  /** Runs until `isOver`, or until the first finding, which it returns, minimised unless it is one of cost. */
  async run(seeds: readonly Uint8Array[], isOver: () => boolean): Promise<Finding | undefined> {
    this.#isOver = isOver;
    try {
      this.#coverage.take().commit();
      for (let at = 0; at < seeds.length && !isOver(); at += BATCH)
        await this.#batch(seeds.slice(at, at + BATCH));
      if (this.#corpus.length === 0) this.#corpus.push(...seeds.slice(0, 1));
      while (!isOver()) await this.#batch(Array.from({ length: BATCH }, () => this.#newInput()));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { input, cause, isCost } = error;
      if (isCost) return { input, error: cause };
      const fails = async (candidate: Uint8Array): Promise<boolean> =>
        sameFault(await this.#faultOf(candidate), cause);
      const blank = this.#target.format.kind === 'text' ? LETTER_X : 0;
      const small = await minimise(input, fails, performance.now() + MINIMISING_TIME, blank);
      return { input: small, error: (await this.#faultOf(small)) ?? cause };
    }
    return undefined;
  }

  #newInput(): Uint8Array {
    const corpus = this.#corpus;
    // Half of the time one of the newest quarter: the code that they reached is the least explored.
    const first = this.#random.oneIn(2) ? Math.floor((3 * corpus.length) / 4) : 0;
    const parent = corpus[first + this.#random.below(corpus.length - first)]!;
    return this.#mutator.mutate(this.#random, parent, this.#random.pick(corpus));
  }

  async #batch(inputs: readonly Uint8Array[]): Promise<void> {
    for (const input of inputs) await this.#execute(input);
    const execution = this.#coverage.take();
    if (execution.gained > 0) {
      await this.#keepNew(inputs);
      // Code that is executed only once, such as the loading of a module, is not found in either half.
      execution.commit();
    }
    // Not before: measuring the cost of an input discards the coverage so far.
    for (const input of inputs) if (this.#random.oneIn(GROWTH_CHECK_INTERVAL)) await this.#checkGrowth(input);
  }

  /** Runs inputs again, half by half, to find and keep the ones that reach new code. */
  async #keepNew(inputs: readonly Uint8Array[]): Promise<void> {
    const middle = inputs.length >> 1;
    for (const part of [inputs.slice(0, middle), inputs.slice(middle)].filter(({ length }) => length > 0)) {
      this.#coverage.take();
      for (const input of part) await this.#execute(input);
      const execution = this.#coverage.take();
      if (execution.gained === 0) continue;
      if (part.length > 1) {
        await this.#keepNew(part);
        continue;
      }
      execution.commit();
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

  /** Checks that the cost of an input does not more than triple with each of two doublings of a part of it. */
  async #checkGrowth(input: Uint8Array): Promise<void> {
    if (this.#isOver()) return;
    const grow = this.#mutator.grow(this.#random, input);
    const unit = grow(2).length - grow(1).length;
    if (unit <= 0) return;
    const times = Math.ceil(GROWN_LENGTH / unit);
    const inputs = [grow(times), grow(2 * times), grow(4 * times)];
    let problem: string | undefined;
    // Repeated, as one measurement may be slow by chance.
    for (let round = 0; round < 3; round++) {
      const costs: Cost[] = [];
      for (const one of inputs) costs.push(await this.#cost(one));
      problem = growthProblem(costs);
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
 * Returns a message if a cost more than triples with each of two doublings of the input. A single one says nothing, as
 * an input that is rejected early may not be when it is longer.
 */
function growthProblem(costs: readonly Cost[]): string | undefined {
  const grows = (numbers: readonly number[], allowed: number): boolean =>
    numbers.slice(1).every((number, index) => number > 3 * numbers[index]!) && numbers.at(-1)! > allowed;
  const steps = costs.map((cost) => cost.steps);
  if (grows(steps, ALLOWED_STEPS))
    return `executes ${steps.join(', ')} characters of code for an input of which a part is doubled each time`;
  const milliseconds = costs.map((cost) => Math.round(cost.milliseconds));
  if (grows(milliseconds, ALLOWED_MILLISECONDS))
    return `takes ${milliseconds.join(', ')} ms for an input of which a part is doubled each time`;
  return undefined;
}

function memoryInUse(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

/** Thrown when an input shows a fault. */
class Failure extends Error {
  readonly input: Uint8Array;
  override readonly cause: Error;
  /** Whether its cost is the fault; such an input is not minimised. */
  readonly isCost: boolean;

  constructor(input: Uint8Array, cause: Error, isCost = false) {
    super(cause.message);
    this.input = input;
    this.cause = cause;
    this.isCost = isCost;
  }
}

/** Whether two errors are of the same kind and from the same place. */
function sameFault(one: Error | undefined, other: Error): boolean {
  return one !== undefined && one.name === other.name && placeOf(one) === placeOf(other);
}

function placeOf({ stack = '' }: Error): string {
  return stack.split('\n').find((line) => line.includes('/dist/')) ?? '';
}
