import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIpVs } from '../lab/build/build-ip-vs.ts';
import { debugImage } from '../lab/build/debug-kernel.ts';
import { ipVsSource } from '../lab/build/ip-vs-source.ts';
import type { KernelImage, KernelVariant } from '../lab/packages/kernels.ts';
import type { KernelSeries } from '../lab/packages/packages.ts';
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
    suites: ['single-dump.test', 'single-dump-listing', 'single-dump-races', 'watch'],
    replacements: buildChanged,
  };
}

/** The same change in a kernel that checks itself: the suites of the single dump, and abuse. */
function debugged(series: KernelSeries): KernelVariant {
  return {
    name: `debug-${series}`,
    series,
    image: debugImage,
    memory: 6144,
    suites: ['single-dump.test', 'single-dump-listing', 'single-dump-races', 'abuse'],
    replacements: buildChanged,
  };
}

/** Kernels that answer the single dump and check themselves; run on demand. */
export const debugKernels: readonly KernelVariant[] = [debugged('7.x'), debugged('6.12')];

/** Kernels that answer GET_SERVICE_DEST, with interrupted dumps marked and the generation in GET_INFO. */
export const singleDumpKernels: readonly KernelVariant[] = [changed('7.x'), changed('6.12')];
