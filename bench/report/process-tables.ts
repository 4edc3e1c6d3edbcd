import type { LabKernelResults } from '../figures.ts';
import type { ProcessFigures } from '../processes/measure-processes.ts';
import { type ProgramName, programLabels } from '../processes/programs.ts';
import { median } from '../sampling/samples.ts';
import { acrossKernels, processRatio, processSamples, publishedSpeedUp } from './ratios.ts';
import { millisecondsText, NO_FIGURE, type ReportTable, ratioText, shortIntervalText } from './text.ts';

/**
 * Returns the tables about whole processes on one kernel or on recordings: medians, and ratios to an empty
 * Node program.
 */
export function processTables(title: string, processes: readonly ProcessFigures[]): ReportTable[] {
  if (processes.length === 0) return [];
  const names = Object.keys(programLabels).filter((name) =>
    processes.some((figures) => processSamples(figures, name as ProgramName) !== undefined),
  ) as ProgramName[];
  return processes.map((figures) => ({
    title: `${title}, ${figures.table}: ${figures.services} services, ${figures.destinations} destinations`,
    head: ['program, from start to exit', 'median', 'times an empty Node program'],
    rows: names.map((name) => {
      const samples = processSamples(figures, name);
      return [
        programLabels[name],
        samples === undefined ? NO_FIGURE : millisecondsText(median(samples)),
        name.startsWith('ipvs-') ? shortIntervalText(processRatio(figures, name, 'empty-node')) : NO_FIGURE,
      ];
    }),
  }));
}

/**
 * Returns the table of the speed-up of whole processes by the single dump. In C it compares ipvsadm on the
 * stock kernel with a client of the single dump on the patched kernel; in Node, our command in both ways on the
 * patched kernel.
 */
export function speedUpTable(patched: LabKernelResults, stock: LabKernelResults | undefined): ReportTable {
  return {
    title: `Whole processes, cold: ${patched.name} against ${stock?.name ?? 'no stock kernel'}`,
    head: ['table', 'C: stock ipvsadm / single', 'C: same kernel', 'Node: per service / single', '2020 (C)'],
    rows: patched.run.processes.map((figures) => {
      const stockFigures = stock?.run.processes.find(({ table }) => table === figures.table);
      const publishedRatio = publishedSpeedUp(figures.table);
      return [
        figures.table,
        shortIntervalText(acrossKernels(stockFigures, 'ipvsadm', figures, 'c-single')),
        shortIntervalText(processRatio(figures, 'ipvsadm', 'c-single')),
        shortIntervalText(processRatio(figures, 'ipvs-per-service', 'ipvs-single')),
        publishedRatio === undefined ? NO_FIGURE : ratioText(publishedRatio),
      ];
    }),
    notes: [
      'stock against patched: two guests, one after the other; the same kernel: in turn in one guest; ' +
        '2020: published for whole processes of ipvsadm -Sn, stock and patched, other hardware',
    ],
  };
}
