import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRealTable } from '../kernels/real-kernel.ts';
import { openSocket, type TableLocation } from '../kernels/table-location.ts';
import { KernelMeasurement } from '../measure-kernel.ts';
import { labPlans } from '../plan.ts';
import { runSteps } from '../sampling/time-budget.ts';
import { type BenchmarkTable, recordingName } from '../tables/benchmark-tables.ts';
import { datagramsFile, recordDatagrams } from '../tables/datagrams.ts';

// Runs in a virtual machine of the lab: measures its kernel, and records dumps for the results that need no IPVS.
// Prints one line per step.

const outputFolder = process.env.IPVS_LAB_OUT!;
const kernelName = process.env.IPVS_LAB_KERNEL!;
const plan = labPlans[process.argv[2] === 'quick' ? 'quick' : 'thorough'];
const measuredKernel = {
  kind: 'kernel',
  description: `${kernelName} in a guest of the lab`,
  createTable: createRealTable,
} as const;
const progress = (text: string): void => {
  process.stdout.write(`${(performance.now() / 1000).toFixed(0)} s: ${text}\n`);
};

/** Records the dump of a table, to be decoded later in user space, without IPVS. */
const record = async (benchmarkTable: BenchmarkTable, location: TableLocation): Promise<void> => {
  // Only the kernels `single-*` have the single dump.
  if (!kernelName.startsWith('single-')) return;
  const bytes = datagramsFile(recordDatagrams(() => openSocket(location)));
  writeFileSync(join(outputFolder, `${recordingName(benchmarkTable)}.datagrams`), bytes);
};

const options = { ipvsListPath: async () => 'ipvs-list', onTableCreated: record, progress };
const measurement = new KernelMeasurement(measuredKernel, plan.kernel, options);
const skipped = await runSteps(measurement.steps, plan.kernel.seconds);
writeFileSync(join(outputFolder, 'run.json'), JSON.stringify(measurement.results(skipped)));
