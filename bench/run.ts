import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkedInUserSpace, checkedOnKernel, type FigureWithLimit, problems } from './check.ts';
import type { BenchResults, Thoroughness } from './figures.ts';
import { readStoredRun } from './lab/stored-run.ts';
import { plans, withoutTimeLimit } from './plan.ts';
import { Progress } from './progress.ts';
import { labTables, localTables } from './report/details.ts';
import { summaryText } from './report/summary.ts';
import { intervalText, tableText } from './report/text.ts';
import { measureHere } from './this-machine.ts';

const usage = `Usage: npm run bench -- [options]
Measures reading a whole IPVS table, by a request per service and by the single dump, both inside a
running process and as separate processes, start-up included; and decoding the same bytes. Takes a
minute. Without IPVS on this machine a fake kernel is read. The results of the last run in the lab's
kernels are shown as well.

  --quick       reads only two tables, with less precision: 15 seconds
  --thorough    everything, without a time limit: about 20 minutes
  --only PART   only the parts whose name contains this text, such as "dump 1000x4", "process",
                "codec mixed" or "codec"; can be given several times; prints all tables of these
                parts, without a time limit
  --details     print all tables of this run and of the last one in the lab
  --json FILE   write all results as JSON
  --report DIR  write an HTML page with charts and tables
  --check       fail if the whole confidence interval of a ratio exceeds its limit in
                bench/limits.ts
  --lab         measure in the lab's kernels, patched (single dump) and stock, and store the results
                of each in bench/results; takes up to two hours; an interrupted run is resumed when
                it is started again; with --quick a few minutes for each kernel
  --kernel NAME with --lab: only this kernel, even if its results are already stored; can be given
                several times
  --help        this text
`;

const optionDefinitions = {
  quick: { type: 'boolean', default: false },
  thorough: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true, default: [] as string[] },
  details: { type: 'boolean', default: false },
  json: { type: 'string' },
  report: { type: 'string' },
  check: { type: 'boolean', default: false },
  lab: { type: 'boolean', default: false },
  kernel: { type: 'string', multiple: true, default: [] as string[] },
  help: { type: 'boolean', default: false },
} as const;

/** Returns the options of the command line. Exits with status 2 if they are invalid. */
function readOptions() {
  try {
    const { values } = parseArgs({ options: optionDefinitions });
    if (values.quick && values.thorough) throw new Error('--quick cannot be used with --thorough');
    if (values.lab && (values.thorough || values.only.length > 0 || values.report !== undefined))
      throw new Error('--lab cannot be used with --thorough, --only or --report');
    if (!values.lab && values.kernel.length > 0) throw new Error('--kernel needs --lab');
    return values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

const options = readOptions();
const progress = new Progress(process.stderr);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Prints the figures with limits, and sets the exit status if one exceeds its limit. */
function check(checked: readonly FigureWithLimit[]): void {
  print('');
  for (const { description, estimate, limit } of checked)
    print(`${description}: ${intervalText(estimate)} (limit ${limit})`);
  const found = problems(checked);
  if (found.length === 0) print('every limit holds');
  for (const problem of found) print(`CHECK FAILED: ${problem}`);
  if (found.length > 0) process.exitCode = 1;
}

async function runHere(): Promise<void> {
  const thoroughness: Thoroughness = options.quick ? 'quick' : options.thorough ? 'thorough' : 'default';
  const isPartial = options.only.length > 0;
  const hasTimeLimit = !isPartial && !options.check;
  const plan = hasTimeLimit ? plans[thoroughness] : withoutTimeLimit(plans[thoroughness]);
  const results: BenchResults = await measureHere(plan, options.only, progress.show);
  const stored = readStoredRun();
  progress.end();
  print(summaryText(results, stored, isPartial));
  if (options.details || isPartial) for (const table of localTables(results)) print(`\n${tableText(table)}`);
  if (options.details && !isPartial) for (const table of labTables(stored)) print(`\n${tableText(table)}`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results)}\n`);
  if (options.report !== undefined) {
    // Loaded only if needed, as the chart library is large.
    const { writeReport } = await import('./report/page.ts');
    print(`\nreport: ${writeReport(results, stored, options.report)}`);
  }
  if (options.check) check([...checkedOnKernel(results.kernel), ...checkedInUserSpace(results.userSpace)]);
}

async function runLab(): Promise<void> {
  // Exits, so that the exit handlers stop the guest and remove its files.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const { measureInLab } = await import('./lab/run-lab.ts');
  await measureInLab(options.kernel, options.quick ? 'quick' : 'thorough', progress.show);
  progress.end();
  const stored = readStoredRun();
  for (const table of labTables(stored)) print(`\n${tableText(table)}`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(stored)}\n`);
  if (options.check) {
    const { kernels, userSpace } = stored;
    const onKernels = kernels.flatMap(({ name, run }) =>
      checkedOnKernel(run).map((checked) => ({ ...checked, description: `${name}: ${checked.description}` })),
    );
    check([...onKernels, ...(userSpace === undefined ? [] : checkedInUserSpace(userSpace.userSpace))]);
  }
}

if (options.help) print(usage.trimEnd());
else {
  try {
    await (options.lab ? runLab() : runHere());
  } catch (error) {
    progress.end();
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exitCode = 1;
  }
}
