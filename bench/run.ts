import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Checked, checkedOnHost, checkedOnKernel, problems } from './check.ts';
import type { BenchResults, Thoroughness } from './figures.ts';
import { readStoredRun } from './lab/stored-run.ts';
import { plans, unhurried } from './plan.ts';
import { Progress } from './progress.ts';
import { labTables, ownTables } from './report/details.ts';
import { firstScreen } from './report/first-screen.ts';
import { intervalText, tableText } from './report/text.ts';
import { measureHere } from './this-machine.ts';

const usage = `Usage: npm run bench -- [options]
Measures reading a whole IPVS table: a request per service against the single dump, in one process
and as whole processes, and decoding the same bytes. Takes a minute. Where this machine's kernel has
no IPVS a fake one is read, and the last run in the lab's kernels is shown beside it.

  --quick       two tables, and less exactly: a quarter of a minute
  --thorough    everything, as long as it takes: about twenty minutes
  --only PART   only what contains this in its name, as "dump 1000x4", "process", "codec mixed",
                "codec"; may be given several times; prints every table of it, and takes the time
                that it needs
  --details     every table behind the answer, of this run and of the last one in the lab
  --json FILE   writes everything that was measured
  --report DIR  writes a page with charts and tables
  --check       fails when a ratio's whole interval is beyond its limit in bench/limits.ts
  --lab         measures in the lab's kernels, with the single dump and stock, and stores the result
                in bench/results kernel by kernel; two hours at most; run again to go on where it
                was interrupted; with --quick a few minutes for each kernel
  --kernel NAME with --lab, only in this kernel, measured anew; may be given several times
  --help        this text
`;

const settings = {
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

/** The options of the command line. Ends the process with status 2 where they do not go together. */
function readOptions() {
  try {
    const { values } = parseArgs({ options: settings });
    if (values.quick && values.thorough) throw new Error('--quick does not go with --thorough');
    if (values.lab && (values.thorough || values.only.length > 0 || values.report !== undefined))
      throw new Error('--lab does not go with --thorough, --only and --report');
    if (!values.lab && values.kernel.length > 0) throw new Error('--kernel goes with --lab only');
    return values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

const options = readOptions();
const progress = new Progress(process.stderr);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Says what was compared with limits, and ends with an error where one does not hold. */
function check(checked: readonly Checked[]): void {
  print('');
  for (const { what, interval, limit } of checked)
    print(`${what}: ${intervalText(interval)} (limit ${limit})`);
  const found = problems(checked);
  if (found.length === 0) print('every limit holds');
  for (const problem of found) print(`BEYOND ITS LIMIT: ${problem}`);
  if (found.length > 0) process.exitCode = 1;
}

async function runHere(): Promise<void> {
  const thoroughness: Thoroughness = options.quick ? 'quick' : options.thorough ? 'thorough' : 'plain';
  const parts = options.only.length > 0;
  const hurried = !parts && !options.check;
  const plan = hurried ? plans[thoroughness] : unhurried(plans[thoroughness]);
  const results: BenchResults = await measureHere(plan, options.only, progress.show);
  const stored = readStoredRun();
  progress.end();
  print(firstScreen(results, stored, parts));
  if (options.details || parts) for (const table of ownTables(results)) print(`\n${tableText(table)}`);
  if (options.details && !parts) for (const table of labTables(stored)) print(`\n${tableText(table)}`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results)}\n`);
  if (options.report !== undefined) {
    // Loaded only when wanted: the charting library is large.
    const { writeReport } = await import('./report/page.ts');
    print(`\nreport: ${writeReport(results, stored, options.report)}`);
  }
  if (options.check) check([...checkedOnKernel(results.kernel), ...checkedOnHost(results.host)]);
}

async function runLab(): Promise<void> {
  // So that what ends with the process is ended: its guest, and its files.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const { measureInLab } = await import('./lab/run-lab.ts');
  await measureInLab(options.kernel, options.quick ? 'quick' : 'thorough', progress.show);
  progress.end();
  const stored = readStoredRun();
  for (const table of labTables(stored)) print(`\n${tableText(table)}`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(stored)}\n`);
  if (options.check) {
    const { kernels, host } = stored;
    const onKernels = kernels.flatMap(({ name, run }) =>
      checkedOnKernel(run).map((checked) => ({ ...checked, what: `${name}: ${checked.what}` })),
    );
    check([...onKernels, ...(host === undefined ? [] : checkedOnHost(host.host))]);
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
