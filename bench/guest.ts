import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { datagramsFile } from './datagrams.ts';
import { measureRun, recordWorkload } from './here.ts';
import { kernelBed } from './kernel-bed.ts';
import { guestPlan, only } from './plan.ts';
import type { GuestResults } from './results.ts';

// What a guest of the lab runs: the dumps on its kernel, and recordings for the codec, for which the host
// is the better place. Each line of its output is one step.

const folder = process.env.IPVS_LAB_OUT!;
const kernel = process.env.IPVS_LAB_KERNEL!;
const plan = only(guestPlan, process.argv.slice(2));
const notes: string[] = [];
const place = { kind: 'kernel', text: `${kernel} in a guest`, bed: kernelBed } as const;
const progress = (text: string): void => {
  process.stdout.write(`${(performance.now() / 1000).toFixed(0)} s: ${text}\n`);
};

for (const workload of plan.codec) {
  progress(`codec ${workload.name}: recording`);
  const datagrams = await recordWorkload(place, workload);
  if (datagrams !== undefined) writeFileSync(join(folder, workload.name), datagramsFile(datagrams));
}
const run = await measureRun(place, plan, notes, progress);
const results: GuestResults = { run, notes };
writeFileSync(join(folder, 'results.json'), JSON.stringify(results));
