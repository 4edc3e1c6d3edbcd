import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { minimise } from './minimise.ts';
import { CurrentInput, type FuzzTask, type Report } from './report.ts';

/** Time limit of one input, in milliseconds. */
const INPUT_TIME = 10_000;
const MAX_HEAP_MIB = 512;
/** Time limit for minimising an input that makes the thread hang or run out of memory, in milliseconds. */
const MINIMISING_TIME = 120_000;

type Task = Omit<FuzzTask, 'memory'>;

/** Fuzzes a target in a thread, and terminates the thread if an input takes more than `inputTime` milliseconds. */
export async function fuzzInThread(task: Task, inputTime: number = INPUT_TIME): Promise<Report> {
  const report = await runThread(task, inputTime);
  const { finding } = report;
  if (finding === undefined || !finding.text.startsWith(ENDED)) return report;
  const fails = async (only: Uint8Array): Promise<boolean> => {
    const again = await runThread({ ...task, only }, inputTime);
    return again.finding?.text === finding.text;
  };
  const input = await minimise(finding.input, fails, performance.now() + MINIMISING_TIME);
  return { ...report, finding: { ...finding, input } };
}

const ENDED = 'the thread was ended';

function runThread(task: Task, inputTime: number): Promise<Report> {
  const current = new CurrentInput();
  const worker = new Worker(join(import.meta.dirname, 'worker.js'), {
    workerData: { ...task, memory: current.memory } satisfies FuzzTask,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
  });
  return new Promise((resolve, reject) => {
    const start = performance.now();
    let [count, since] = [0, start];
    const end = (problem: string): void => {
      clearInterval(timer);
      const finding = { input: current.bytes, text: `${ENDED}: ${problem}` };
      const seconds = (performance.now() - start) / 1000;
      resolve({ executions: current.count, corpusSize: 0, seconds, coveredFraction: 0, finding });
      void worker.terminate();
    };
    const timer = setInterval(() => {
      if (current.count !== count) [count, since] = [current.count, performance.now()];
      else if (count > 0 && performance.now() - since > inputTime)
        end(`an input took more than ${inputTime} ms`);
    }, 250);
    worker.on('message', (report: Report) => {
      clearInterval(timer);
      resolve(report);
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') end(`an input took more than ${MAX_HEAP_MIB} MiB`);
      else reject(error);
      clearInterval(timer);
    });
  });
}
