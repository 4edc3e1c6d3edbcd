import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BedAddress } from './bed.ts';
import { type WayName, ways } from './ways.ts';

/** What one reading of the table asks of the process besides time. */
export interface Probe {
  readonly destinations: number;
  readonly calls: number;
  readonly datagrams: number;
  readonly bytes: number;
  /** How far the process grew at its peak while the table was read, in bytes. */
  readonly peakMemory: number;
  /** The longest that the event loop was held, in milliseconds; each sample one reading. */
  readonly holds: readonly number[];
}

const READINGS = 5;
const KIBIBYTE = 1024;

/** Reads the table in a process of its own, whose peak memory is then this reading's. */
export function probe(name: WayName, address: BedAddress): Promise<Probe> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [name, JSON.stringify(address)], {
      execArgv: ['--expose-gc'],
    });
    let result: Probe | undefined;
    child.on('message', (message) => {
      result = message as Probe;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (result === undefined) reject(new Error(`the probe of ${name} ended with status ${code}`));
      else resolve(result);
    });
  });
}

async function runProbe(name: string, address: BedAddress): Promise<Probe> {
  const way = ways.find((candidate) => candidate.name === name);
  if (way === undefined) throw new Error(`no way of reading is called ${name}`);
  const open = await way.open(address);
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const destinations = await open.read();
  const peakMemory = process.resourceUsage().maxRSS * KIBIBYTE - before;
  const counted = { ...open.counts() };
  const holds: number[] = [];
  for (let reading = 0; reading < READINGS; reading++) holds.push(await longestHold(open.read));
  await open.close();
  return { destinations, ...counted, peakMemory: Math.max(0, peakMemory), holds };
}

/** The longest time between two turns of the event loop while `read` runs. */
async function longestHold(read: () => unknown): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let running = true;
  const turn = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await new Promise((resolve) => setImmediate(resolve));
  last = performance.now();
  longest = 0;
  await read();
  turn();
  running = false;
  return longest;
}

const [, script, name, address] = process.argv;
if (script === fileURLToPath(import.meta.url) && name !== undefined && address !== undefined) {
  process.send?.(await runProbe(name, JSON.parse(address) as BedAddress));
}
