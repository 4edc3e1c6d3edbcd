import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIpVs } from '../lab/build-ip-vs.ts';
import { ipVsSource } from '../lab/ip-vs-source.ts';
import type { KernelImage, KernelVariant } from '../lab/kernels.ts';
import type { KernelSeries } from '../lab/packages.ts';
import { applyChange } from './apply.ts';

async function buildChanged(kernel: KernelImage): Promise<ReadonlyMap<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'ip_vs-'));
  try {
    applyChange(await ipVsSource(kernel), folder);
    return await buildIpVs(kernel, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function changed(series: KernelSeries): KernelVariant {
  return {
    name: `single-${series}`,
    series,
    suites: ['single-dump.test', 'single-dump-listing'],
    replacements: buildChanged,
  };
}

/** Kernels that answer GET_SERVICE_DEST, with interrupted dumps marked and the generation in GET_INFO. */
export const singleDumpKernels: readonly KernelVariant[] = [changed('7.x'), changed('6.12')];
