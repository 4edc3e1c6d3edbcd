import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BedAddress } from './bed.ts';
import { type OpenWay, type WayName, ways } from './ways.ts';

/** What one reading of the table asks of the process. */
export interface Probe {
  /** How long the first reading took, with everything cold, in milliseconds. */
  readonly first: number;
  readonly destinations: number;
  /** Reads and writes of sockets. */
  readonly calls: number;
  readonly datagrams: number;
  readonly bytes: number;
  /** How far the process grew at its peak while the table was read once, in bytes. */
  readonly peakMemory: number;
  /** The longest that the event loop was held in each reading, in milliseconds, ascending; none of what is slow. */
  readonly holds: readonly number[];
}

/** Readings after which the 99th percentile of the longest hold is known. */
export const MOST_READINGS = 100;
/** Readings ahead of them that are not counted: V8 compiles meanwhile, and sizes its young generation. */
const WARM_READINGS = 10;
/** What takes longer than so many milliseconds is not read again for its hold of the event loop. */
const MOST_FIRST = 2000;
/** What resets VmHWM when written to clear_refs, see proc_pid_clear_refs(5). */
const RESET_PEAK = '5';
const KIBIBYTE = 1024;
/** Said by the process when it is about to read. */
const READY = 'ready';

/**
 * Reads the table in a process of its own, again and again for at most about `time` milliseconds. `undefined`
 * when the first reading has not ended after `limit` milliseconds.
 */
export function probe(
  name: WayName,
  address: BedAddress,
  time: number,
  limit: number,
): Promise<Probe | undefined> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [name, JSON.stringify(address), `${time}`], {
      execArgv: ['--expose-gc'],
    });
    let result: Probe | undefined;
    let timer: NodeJS.Timeout | undefined;
    child.on('message', (message: Probe | typeof READY) => {
      if (message === READY) timer = setTimeout(() => child.kill('SIGKILL'), limit + time);
      else result = message;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (result === undefined && signal !== 'SIGKILL') {
        reject(new Error(`the probe of ${name} ended with status ${code}`));
      } else {
        resolve(result);
      }
    });
  });
}

async function runProbe(name: string, address: BedAddress, time: number): Promise<Probe> {
  const way = ways.find((candidate) => candidate.name === name);
  if (way === undefined) throw new Error(`no way of reading is called ${name}`);
  const open = await way.open(address);
  process.send?.(READY);
  const started = performance.now();
  const { destinations, peakMemory } = await firstReading(open);
  const first = performance.now() - started;
  const { calls, datagrams, bytes } = open.counts();
  const holds: number[] = [];
  const timeIsLeft = (): boolean => performance.now() - started - first < time;
  for (let warm = 0; warm < WARM_READINGS && timeIsLeft(); warm++) await open.read();
  while (holds.length < MOST_READINGS && (holds.length === 0 ? first < MOST_FIRST : timeIsLeft()))
    holds.push(Number((await longestHold(open.read)).toFixed(3)));
  await open.close();
  return {
    first,
    destinations,
    calls,
    datagrams,
    bytes,
    peakMemory,
    holds: holds.sort((a, b) => a - b),
  };
}

/** Reads the table once; how far the resident memory of this process grows at its peak meanwhile. */
async function firstReading(open: OpenWay): Promise<Pick<Probe, 'destinations' | 'peakMemory'>> {
  globalThis.gc?.();
  writeFileSync('/proc/self/clear_refs', RESET_PEAK);
  const before = peakResident();
  const table = await open.read();
  const peakMemory = Math.max(0, peakResident() - before);
  return { destinations: open.destinations(table), peakMemory };
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
  process.send?.(await runProbe(name, JSON.parse(address) as BedAddress, Number(time)));
  process.disconnect?.();
}
