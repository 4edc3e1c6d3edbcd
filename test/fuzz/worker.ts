/** Fuzzes one target in its own thread, which can be terminated if it hangs or runs out of memory. */
import { parentPort, workerData } from 'node:worker_threads';
import { casesOf } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { Fuzzer } from './fuzzer.ts';
import { CurrentInput, type FuzzTask, type Report } from './report.ts';
import { loadTarget, seedsOf } from './target.ts';

const { name, module, seconds, seed, memory, only } = workerData as FuzzTask;
const coverage = new Coverage();
const target = await loadTarget(module);
const current = new CurrentInput(memory);
const start = performance.now();
const fuzzer = new Fuzzer(target, coverage, seed, (input) => current.set(input));
const seeds = [...casesOf(name).map(({ input }) => input), ...seedsOf(target)];
const isOver = (): boolean => only !== undefined || performance.now() - start > 1000 * seconds;
const finding = await fuzzer.run(only === undefined ? seeds : [only], isOver);
const { executions, corpusSize } = fuzzer;
const report: Report = {
  executions,
  corpusSize,
  seconds: (performance.now() - start) / 1000,
  coveredFraction: coverage.coveredFraction(target.coveredModules),
  finding: finding && { input: finding.input, text: finding.error.stack ?? finding.error.message },
};
coverage.close();
parentPort!.postMessage(report);
