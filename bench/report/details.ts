import type { BenchResults, KernelRun } from '../figures.ts';
import { type StoredRun, stockOf } from '../lab/stored-run.ts';
import { codecTables } from './decoding-tables.ts';
import { processTable, speedUpTable } from './process-tables.ts';
import { readingTables } from './reading-tables.ts';
import type { Table } from './text.ts';

/** Returns all report tables of a run on this machine. */
export function localTables({ kernel, userSpace }: BenchResults): Table[] {
  const where = kernel.kind === 'fake' ? 'fake kernel, here' : `Linux ${kernel.release}, here`;
  return [
    ...titled(where, kernelTables(kernel)),
    ...processTable('Recording', userSpace.processes),
    ...codecTables(userSpace.codec),
  ];
}

/**
 * Returns all report tables of a lab run. Kernels whose names begin with `single-` are patched for the single dump;
 * `stockOf` returns the same release without the patch.
 */
export function labTables(stored: StoredRun): Table[] {
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
          ...processTable('Recording', stored.userSpace.userSpace.processes),
          ...codecTables(stored.userSpace.userSpace.codec),
        ])),
  ];
}

function kernelTables(run: KernelRun): Table[] {
  return [...readingTables(run), ...processTable('Processes', run.processes)];
}

function titled(where: string, tables: readonly Table[]): Table[] {
  return tables.map((table) => ({ ...table, title: `${where}: ${table.title}` }));
}
