import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRealTable } from '../kernels/real-kernel.ts';
import { KernelMeasurement } from '../measure-kernel.ts';
import { labPlans } from '../plan.ts';
import { runSteps } from '../sampling/time-budget.ts';

// Runs in a virtual machine of the lab: measures its kernel. Prints one line per step.

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

const options = { ipvsListPath: async () => 'ipvs-list', progress };
const measurement = new KernelMeasurement(measuredKernel, plan.kernel, options);
const skipped = await runSteps(measurement.steps, plan.kernel.seconds);
writeFileSync(join(outputFolder, 'run.json'), JSON.stringify(measurement.results(skipped)));
