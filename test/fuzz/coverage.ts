import { type Profiler, Session } from 'node:inspector';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const compiledFolder: string = pathToFileURL(join(import.meta.dirname, '../..')).href;
/** The folders whose code is measured: the library's, not that of the tests. */
const CODE: readonly string[] = ['lib/', 'protocol/'];

/** What was executed between two calls of {@link Coverage.take}. */
export interface Execution {
  /** Number of characters of code that had not been marked as executed before. */
  readonly gained: number;
  /** Marks them as executed. Otherwise they are reported again when they are executed again. */
  commit(): void;
  /**
   * A measure of work: the number of characters of code executed, each counted as often as it was executed. Native
   * code (regular expressions, `indexOf`) is not included.
   */
  readonly steps: number;
}

/** A module with code that had never been executed before. */
interface NewCoverage {
  readonly url: string;
  readonly executed: Uint8Array;
}

/**
 * V8's own block coverage of this thread. It must be created before the measured modules are loaded. It hardly slows
 * down their code, but each call of `take` takes about a millisecond.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #code: readonly string[];
  /** For each module, by URL: which of its characters were executed. */
  readonly #executed = new Map<string, Uint8Array>();
  /** Coverage of a module, as text, that contains nothing new. */
  readonly #seen = new Set<string>();

  /** `code`: the prefixes of the paths, relative to the folder of compiled files, of the modules to be measured. */
  constructor(code: readonly string[] = CODE) {
    this.#code = code.map((path) => `${compiledFolder}/${path}`);
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Returns what was executed since the last call. */
  take(): Execution {
    const { result } = this.#post('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
    const newCoverage: NewCoverage[] = [];
    let gained = 0;
    let steps = 0;
    for (const { url, functions } of result) {
      if (!this.#code.some((prefix) => url.startsWith(prefix))) continue;
      let coverageText = url;
      for (const { ranges } of functions) {
        steps += stepsOf(ranges);
        for (const { startOffset, endOffset, count } of ranges)
          coverageText += `,${startOffset},${endOffset}${count > 0 ? '' : '!'}`;
      }
      if (this.#seen.has(coverageText)) continue;
      const executed = executedOf(functions);
      const added = this.#countNew(url, executed);
      if (added === 0) this.#seen.add(coverageText);
      else newCoverage.push({ url, executed });
      gained += added;
    }
    return { gained, steps, commit: () => this.#commit(newCoverage) };
  }

  /** Returns the fraction (0 to 1) of code that was executed in the modules whose paths have one of these prefixes. */
  coveredFraction(modules: readonly string[]): number {
    let executed = 0;
    let total = 0;
    for (const [url, characters] of this.#executed) {
      if (!modules.some((path) => url.startsWith(`${compiledFolder}/${path}`))) continue;
      total += characters.length;
      for (const one of characters) executed += one;
    }
    return total === 0 ? 0 : executed / total;
  }

  close(): void {
    this.#session.disconnect();
  }

  /** Returns the number of characters of a module that were not executed before. */
  #countNew(url: string, executed: Uint8Array): number {
    const known = this.#executed.get(url);
    let fresh = 0;
    for (let at = 0; at < executed.length; at++) if (executed[at] === 1 && known?.[at] !== 1) fresh++;
    return fresh;
  }

  #commit(newCoverage: readonly NewCoverage[]): void {
    for (const { url, executed } of newCoverage) {
      const known = this.#executed.get(url) ?? new Uint8Array();
      // Functions further down in the module may appear only later.
      const whole = known.length < executed.length ? executed : known;
      const other = whole === executed ? known : executed;
      for (let at = 0; at < other.length; at++) whole[at]! |= other[at]!;
      this.#executed.set(url, whole);
    }
  }

  #post(method: string, parameters?: object): unknown {
    let answer: unknown;
    // The callback is called before `post` returns, as the session is connected to its own thread.
    this.#session.post(method, parameters, (error, result) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer;
  }
}

/** Returns which characters of a module were executed. Outer functions precede those inside them. */
function executedOf(functions: readonly Profiler.FunctionCoverage[]): Uint8Array {
  const executed = new Uint8Array(Math.max(...functions.map(({ ranges }) => ranges[0]!.endOffset)));
  for (const { ranges } of functions)
    for (const { startOffset, endOffset, count } of ranges)
      executed.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  return executed;
}

/**
 * Returns the sum of the characters of a function, each times its count: for each block its length times the difference
 * between its count and that of the enclosing block.
 */
function stepsOf(ranges: readonly Profiler.CoverageRange[]): number {
  let steps = 0;
  const enclosing: Profiler.CoverageRange[] = [];
  for (const range of ranges) {
    while (enclosing.length > 0 && enclosing.at(-1)!.endOffset <= range.startOffset) enclosing.pop();
    steps += (range.count - (enclosing.at(-1)?.count ?? 0)) * (range.endOffset - range.startOffset);
    enclosing.push(range);
  }
  return steps;
}
