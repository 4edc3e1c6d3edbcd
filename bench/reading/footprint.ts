import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TableAddress } from '../kernels/table-address.ts';
import type { OpenWay } from './open-way.ts';
import { everyService } from './share.ts';
import { type WayName, wayNamed } from './ways.ts';

/** What one reading of the table asks of the process. */
export interface Footprint {
  /** How long the first reading took, with everything cold, in milliseconds. */
  readonly first: number;
  /** How many were read; absent where they are not looked at. */
  readonly destinations?: number;
  /** Reads and writes of sockets. */
  readonly calls: number;
  readonly datagrams: number;
  readonly bytes: number;
  /** How far the process grew at its peak while the table was read once, in bytes. */
  readonly peakMemory: number;
  /**
   * The longest that the event loop was held in each reading, in milliseconds, ascending; none of what is
   * slow.
   */
  readonly holds: readonly number[];
}

/** Readings after which the 99th percentile of the longest hold is known. */
export const MAXIMUM_READINGS = 100;
/** Readings ahead of them that are not counted: V8 compiles meanwhile, and sizes its young generation. */
const WARM_READINGS = 10;
/** What takes longer than so many milliseconds is not read again for its hold of the event loop. */
const LONGEST_FIRST = 2000;
/** What takes longer than this is read again just once; not at all where it holds the loop all the time. */
const LONGEST_REPEATED = 500;
/** What resets VmHWM when written to clear_refs, see proc_pid_clear_refs(5). */
const RESET_PEAK = '5';
const KIBIBYTE = 1024;
/** Said by the process when it is about to read, and when it has read once. */
const READY = 'ready';
const HAS_READ = 'has read';

/**
 * Reads the table in a process of its own, and again and again for at most about `time` milliseconds where
 * that lets the event loop turn meanwhile. `undefined` when the first reading has not ended after `limit`
 * milliseconds.
 */
export function measureFootprint(
  name: WayName,
  address: TableAddress,
  time: number,
  limit: number,
): Promise<Footprint | undefined> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [name, JSON.stringify(address), `${time}`], {
      execArgv: ['--expose-gc'],
    });
    let result: Footprint | undefined;
    let timer: NodeJS.Timeout | undefined;
    child.on('message', (message: Footprint | typeof READY | typeof HAS_READ) => {
      if (message === READY) timer = setTimeout(() => child.kill('SIGKILL'), limit);
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

async function read(name: string, address: TableAddress, time: number): Promise<Footprint> {
  const open = await wayNamed(name).open(address, everyService);
  process.send?.(READY);
  const started = performance.now();
  const { destinations, peakMemory, turns } = await firstReading(open);
  const first = performance.now() - started;
  process.send?.(HAS_READ);
  const { calls, datagrams, bytes } = open.traffic();
  const holds: number[] = [];
  const repeated = turns && first < LONGEST_REPEATED;
  const timeIsLeft = (): boolean => repeated && performance.now() - started - first < time;
  for (let warm = 0; warm < WARM_READINGS && timeIsLeft(); warm++) await open.read();
  const mostFirst = turns ? LONGEST_FIRST : LONGEST_REPEATED;
  while (holds.length < MAXIMUM_READINGS && (holds.length === 0 ? first < mostFirst : timeIsLeft()))
    holds.push(Number((await longestHold(open.read)).toFixed(3)));
  await open.close();
  return {
    first,
    ...(destinations !== undefined && { destinations }),
    calls,
    datagrams,
    bytes,
    peakMemory,
    holds: holds.sort((a, b) => a - b),
  };
}

/** What the first reading tells. */
interface FirstReading {
  readonly destinations: number | undefined;
  readonly peakMemory: number;
  /** Whether the event loop gets turns while the table is read. */
  readonly turns: boolean;
}

/** Reads the table once; how far the resident memory of this process grows at its peak meanwhile. */
async function firstReading(open: OpenWay): Promise<FirstReading> {
  globalThis.gc?.();
  writeFileSync('/proc/self/clear_refs', RESET_PEAK);
  const before = peakResident();
  const reading = open.read();
  const destinations = await reading;
  const peakMemory = Math.max(0, peakResident() - before);
  return { destinations, peakMemory, turns: reading instanceof Promise };
}

/** The peak of resident memory; not getrusage's, which a forked process inherits from its parent. */
function peakResident(): number {
  const found = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'));
  return Number(found?.[1]) * KIBIBYTE;
}

/** The longest time between two turns of the event loop while `read` runs. */
async function longestHold(read: () => unknown): Promise<number> {
  let longest = 0;
  let last = 0;
  let running = true;
  const turn = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) setImmediate(turn);
  };
  await new Promise((resolve) => setImmediate(resolve));
  last = performance.now();
  setImmediate(turn);
  await read();
  running = false;
  turn();
  return longest;
}

const [, script, name, address, time] = process.argv;
if (script === fileURLToPath(import.meta.url) && name !== undefined && address !== undefined) {
  process.send?.(await read(name, JSON.parse(address) as TableAddress, Number(time)));
  process.disconnect?.();
}
