import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findPlace, measureCodecs, measureRun, recordWorkload } from './here.ts';
import { only, plainPlan, quickPlan } from './plan.ts';
import { Progress } from './progress.ts';
import { type BenchResults, machine } from './results.ts';
import { allTables, heading } from './tables.ts';
import { tableText } from './text.ts';

const usage = `Usage: npm run bench -- [options]
Measures reading a whole IPVS table: one dump per service against the single dump, and the codec.

  --quick       two tables, and less exactly: about half a minute
  --only PART   only benchmarks whose name contains this, as "dump 1000x4", "growth", "codec",
                "codec mixed"; may be given several times
  --lab         in the lab's kernels, with the single dump and stock, with ipvsadm beside; takes about
                an hour under emulation
  --kernel NAME in the lab, in this kernel (single-6.12 and stock-6.12); may be given several times
  --json FILE   write everything that was measured
  --report DIR  write a page with tables and charts
  --help        this text
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    lab: { type: 'boolean', default: false },
    kernel: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    report: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const progress = new Progress(process.stderr);

async function measureHere(): Promise<BenchResults> {
  const plan = only(options.quick ? quickPlan : plainPlan, options.only);
  const notes: string[] = [];
  const place = findPlace();
  const run = await measureRun(place, plan, notes, progress.show);
  const source =
    place.kind === 'kernel' ? `recorded from ${place.text}` : 'made by the fake kernel, not by a real one';
  const codec = await measureCodecs(
    plan,
    source,
    (workload) => recordWorkload(place, workload),
    progress.show,
  );
  return { date: new Date().toISOString(), machine: machine(), runs: [run], codec, notes };
}

async function main(): Promise<void> {
  if (options.help) {
    process.stdout.write(usage);
    return;
  }
  const results = options.lab
    ? await (await import('./lab.ts')).measureInLab(options.kernel, options.only, progress.show)
    : await measureHere();
  progress.end();
  process.stdout.write(`${heading(results)}\n`);
  for (const table of allTables(results)) process.stdout.write(`\n${tableText(table)}\n`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results)}\n`);
  if (options.report !== undefined) {
    // Loaded only when wanted: the charting library is large, and the lab's guests do not have it.
    const { writeReport } = await import('./report.ts');
    process.stdout.write(`\nreport: ${writeReport(results, options.report)}\n`);
  }
}

try {
  await main();
} catch (error) {
  progress.end();
  process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = 1;
}
