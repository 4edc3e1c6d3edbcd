/**
 * Measures the single dump in a guest and fails where a ratio exceeds its limit below. Not a suite; run it with
 * `npm run test:kernel -- --instructions --kernel single-7.x --timeout 3000 --command 'node dist/test/kernel/single-dump-cost.js'`,
 * so that figures are instructions and are reproducible on a machine that has other work, or with `--alone` in place
 * of `--instructions` on one that has none. Arguments choose measurements, all by default: `tables` (the single dump
 * against per-service dumps), `scaling` (whether a service costs the same in tables of increasing size), `list`
 * (whether a destination costs the same in a long list), `half-read` (changes while dumps are half read).
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type BatchOperation, IpvsSync, type ServiceDefinition } from '../../lib/index.ts';
import { addNamespace, deleteNamespace } from './suite/namespace.ts';

/** How many times as much a service may cost in one table as in another, in tables of increasing size. */
const MAX_SERVICE_RATIO = 1.3;
/** How many times as much a destination in a list of 10 000 may cost as one in a list of 100. */
const MAX_DESTINATION_RATIO = 2;
/** How many times as long changes may take while 100 dumps are half read as they do without dumps. */
const MAX_CHANGE_RATIO = 1.1;
const ROUNDS = 3;

const chosen = process.argv.slice(2);
const problems: string[] = [];
let namespaces = 0;

/** Milliseconds of processor time of some rounds. */
interface Times {
  readonly least: number;
  readonly median: number;
}

/** What `ipvs-list --time` prints. */
interface Measured {
  /** The single dump read into structures. */
  readonly single: Times;
  /** The single dump read and thrown away: almost only what the kernel does. */
  readonly discarded: Times;
  readonly perService?: Times;
}

function inNamespace(name: string, args: readonly string[]): string {
  return execFileSync('ip', ['netns', 'exec', name, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
}

function serviceAt(index: number): ServiceDefinition {
  const address = `10.${1 + (index >> 15)}.0.1`;
  return { protocol: 'tcp', address, port: 1 + (index & 0x7fff), scheduler: 'rr' };
}

/** Adds services with this number of destinations each. */
function fill(name: string, services: number, destinations: number): void {
  using client = IpvsSync.open({ netns: `/run/netns/${name}` });
  const operations: BatchOperation[] = [];
  let number = 0;
  for (let index = 0; index < services; index++) {
    const service = serviceAt(index);
    operations.push({ do: 'add-service', service });
    for (let count = 0; count < destinations; count++, number++) {
      const address = `10.${100 + (number >> 15)}.0.1`;
      const destination = { address, port: 1 + (number & 0x7fff), forwarding: 'masq' } as const;
      operations.push({ do: 'add-destination', service, destination });
    }
  }
  for (const outcome of client.batch(operations)) if (!outcome.ok) throw outcome.error;
}

/** Calls `use` with a table in a new namespace: destinations in the kernel's trash would slow down adding. */
async function withTable<Result>(
  services: number,
  destinations: number,
  use: (name: string) => Result | Promise<Result>,
): Promise<Result> {
  const name = `figures-${namespaces++}`;
  addNamespace(name);
  fill(name, services, destinations);
  const result = await use(name);
  deleteNamespace(name);
  return result;
}

function measure(name: string, perService = false): Measured {
  const args = ['ipvs-list', '--time', String(ROUNDS), ...(perService ? ['--per-service'] : [])];
  return JSON.parse(inNamespace(name, args));
}

/** Measures a table, and prints what one of its `count` entries costs. */
async function perEntry(services: number, destinations: number, count: number): Promise<Measured> {
  const measured = await withTable(services, destinations, (name) => measure(name));
  const cost = ({ least, median }: Times): string =>
    `${((1000 * least) / count).toFixed(2)} us (median ${((1000 * median) / count).toFixed(2)})`;
  console.log(`${services} x ${destinations}: ${cost(measured.discarded)}, read ${cost(measured.single)}`);
  return measured;
}

async function tables(): Promise<void> {
  for (const [services, destinations] of [
    [1000, 4],
    [2000, 2],
    [8000, 2],
    [16000, 1],
    [100, 100],
  ] as const) {
    const { single, perService } = await withTable(services, destinations, (name) => measure(name, true));
    const ratio = (which: keyof Times): string => (perService![which] / single[which]).toFixed(1);
    console.log(
      `  ${`${services} x ${destinations}`.padEnd(30)} ${ratio('least')} : 1 (medians ${ratio('median')})`,
    );
  }
}

async function scaling(): Promise<void> {
  const costs: Record<'discarded' | 'single', number[]> = { discarded: [], single: [] };
  for (const services of [1000, 4000, 16000, 64000]) {
    const measured = await perEntry(services, 1, services);
    for (const reading of ['discarded', 'single'] as const)
      costs[reading].push(measured[reading].least / services);
  }
  for (const [reading, serviceCosts] of Object.entries(costs)) {
    const ratio = Math.max(...serviceCosts) / Math.min(...serviceCosts);
    console.log(`${reading}: the dearest service costs ${ratio.toFixed(2)} times what the cheapest does`);
    if (ratio > MAX_SERVICE_RATIO) problems.push(`scaling, ${reading}: ${ratio.toFixed(2)}`);
  }
}

async function list(): Promise<void> {
  const short = await perEntry(100, 100, 10_000);
  const long = await perEntry(1, 10_000, 10_000);
  for (const reading of ['discarded', 'single'] as const) {
    const ratio = long[reading].least / short[reading].least;
    console.log(
      `${reading}: in a list of 10 000 a destination costs ${ratio.toFixed(2)} times what it does in one of 100`,
    );
    if (ratio > MAX_DESTINATION_RATIO) problems.push(`list, ${reading}: ${ratio.toFixed(2)}`);
  }
}

/** Milliseconds that adding and removing 1000 destinations takes, with or without dumps that are half read. */
async function changes(dumps: number): Promise<number> {
  return withTable(1000, 4, async (name) => {
    const servers = Array.from({ length: 1000 }, (_, index) => `-t 10.1.0.1:1 -r 10.200.0.1:${index + 1}`);
    writeFileSync(
      '/tmp/changes',
      `${[...servers.map((s) => `-a ${s} -m`), ...servers.map((s) => `-d ${s}`)].join('\n')}\n`,
    );
    const args = ['netns', 'exec', name, 'ipvs-list', '--hold', String(dumps)];
    const halfReadDumps = dumps > 0 ? spawn('ip', args, { stdio: ['pipe', 'pipe', 'inherit'] }) : undefined;
    if (halfReadDumps !== undefined) await once(halfReadDumps.stdout!, 'data');
    const script = 'TIMEFORMAT="%U %S"; { time ipvsadm -R < /tmp/changes >/dev/null; } 2>&1';
    const text = inNamespace(name, ['bash', '-c', script]);
    if (halfReadDumps !== undefined) {
      halfReadDumps.stdin!.end();
      await once(halfReadDumps, 'close');
    }
    const [user, system] = text.trim().split(' ').map(Number);
    return 1000 * (user! + system!);
  });
}

async function changesDuringDumps(): Promise<void> {
  const best = { withoutDumps: Number.POSITIVE_INFINITY, duringDumps: Number.POSITIVE_INFINITY };
  for (let round = 0; round < ROUNDS; round++) {
    best.withoutDumps = Math.min(best.withoutDumps, await changes(0));
    best.duringDumps = Math.min(best.duringDumps, await changes(100));
  }
  const ratio = best.duringDumps / best.withoutDumps;
  console.log(`with 100 dumps half read changes take ${ratio.toFixed(2)} times as long`);
  if (ratio > MAX_CHANGE_RATIO) problems.push(`half-read: ${ratio.toFixed(2)}`);
}

for (const [name, measurement] of Object.entries({ tables, scaling, list, 'half-read': changesDuringDumps }))
  if (chosen.length === 0 || chosen.includes(name)) await measurement();
assert.deepEqual(problems, []);
