import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TableLocation } from '../kernels/table-location.ts';
import { type ReadMethodName, readMethodNamed } from './read-methods.ts';
import { everyService } from './subset.ts';
import type { TableReader } from './table-reader.ts';

/** Time, memory and blocking of the event loop of one read of the table. */
export interface ResourceUsage {
  /** Duration of the first read in a new process, in milliseconds. */
  readonly firstReadTime: number;
  /** Number of destinations read; absent if they are not decoded. */
  readonly destinations?: number;
  /** Number of system calls that read or write a socket. */
  readonly systemCalls: number;
  readonly datagrams: number;
  readonly bytes: number;
  /** Increase of the peak resident memory during the first read, in bytes. */
  readonly peakMemory: number;
  /**
   * The longest time that the event loop was blocked in each further read, in milliseconds, in ascending
   * order; empty for slow methods.
   */
  readonly blockedTimes: readonly number[];
}

/** Number of reads from which the 99th percentile is taken. */
export const MAXIMUM_READS = 100;
/** Number of warm-up reads before these, in which V8 compiles code and sizes its young generation. */
const WARM_UP_READS = 10;
/** Maximum duration of the first read of a method whose blocking is measured, in milliseconds. */
const MAXIMUM_FIRST_READ_TIME = 2000;
/**
 * Above this duration of the first read, in milliseconds, the blocking of the event loop is measured in one read only,
 * or not at all if the method blocks the loop for the whole read.
 */
const MAXIMUM_REPEATED_READ_TIME = 500;
/** Value that resets VmHWM when written to clear_refs, see proc_pid_clear_refs(5). */
const RESET_PEAK = '5';
const KIBIBYTE = 1024;
/** Messages of the child process before and after the first read. */
const READY = 'ready';
const HAS_READ = 'has read';

/**
 * Reads the table in a child process; a method that does not block the event loop is repeated for about `repeatTime`
 * milliseconds. Returns undefined if the first read takes longer than `firstReadLimit` milliseconds.
 */
export function measureResourceUsage(
  name: ReadMethodName,
  location: TableLocation,
  repeatTime: number,
  firstReadLimit: number,
): Promise<ResourceUsage | undefined> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [name, JSON.stringify(location), `${repeatTime}`], {
      execArgv: ['--expose-gc'],
    });
    let result: ResourceUsage | undefined;
    let timer: NodeJS.Timeout | undefined;
    child.on('message', (message: ResourceUsage | typeof READY | typeof HAS_READ) => {
      if (message === READY) timer = setTimeout(() => child.kill('SIGKILL'), firstReadLimit);
      else if (message === HAS_READ) clearTimeout(timer);
      else result = message;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (result === undefined && signal !== 'SIGKILL') {
        reject(new Error(`reading ${name} in a process of its own ended with status ${code}`));
      } else {
        resolve(result);
      }
    });
  });
}

async function read(name: string, location: TableLocation, repeatTime: number): Promise<ResourceUsage> {
  const reader = await readMethodNamed(name).open(location, everyService);
  process.send?.(READY);
  const started = performance.now();
  const { destinations, peakMemory, isAsync } = await firstRead(reader);
  const firstReadTime = performance.now() - started;
  process.send?.(HAS_READ);
  const { systemCalls, datagrams, bytes } = reader.socketCounts();
  const blockedTimes: number[] = [];
  const repeated = isAsync && firstReadTime < MAXIMUM_REPEATED_READ_TIME;
  const timeIsLeft = (): boolean => repeated && performance.now() - started - firstReadTime < repeatTime;
  for (let count = 0; count < WARM_UP_READS && timeIsLeft(); count++) await reader.read();
  const maximumFirstReadTime = isAsync ? MAXIMUM_FIRST_READ_TIME : MAXIMUM_REPEATED_READ_TIME;
  while (
    blockedTimes.length < MAXIMUM_READS &&
    (blockedTimes.length === 0 ? firstReadTime < maximumFirstReadTime : timeIsLeft())
  )
    blockedTimes.push(Number((await longestBlockedTime(reader.read)).toFixed(3)));
  await reader.close();
  return {
    firstReadTime,
    ...(destinations !== undefined && { destinations }),
    systemCalls,
    datagrams,
    bytes,
    peakMemory,
    blockedTimes: blockedTimes.sort((a, b) => a - b),
  };
}

/** The result of the first read. */
interface FirstRead {
  readonly destinations: number | undefined;
  readonly peakMemory: number;
  /** Whether the event loop runs while the table is read. */
  readonly isAsync: boolean;
}

/** Reads the table once, and measures the increase of the peak resident memory. */
async function firstRead(reader: TableReader): Promise<FirstRead> {
  globalThis.gc?.();
  writeFileSync('/proc/self/clear_refs', RESET_PEAK);
  const before = peakResident();
  const reading = reader.read();
  const destinations = await reading;
  const peakMemory = Math.max(0, peakResident() - before);
  return { destinations, peakMemory, isAsync: reading instanceof Promise };
}

/** Returns the peak resident memory in bytes; not from getrusage, whose value a forked process inherits. */
function peakResident(): number {
  const found = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'));
  return Number(found?.[1]) * KIBIBYTE;
}

/** Returns the longest time between two iterations of the event loop while `read` runs, in milliseconds. */
async function longestBlockedTime(read: () => unknown): Promise<number> {
  let longest = 0;
  let last = 0;
  let running = true;
  const iterate = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) setImmediate(iterate);
  };
  await new Promise((resolve) => setImmediate(resolve));
  last = performance.now();
  setImmediate(iterate);
  await read();
  running = false;
  iterate();
  return longest;
}

const [, script, name, location, repeatTime] = process.argv;
if (script === fileURLToPath(import.meta.url) && name !== undefined && location !== undefined) {
  process.send?.(await read(name, JSON.parse(location) as TableLocation, Number(repeatTime)));
  process.disconnect?.();
}
