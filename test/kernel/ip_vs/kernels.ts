import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIpVs } from '../lab/build/build-ip-vs.ts';
import { debugKernelFiles } from '../lab/build/debug-kernel.ts';
import { ipVsSource } from '../lab/build/ip-vs-source.ts';
import type { KernelFiles, KernelVariant } from '../lab/packages/kernels.ts';
import type { KernelSeries } from '../lab/packages/packages.ts';
import { writePatchedCopy } from './apply.ts';

async function buildPatched(kernel: KernelFiles): Promise<ReadonlyMap<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'ip_vs-'));
  try {
    writePatchedCopy(await ipVsSource(kernel), folder);
    return await buildIpVs(kernel, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function singleDumpVariant(series: KernelSeries): KernelVariant {
  return {
    name: `single-${series}`,
    series,
    suites: ['single-dump.test', 'single-dump-listing', 'single-dump-races', 'watch'],
    replacements: buildPatched,
  };
}

/** The same patches in a kernel with KASAN, lockdep and kmemleak; runs the suite `stress`, too. */
function debugVariant(series: KernelSeries): KernelVariant {
  return {
    name: `debug-${series}`,
    series,
    files: debugKernelFiles,
    memory: 6144,
    suites: ['single-dump.test', 'single-dump-listing', 'single-dump-races', 'stress'],
    replacements: buildPatched,
  };
}

/** Kernels that answer the single dump, with KASAN, lockdep and kmemleak; run on demand. */
export const debugKernels: readonly KernelVariant[] = [debugVariant('7.x'), debugVariant('6.12')];

/** Kernels that answer GET_SERVICE_DEST, with NLM_F_DUMP_INTR on interrupted dumps and the generation in GET_INFO. */
export const singleDumpKernels: readonly KernelVariant[] = [
  singleDumpVariant('7.x'),
  singleDumpVariant('6.12'),
];
