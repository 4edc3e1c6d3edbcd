import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIpVs } from '../lab/build-ip-vs.ts';
import { ipVsSource } from '../lab/ip-vs-source.ts';
import type { KernelImage, KernelVariant } from '../lab/kernels.ts';
import type { KernelSeries } from '../lab/packages.ts';
import { applyChange, type SingleDumpOptions } from './apply.ts';

async function buildChanged(kernel: KernelImage, options: SingleDumpOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ip_vs-'));
  try {
    applyChange(await ipVsSource(kernel), folder, options);
    return await buildIpVs(kernel, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function changed(name: string, series: KernelSeries, options: SingleDumpOptions): KernelVariant {
  return {
    name: `${name}-${series}`,
    series,
    suites: ['single-dump.test', 'single-dump-listing'],
    replacements: async (kernel) => new Map([['ip_vs', await buildChanged(kernel, options)]]),
  };
}

/**
 * Kernels that answer GET_SERVICE_DEST: `single-*` in the nested form with interrupted dumps marked, `unmarked-*` in
 * the nested form as proposed, `flat-*` in version 1's form as proposed.
 */
export const singleDumpKernels: readonly KernelVariant[] = (['6.1', '6.12'] as const).flatMap((series) => [
  changed('single', series, {}),
  changed('unmarked', series, { interruptMark: false }),
  changed('flat', series, { interruptMark: false, form: 'flat' }),
]);
