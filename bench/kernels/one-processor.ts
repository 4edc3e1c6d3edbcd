import { execFileSync } from 'node:child_process';

const taskset = (...args: readonly string[]): string =>
  execFileSync('taskset', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** Returns the processors that the main thread of this process may use, as a mask; undefined without taskset(1). */
function usableProcessors(): bigint | undefined {
  try {
    return BigInt(`0x${taskset('-p', String(process.pid)).trim().split(' ').at(-1)}`);
  } catch {
    return undefined;
  }
}

/** Whether {@link shareProcessorWith} has an effect: whether the program taskset(1) is there. */
export const canShareProcessor = (): boolean => usableProcessors() !== undefined;

/**
 * Keeps the main threads of this process and of `pid` on one processor, as a kernel answers on the processor of its
 * caller. On two, what they take to wake each other up varies more than what is measured. Other threads, such as those
 * of the garbage collector, still use any processor. Does nothing without taskset(1).
 *
 * @returns a function that lets this process use its former processors again
 */
export function shareProcessorWith(pid: number): () => void {
  const former = usableProcessors();
  if (former === undefined) return () => {};
  const last = 1n << BigInt(former.toString(2).length - 1);
  const use = (processors: bigint, ofProcess: number): string =>
    taskset('-p', processors.toString(16), String(ofProcess));
  use(last, pid);
  use(last, process.pid);
  return () => void use(former, process.pid);
}
