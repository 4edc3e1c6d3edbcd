import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { singleDumpKernels } from '../../test/kernel/ip_vs/kernels.ts';
import { accelerator } from '../../test/kernel/lab/guest/accelerator.ts';
import { runInGuest } from '../../test/kernel/lab/guest/guest.ts';
import { guestProjectFolder } from '../../test/kernel/lab/guest/init.ts';
import {
  type KernelVariant,
  stockKernelFiles,
  stockKernels,
} from '../../test/kernel/lab/packages/kernels.ts';
import { requireTools, toolPackages } from '../../test/kernel/lab/tools.ts';
import { type KernelRun, type LabKernelResults, machine } from '../figures.ts';
import { recordFakeDump } from '../kernels/fake-kernel.ts';
import { UserSpaceMeasurement } from '../measure-user-space.ts';
import { labPlans } from '../plan.ts';
import { Recordings } from '../recordings.ts';
import { runSteps } from '../sampling/time-budget.ts';
import { compileIpvsList } from '../this-machine.ts';
import {
  isReusable,
  MAXIMUM_REUSED_AGE,
  readStoredRun,
  storeKernelResults,
  storeUserSpaceResults,
} from './stored-run.ts';

/**
 * The kernel with the single dump and the stock kernel of each series, in the order in which they are
 * measured.
 */
const defaultKernels: readonly string[] = ['single-7.x', 'stock-7.x', 'single-6.12', 'stock-6.12'];
const knownKernels: readonly KernelVariant[] = [...stockKernels, ...singleDumpKernels];

/**
 * Seconds that a guest may take beyond its benchmark plan, and the factor by which the plan itself may be exceeded on a
 * busy machine.
 */
const GUEST_OVERHEAD = 300;
const GUEST_SLACK = 2;
/** Memory of a guest, in MiB: with 2 GiB or less V8 uses a young generation of half the size. */
const GUEST_MEMORY = 4096;

function kernelNamed(name: string): KernelVariant {
  const found = knownKernels.find((kernel) => kernel.name === name);
  if (found !== undefined) return found;
  throw new Error(`no kernel ${name}; there are ${knownKernels.map((kernel) => kernel.name).join(', ')}`);
}

/** Measures one kernel in a guest. Throws if the benchmark fails there. */
async function measureGuest(
  kernel: KernelVariant,
  thoroughness: 'quick' | 'thorough',
  progress: (text: string) => void,
): Promise<LabKernelResults> {
  const date = new Date().toISOString();
  let incompleteLine = '';
  const { status, output, files } = await runInGuest({
    kernel,
    command: `cd ${guestProjectFolder} && exec node --expose-gc dist/bench/lab/guest.js ${thoroughness}\n`,
    timeoutSeconds: GUEST_OVERHEAD + GUEST_SLACK * labPlans[thoroughness].kernel.seconds,
    pollWhenIdle: true,
    memory: GUEST_MEMORY,
    onOutput: (text) => {
      const lines = (incompleteLine + text).split('\n');
      incompleteLine = lines.pop() ?? '';
      for (const complete of lines) progress(`${kernel.name}: ${complete}`);
    },
  });
  if (status !== 0) throw new Error(`the benchmark failed in ${kernel.name}:\n${output}`);
  const run = JSON.parse(String(files.get('run.json'))) as KernelRun;
  const kernelFiles = await (kernel.files ?? stockKernelFiles)(kernel.series);
  const emulated = !(await accelerator(kernelFiles, requireTools(toolPackages))).includes('kvm');
  return { name: kernel.name, date, machine: machine(), thoroughness, emulated, run };
}

/**
 * Measures what needs no IPVS in the kernel (user space only), with datagrams recorded from the fake kernel: unlike
 * those of an idle kernel their counters are not 0, whose bigints take less memory.
 */
async function measureUserSpace(
  thoroughness: 'quick' | 'thorough',
  progress: (text: string) => void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-bench-'));
  try {
    const date = new Date().toISOString();
    const { userSpace: plan } = labPlans[thoroughness];
    const recordings = new Recordings(folder, async (benchmarkTable) => recordFakeDump(benchmarkTable));
    const source = 'recorded from the fake kernel';
    const measurement = new UserSpaceMeasurement(plan, folder, recordings, source, compileIpvsList, progress);
    const userSpace = measurement.results(await runSteps(measurement.steps, plan.seconds));
    storeUserSpaceResults({ date, machine: machine(), thoroughness, userSpace });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Measures the lab's kernels in guests, one after the other so that each has the machine to itself, and then
 * what needs no IPVS in the kernel (user space only). Each result is stored when it is complete; results that are
 * recent enough, such as those of an interrupted run, are not measured again. A quick run never replaces a recent
 * thorough one. With `names` only these kernels are measured, even if their results are already stored. Throws
 * MissingPackages and GuestFailure.
 */
export async function measureInLab(
  names: readonly string[],
  thoroughness: 'quick' | 'thorough',
  progress: (text: string) => void,
): Promise<void> {
  requireTools(toolPackages);
  const now = new Date();
  const stored = readStoredRun();
  const reusable = new Set(
    stored.kernels.filter((kernel) => isReusable(kernel, thoroughness, now)).map(({ name }) => name),
  );
  const chosen = names.length > 0 ? names : defaultKernels.filter((name) => !reusable.has(name));
  const kernels = chosen.map(kernelNamed);
  const minutes = (seconds: number): number => Math.ceil(seconds / 60);
  const minutesEach = minutes(labPlans[thoroughness].kernel.seconds + 60);
  const userSpaceMinutes = minutes(labPlans[thoroughness].userSpace.seconds);
  if (names.length === 0 && reusable.size > 0)
    progress(
      `lab: not measured again, as stored within the last ${MAXIMUM_REUSED_AGE} hours: ${[...reusable].join(', ')}`,
    );
  progress(
    `lab: ${kernels.length} kernels (${chosen.join(', ')}), about ${minutesEach} minutes each, then ` +
      `${userSpaceMinutes} minutes in user space, without IPVS; each result is stored when it is complete`,
  );
  for (const [index, kernel] of kernels.entries()) {
    progress(`${kernel.name}: booting, kernel ${index + 1} of ${kernels.length}`);
    storeKernelResults(await measureGuest(kernel, thoroughness, progress));
  }
  if (stored.userSpace === undefined || !isReusable(stored.userSpace, thoroughness, now))
    await measureUserSpace(thoroughness, progress);
}
