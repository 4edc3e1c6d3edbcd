import { execFileSync } from 'node:child_process';

const taskset = (...args: readonly string[]): string =>
  execFileSync('taskset', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** Returns the CPU affinity mask of the main thread of this process; undefined without taskset(1). */
function affinityMask(): bigint | undefined {
  try {
    return BigInt(`0x${taskset('-p', String(process.pid)).trim().split(' ').at(-1)}`);
  } catch {
    return undefined;
  }
}

/** Whether {@link shareProcessorWith} has an effect: whether the program taskset(1) is there. */
export const canShareProcessor = (): boolean => affinityMask() !== undefined;

/**
 * Keeps the main threads of this process and of `pid` on one processor, as a kernel answers on the processor of its
 * caller. On two, what they take to wake each other up varies more than what is measured. Other threads, such as those
 * of the garbage collector, still use any processor. Does nothing without taskset(1).
 *
 * @returns a function that restores the CPU affinity of this process
 */
export function shareProcessorWith(pid: number): () => void {
  const formerMask = affinityMask();
  if (formerMask === undefined) return () => {};
  const lastProcessorMask = 1n << BigInt(formerMask.toString(2).length - 1);
  const setAffinity = (mask: bigint, ofProcess: number): string =>
    taskset('-p', mask.toString(16), String(ofProcess));
  setAffinity(lastProcessorMask, pid);
  setAffinity(lastProcessorMask, process.pid);
  return () => void setAffinity(formerMask, process.pid);
}
