import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCleanRun } from './ip_vs/clean-run.ts';
import { debugKernels, singleDumpKernels } from './ip_vs/kernels.ts';
import { type GuestFailure, type GuestResult, runInGuest } from './lab/guest/guest.ts';
import { guestProjectFolder } from './lab/guest/init.ts';
import { type KernelVariant, stockKernels } from './lab/packages/kernels.ts';
import { projectFolder } from './lab/project.ts';
import { programsOf, suitesNamed } from './lab/suites.ts';
import { requireTools, toolPackages } from './lab/tools.ts';
import { formatTotals, parseTotals, sumTotals, type Totals } from './lab/totals.ts';

const knownKernels: readonly KernelVariant[] = [...stockKernels, ...singleDumpKernels, ...debugKernels];

const usage = `Usage: npm run test:kernel -- [options] [PART OF A SUITE'S NAME ...]
Boots real kernels under QEMU, two at a time, and runs the suites of test/kernel/suite in them.

  --kernel NAME     this kernel instead of the stock ones and single-*; may be given several times
                    (${knownKernels.map(({ name }) => name).join(', ')})
  --command TEXT    run this bash script in the guest instead of the suites
  --out FOLDER      write what a guest left in $IPVS_LAB_OUT to FOLDER/KERNEL/
  --alone           measure: one guest at a time, whose idle processors stay awake
  --instructions    measure: one processor, whose clock counts instructions, so that other work has no influence
  --timeout SECONDS limit for each guest (2400)
  --clean-run       record in test/kernel/ip_vs that the patches ran clean on these kernels, all debug-*, if they did
  --keep            keep each guest's archive, disk and console, and say where
  --help            this text
`;

const { values: options, positionals: patterns } = parseArgs({
  allowPositionals: true,
  options: {
    kernel: { type: 'string', multiple: true },
    command: { type: 'string' },
    out: { type: 'string' },
    alone: { type: 'boolean', default: false },
    instructions: { type: 'boolean', default: false },
    timeout: { type: 'string', default: '2400' },
    'clean-run': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** How many guests run at once: one for each processor of a small machine. */
const AT_ONCE = 2;
/** The kernels that are run if `--kernel` is not given. */
const defaultKernels: readonly KernelVariant[] = [...stockKernels, ...singleDumpKernels];

function chosenKernels(names: readonly string[] | undefined): readonly KernelVariant[] {
  if (names === undefined) return defaultKernels;
  return names.map((name) => {
    const kernel = knownKernels.find((variant) => variant.name === name);
    if (kernel === undefined) throw new Error(`no kernel ${name}\n${usage}`);
    return kernel;
  });
}

/** Variables of the environment that set how much suites do; they are passed on to the guests. */
const suiteVariables = [
  'IPVS_LAB_DUMPS',
  'IPVS_LAB_ROUNDS_SHARE',
  'IPVS_LAB_CONNECTIONS',
  'IPVS_LAB_SERVICES',
  'IPVS_LAB_KILLS',
  'IPVS_LAB_CHANGES',
  'IPVS_LAB_SECONDS',
  'IPVS_LAB_REQUESTS',
  'IPVS_LAB_DESTINATIONS',
  'IPVS_LAB_FAULTS',
  'IPVS_FAULT_SEED',
];

/** The paths of the suites asked for; the kernel's own suites if none was. */
function suitesFor(kernel: KernelVariant): readonly string[] {
  return suitesNamed(patterns.length > 0 ? patterns : (kernel.suites ?? []));
}

/** The script that runs these suites. */
function suiteCommand(kernel: KernelVariant): string {
  const files = suitesFor(kernel).map((path) => relative(projectFolder, path));
  if (files.length === 0) throw new Error(`no suite in test/kernel/suite matches ${patterns.join(' ')}`);
  const runner = relative(projectFolder, join(import.meta.dirname, 'lab/guest/suite-process.js'));
  const setVariables = suiteVariables.filter((name) => process.env[name] !== undefined);
  const settings = setVariables.map((name) => `${name}=${Number(process.env[name])} `).join('');
  return `cd ${guestProjectFolder} && ${settings}exec node --test-reporter=spec ${runner} ${files.join(' ')}\n`;
}

interface Outcome {
  readonly kernel: KernelVariant;
  readonly result?: GuestResult;
  readonly failure?: Error;
}

function writeOut(kernel: KernelVariant, files: ReadonlyMap<string, Buffer>): void {
  for (const [path, bytes] of files) {
    const to = join(options.out!, kernel.name, path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, bytes);
  }
}

async function runKernel(
  kernel: KernelVariant,
  command: string,
  write: (text: string) => void,
): Promise<Outcome> {
  write(`\n▶ ${kernel.name}\n`);
  try {
    const result = await runInGuest({
      kernel,
      command,
      programs: programsOf(suitesFor(kernel)),
      timeoutSeconds: Number(options.timeout),
      keep: options.keep,
      pollWhenIdle: options.alone,
      countInstructions: options.instructions,
      onOutput: write,
    });
    if (options.out !== undefined) writeOut(kernel, result.files);
    for (const fault of result.faults) write(`✖ kernel log: ${fault}\n`);
    if (result.folder !== undefined) write(`kept: ${result.folder}\n`);
    write(`${kernel.name} ended with status ${result.status} after ${result.seconds.toFixed(1)} s\n`);
    return { kernel, result };
  } catch (error) {
    write(`✖ ${kernel.name}: ${(error as GuestFailure).message}\n`);
    return { kernel, failure: error as Error };
  }
}

/** Runs AT_ONCE kernels at a time. Output of the first unfinished one is shown as it comes, of others afterwards. */
async function runKernels(
  kernels: readonly KernelVariant[],
  command: (kernel: KernelVariant) => string,
): Promise<Outcome[]> {
  const heldBack: string[][] = kernels.map(() => []);
  let shown = 0;
  const ended = new Set<number>();
  const outcomes: Outcome[] = [];
  let next = 0;
  async function runNext(): Promise<void> {
    const at = next++;
    const kernel = kernels[at];
    if (kernel === undefined) return;
    outcomes[at] = await runKernel(kernel, command(kernel), (text) => {
      if (at === shown) process.stdout.write(text);
      else heldBack[at]!.push(text);
    });
    ended.add(at);
    while (ended.has(shown)) {
      shown++;
      for (const text of heldBack[shown] ?? []) process.stdout.write(text);
    }
    await runNext();
  }
  await Promise.all(Array.from({ length: options.alone ? 1 : AT_ONCE }, runNext));
  return outcomes;
}

function failed({ result }: Outcome): boolean {
  return result === undefined || result.status !== 0 || result.faults.length > 0;
}

function printTotals(outcomes: readonly Outcome[]): void {
  const reports = outcomes.map(({ result }) => parseTotals(result?.output ?? ''));
  const complete = reports.filter((totals): totals is Totals => totals !== undefined);
  process.stdout.write(`\nℹ kernels ${outcomes.length}\n${formatTotals(sumTotals(complete))}`);
  process.stdout.write(`ℹ duration_ms ${Math.round(performance.now())}\n`);
}

/** Records the releases of the kernels that ran clean, if all are debug kernels that ran all of their suites. */
function recordCleanRun(outcomes: readonly Outcome[]): void {
  if (patterns.length > 0 || !outcomes.every(({ kernel }) => debugKernels.includes(kernel))) {
    process.stdout.write('nothing was recorded: it takes all suites, on debug kernels\n');
    return;
  }
  const releases = outcomes.map(
    ({ result }) => /^(?:\[[^\]]*\] )?Linux version (\S+)/m.exec(result!.dmesg)?.[1] ?? 'unknown',
  );
  writeCleanRun(releases, debugKernels[0]!.suites!);
}

async function main(): Promise<void> {
  if (options.help) {
    process.stdout.write(usage);
    return;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  requireTools(toolPackages);
  const runsSuites = options.command === undefined;
  const { command } = options;
  const outcomes = await runKernels(
    chosenKernels(options.kernel),
    command === undefined ? suiteCommand : () => command,
  );
  if (runsSuites) printTotals(outcomes);
  for (const { kernel } of outcomes.filter(failed)) process.stdout.write(`✖ ${kernel.name} failed\n`);
  if (options['clean-run'] && runsSuites && !outcomes.some(failed)) recordCleanRun(outcomes);
  const onlyStatus = outcomes.length === 1 ? outcomes[0]!.result?.status : undefined;
  process.exitCode = outcomes.some(failed) ? onlyStatus || 1 : 0;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
