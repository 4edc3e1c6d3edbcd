import type { BenchResults, KernelRun } from '../figures.ts';
import { type StoredRun, stockOf } from '../lab/stored-run.ts';
import { codecTables } from './decoding-tables.ts';
import { processTables, speedUpTable } from './process-tables.ts';
import { readingTables } from './reading-tables.ts';
import type { ReportTable } from './text.ts';

/** Returns all report tables of a run on this machine. */
export function localTables({ kernel, userSpace }: BenchResults): ReportTable[] {
  const where = kernel.kind === 'fake' ? 'fake kernel, here' : `Linux ${kernel.release}, here`;
  return [
    ...titled(where, kernelTables(kernel)),
    ...processTables('Recording', userSpace.processes),
    ...codecTables(userSpace.codec),
  ];
}

/**
 * Returns all report tables of a lab run. Kernels whose names begin with `single-` are patched for the single dump;
 * `stockOf` returns the same release without the patch.
 */
export function labTables(stored: StoredRun): ReportTable[] {
  return [
    ...stored.kernels
      .filter(({ run }) => run.processes.length > 0)
      .flatMap((kernel) => {
        const stock = stockOf(stored, kernel);
        return kernel.name.startsWith('single-') ? [speedUpTable(kernel, stock)] : [];
      }),
    ...stored.kernels.flatMap(({ name, run }) => titled(`lab, ${name}`, kernelTables(run))),
    ...(stored.userSpace === undefined
      ? []
      : titled('lab, user space', [
          ...processTables('Recording', stored.userSpace.userSpace.processes),
          ...codecTables(stored.userSpace.userSpace.codec),
        ])),
  ];
}

function kernelTables(run: KernelRun): ReportTable[] {
  return [...readingTables(run), ...processTables('Processes', run.processes)];
}

function titled(where: string, tables: readonly ReportTable[]): ReportTable[] {
  return tables.map((table) => ({ ...table, title: `${where}: ${table.title}` }));
}
