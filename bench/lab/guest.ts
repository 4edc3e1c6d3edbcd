import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillKernel } from '../kernels/real-kernel.ts';
import { openSocket, type TableAddress } from '../kernels/table-address.ts';
import { KernelMeasurement } from '../measure-kernel.ts';
import { labPlans } from '../plan.ts';
import { runInTime } from '../sampling/time-budget.ts';
import { datagramsFile, recordDump } from '../tables/datagrams.ts';
import { recordedName, type Workload } from '../tables/workloads.ts';

// Runs in a guest of the lab: measures its kernel, and records dumps for the benchmarks that need no kernel.
// Prints one line per step.

const folder = process.env.IPVS_LAB_OUT!;
const kernel = process.env.IPVS_LAB_KERNEL!;
const plan = labPlans[process.argv[2] === 'quick' ? 'quick' : 'thorough'];
const measuredKernel = {
  kind: 'kernel',
  description: `${kernel} in a guest of the lab`,
  fill: fillKernel,
} as const;
const progress = (text: string): void => {
  process.stdout.write(`${(performance.now() / 1000).toFixed(0)} s: ${text}\n`);
};

/** Records a table, to be decoded later without a kernel. */
const record = async (workload: Workload, address: TableAddress): Promise<void> => {
  if (!kernel.startsWith('single-')) return;
  const bytes = datagramsFile(recordDump(() => openSocket(address)));
  writeFileSync(join(folder, `${recordedName(workload)}.datagrams`), bytes);
};

const tools = { listProgram: async () => 'ipvs-list', onFilled: record, progress };
const measurement = new KernelMeasurement(measuredKernel, plan.kernel, tools);
const skipped = await runInTime(measurement.steps, plan.kernel.seconds);
writeFileSync(join(folder, 'run.json'), JSON.stringify(measurement.figures(skipped)));
