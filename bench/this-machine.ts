import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ipvsListProgram } from '../test/kernel/lab/build/ipvs-list.ts';
import { type BenchResults, machine } from './figures.ts';
import { recordFakeDump } from './kernels/fake-kernel.ts';
import { openSocket, type TableLocation } from './kernels/table-location.ts';
import { findKernel, KernelMeasurement, type MeasuredKernel } from './measure-kernel.ts';
import { type IpvsListProgram, UserSpaceMeasurement } from './measure-user-space.ts';
import type { BenchmarkPlan } from './plan.ts';
import { singleDumpOn } from './reading/measure-table.ts';
import { Recordings } from './recordings.ts';
import { runSteps, type Step } from './sampling/time-budget.ts';
import { type BenchmarkTable, recordingName } from './tables/benchmark-tables.ts';
import { type Datagrams, recordDatagrams } from './tables/datagrams.ts';

/** Records the single dump of a table; resolves to `undefined` if the kernel has none. */
async function recordTable(
  measuredKernel: MeasuredKernel,
  benchmarkTable: BenchmarkTable,
): Promise<Datagrams | undefined> {
  if (measuredKernel.kind === 'fake') return recordFakeDump(benchmarkTable);
  const created = await measuredKernel.createTable(benchmarkTable);
  try {
    return singleDumpOn(created.location) ? recordDatagrams(() => openSocket(created.location)) : undefined;
  } finally {
    await created.close();
  }
}

/**
 * Compiles `ipvs-list`, the C program that lists a table with the single dump; or returns the reason why it
 * cannot be compiled.
 */
export async function compileIpvsList(): Promise<IpvsListProgram> {
  try {
    return { program: await ipvsListProgram() };
  } catch (error) {
    if ((error as { code?: string }).code !== 'LAB_MISSING_PACKAGES') throw error;
    const { packages } = error as unknown as { readonly packages: readonly string[] };
    return { unavailable: `packages missing: ${packages.join(', ')}` };
  }
}

/** Returns the steps whose name contains one of these texts; all steps if there are no texts. */
function chosenSteps(steps: readonly Step[], nameFilters: readonly string[]): readonly Step[] {
  return nameFilters.length === 0
    ? steps
    : steps.filter(({ name }) => nameFilters.some((text) => name.includes(text)));
}

/**
 * Runs the chosen steps in their share of `seconds`, and returns the names of the chosen steps for which too little
 * time was left.
 */
export async function runChosen(
  steps: readonly Step[],
  nameFilters: readonly string[],
  seconds: number,
): Promise<string[]> {
  const chosen = chosenSteps(steps, nameFilters);
  const totalShare = (some: readonly Step[]): number =>
    some.reduce((sum, { timeShare }) => sum + timeShare, 0);
  return chosen.length === 0
    ? []
    : await runSteps(chosen, (seconds * totalShare(chosen)) / totalShare(steps));
}

/**
 * Makes the measurements of a benchmark plan on this machine; with `nameFilters`, only the steps whose name contains
 * one of these texts.
 */
export async function measureHere(
  plan: BenchmarkPlan,
  nameFilters: readonly string[],
  progress: (text: string) => void,
): Promise<BenchResults> {
  const measuredKernel = findKernel();
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-bench-'));
  try {
    let compiled: Promise<IpvsListProgram> | undefined;
    const ipvsList = (): Promise<IpvsListProgram> => (compiled ??= compileIpvsList());
    const ipvsListPath = async (): Promise<string | undefined> => {
      const found = await ipvsList();
      return 'program' in found ? found.program : undefined;
    };
    const recordings = new Recordings(folder, (benchmarkTable) =>
      recordTable(measuredKernel, benchmarkTable),
    );
    const source =
      measuredKernel.kind === 'kernel'
        ? 'recorded from the kernel of this machine'
        : 'recorded from the fake kernel';
    const namesToRecord = new Set(
      [...plan.userSpace.listedTables, ...plan.userSpace.codecTables].map(recordingName),
    );
    // Recorded while the table exists, as creating it again would take far longer.
    const onTableCreated = async (benchmarkTable: BenchmarkTable, location: TableLocation): Promise<void> => {
      if (namesToRecord.has(recordingName(benchmarkTable)) && singleDumpOn(location))
        recordings.add(
          benchmarkTable,
          recordDatagrams(() => openSocket(location)),
        );
    };
    const kernel = new KernelMeasurement(measuredKernel, plan.kernel, {
      ipvsListPath,
      onTableCreated,
      progress,
    });
    const userSpace = new UserSpaceMeasurement(
      plan.userSpace,
      folder,
      recordings,
      source,
      ipvsList,
      progress,
    );
    if (
      nameFilters.length > 0 &&
      chosenSteps([...kernel.steps, ...userSpace.steps], nameFilters).length === 0
    )
      throw new Error(`no part of a ${plan.thoroughness} run has ${nameFilters.join(' or ')} in its name`);
    const date = new Date().toISOString();
    const started = performance.now();
    const kernelRun = kernel.results(await runChosen(kernel.steps, nameFilters, plan.kernel.seconds));
    // Time that the kernel's steps have not used; negative if they took longer.
    const spare = nameFilters.length > 0 ? 0 : plan.kernel.seconds - (performance.now() - started) / 1000;
    const userSpaceRun = userSpace.results(
      await runChosen(userSpace.steps, nameFilters, plan.userSpace.seconds + spare),
    );
    return {
      date,
      machine: machine(),
      thoroughness: plan.thoroughness,
      kernel: kernelRun,
      userSpace: userSpaceRun,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
