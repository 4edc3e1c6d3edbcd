import { type Profiler, Session } from 'node:inspector';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const project: string = pathToFileURL(join(import.meta.dirname, '../..')).href;
/** Whose code counts: the product's, not that of the tests. */
const CODE: readonly string[] = ['lib/', 'protocol/'];

/** What was executed since the last look. */
export interface Progress {
  /** Characters of code that were never executed before. */
  readonly gained: number;
  /** Counts them as executed from now on. */
  commit(): void;
  /** Work in characters of code executed, each as often as it was. What is native (patterns, `indexOf`) is not in it. */
  readonly steps: number;
}

interface News {
  readonly url: string;
  readonly executed: Uint8Array;
}

/**
 * V8's own block coverage of this thread. It must be started before the modules are loaded that it is
 * about. Executing costs next to nothing more; a look costs about a millisecond.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #code: readonly string[];
  /** By URL of a module: which of its characters were executed. */
  readonly #executed = new Map<string, Uint8Array>();
  /** What a look at a module showed already. */
  readonly #seen = new Set<string>();

  /** `code`: what the paths of the modules begin with that count, from the project's root. */
  constructor(code: readonly string[] = CODE) {
    this.#code = code.map((path) => `${project}/${path}`);
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What was executed since the last call. */
  take(): Progress {
    const { result } = this.#post('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
    const news: News[] = [];
    let gained = 0;
    let steps = 0;
    for (const { url, functions } of result) {
      if (!this.#code.some((prefix) => url.startsWith(prefix))) continue;
      let shape = url;
      for (const { ranges } of functions) {
        steps += stepsOf(ranges);
        for (const { startOffset, endOffset, count } of ranges)
          shape += `,${startOffset},${endOffset}${count > 0 ? '' : '!'}`;
      }
      if (this.#seen.has(shape)) continue;
      const executed = executedOf(functions);
      const fresh = this.#freshOf(url, executed);
      if (fresh === 0) this.#seen.add(shape);
      else news.push({ url, executed });
      gained += fresh;
    }
    return { gained, steps, commit: () => this.#commit(news) };
  }

  /** How much of the code in the modules whose paths begin so was executed, 0 to 1. */
  share(modules: readonly string[]): number {
    let executed = 0;
    let all = 0;
    for (const [url, characters] of this.#executed) {
      if (!modules.some((path) => url.startsWith(`${project}/${path}`))) continue;
      all += characters.length;
      for (const one of characters) executed += one;
    }
    return all === 0 ? 0 : executed / all;
  }

  close(): void {
    this.#session.disconnect();
  }

  #freshOf(url: string, executed: Uint8Array): number {
    const known = this.#executed.get(url);
    let fresh = 0;
    for (let at = 0; at < executed.length; at++) if (executed[at] === 1 && known?.[at] !== 1) fresh++;
    return fresh;
  }

  #commit(news: readonly News[]): void {
    for (const { url, executed } of news) {
      const known = this.#executed.get(url) ?? new Uint8Array();
      // A later look at a module may show functions further down.
      const whole = known.length < executed.length ? executed : known;
      const other = whole === executed ? known : executed;
      for (let at = 0; at < other.length; at++) whole[at]! |= other[at]!;
      this.#executed.set(url, whole);
    }
  }

  #post(method: string, parameters?: object): unknown {
    let answer: unknown;
    // Answered before `post` returns, as the session belongs to this thread.
    this.#session.post(method, parameters, (error, result) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer;
  }
}

/** Which characters of a module were executed; outer functions come ahead of those inside them. */
function executedOf(functions: readonly Profiler.FunctionCoverage[]): Uint8Array {
  const executed = new Uint8Array(Math.max(...functions.map(({ ranges }) => ranges[0]!.endOffset)));
  for (const { ranges } of functions)
    for (const { startOffset, endOffset, count } of ranges)
      executed.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  return executed;
}

/** The lengths of the blocks of a function, each times its count less that of the block around it. */
function stepsOf(ranges: readonly Profiler.CoverageRange[]): number {
  let steps = 0;
  const around: Profiler.CoverageRange[] = [];
  for (const range of ranges) {
    while (around.length > 0 && around.at(-1)!.endOffset <= range.startOffset) around.pop();
    steps += (range.count - (around.at(-1)?.count ?? 0)) * (range.endOffset - range.startOffset);
    around.push(range);
  }
  return steps;
}
