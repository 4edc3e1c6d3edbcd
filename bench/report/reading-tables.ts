import type { KernelRun } from '../figures.ts';
import { dumpLimits } from '../limits.ts';
import type { TableFigures } from '../reading/measure-table.ts';
import { methods, readMethodNamed } from '../reading/read-methods.ts';
import { MAXIMUM_READS } from '../reading/resource-usage.ts';
import { MINIMUM_SAMPLES } from '../sampling/ratio.ts';
import { median, quantile } from '../sampling/samples.ts';
import { readingRatio, samplesOf } from './ratios.ts';
import {
  bytesText,
  microsecondsText,
  millisecondsText,
  NO_FIGURE,
  type ReportTable,
  shortIntervalText,
  textWithLimit,
} from './text.ts';

/** Returns the tables about reading from one kernel in one process. */
export function readingTables({ tables, growth, kind }: KernelRun): ReportTable[] {
  return [
    ...tables.flatMap((figures) => [methodsTable(figures, kind), ...resourceUsageTable(figures)]),
    ...(growth.length === 0 ? [] : [growthTable(growth)]),
  ];
}

/** Returns the table of all methods of reading one benchmark table. */
function methodsTable(figures: TableFigures, kind: KernelRun['kind']): ReportTable {
  const { table, services, destinations } = figures;
  const readsSubset = figures.methods.some(({ stride }) => stride !== undefined);
  const fewest = Math.min(...figures.methods.map(({ samples }) => samples.length));
  return {
    title: `${table}: ${services} services, ${destinations} destinations`,
    head: ['method', 'median', 'per service', 'vs. single dump', 'vs. lower bound', 'services read'],
    rows: figures.methods.map(({ method, samples, stride = 1 }) => {
      const time = median(samples);
      const limit = kind === 'kernel' ? dumpLimits[table]?.[method] : undefined;
      return [
        readMethodNamed(method).shortLabel,
        millisecondsText(time),
        microsecondsText(time / services),
        shortIntervalText(readingRatio(figures, method, 'single-sync')),
        textWithLimit(readingRatio(figures, method, 'discard'), limit),
        stride === 1 ? 'all' : `1 of ${stride}`,
      ];
    }),
    notes: [
      ...(readsSubset
        ? ['services read: if not all, the time of those that were read is scaled up to the whole table']
        : []),
      ...(fewest < MINIMUM_SAMPLES
        ? [`too few samples for intervals: ${fewest} of at least ${MINIMUM_SAMPLES}`]
        : []),
    ],
  };
}

function resourceUsageTable({ table, methods: figures }: TableFigures): ReportTable[] {
  const measured = figures.filter(({ resourceUsage }) => resourceUsage !== undefined);
  if (measured.length === 0) return [];
  return [
    {
      title: `${table}: one read in a new process`,
      head: ['method', 'first', 'reads + writes', 'datagrams', 'bytes', 'peak memory', 'loop blocked'],
      rows: measured.map(({ method, resourceUsage }) => [
        readMethodNamed(method).shortLabel,
        millisecondsText(resourceUsage!.firstReadTime),
        `${resourceUsage!.systemCalls}`,
        `${resourceUsage!.datagrams}`,
        bytesText(resourceUsage!.bytes),
        bytesText(resourceUsage!.peakMemory),
        blockedText(resourceUsage!.blockedTimes),
      ]),
      notes: [
        'loop blocked: the longest time between two iterations of the event loop in one read; the 99th ' +
          `percentile of ${MAXIMUM_READS} reads, or of as many as are in parentheses`,
      ],
    },
  ];
}

function blockedText(blockedTimes: readonly number[]): string {
  if (blockedTimes.length === 0) return NO_FIGURE;
  const text = millisecondsText(quantile(blockedTimes, 0.99));
  return blockedTimes.length < MAXIMUM_READS ? `${text} (${blockedTimes.length})` : text;
}

/** Returns the table of the cost per service against the number of services. */
function growthTable(growth: readonly TableFigures[]): ReportTable {
  const shown = methods.filter(({ name }) =>
    growth.some((figures) => samplesOf(figures, name) !== undefined),
  );
  return {
    title: 'Growth: time for each service',
    head: ['table', ...shown.map(({ shortLabel }) => shortLabel)],
    rows: growth.map((figures) => [
      figures.table,
      ...shown.map(({ name }) => {
        const samples = samplesOf(figures, name);
        return samples === undefined ? NO_FIGURE : microsecondsText(median(samples) / figures.services);
      }),
    ]),
  };
}
