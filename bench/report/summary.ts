import type { BenchResults, KernelRun, LabKernelResults } from '../figures.ts';
import { newestPatched, type StoredRun, stockOf } from '../lab/stored-run.ts';
import type { ProcessFigures } from '../processes/measure-processes.ts';
import type { TableFigures } from '../reading/measure-table.ts';
import { MINIMUM_SAMPLES } from '../sampling/ratio.ts';
import { median } from '../sampling/samples.ts';
import { publishedTables, tableOfEachKind } from '../tables/benchmark-tables.ts';
import { comparedMethods } from './decoding-tables.ts';
import {
  acrossKernels,
  byCost,
  libnlRatio,
  processRatio,
  processSamples,
  publishedSpeedUp,
  readingRatio,
  samplesOf,
} from './ratios.ts';
import { NO_FIGURE, type ReportTable, ratioText, shortIntervalText, tableText, wrapped } from './text.ts';

/**
 * Returns the summary, for the first screen of a terminal: at most 100 columns and 40 lines. With `isPartial`,
 * the run had only chosen parts, and the summary does not list what was left out.
 */
export function summaryText(results: BenchResults, stored: StoredRun, isPartial = false): string {
  const patched = newestPatched(stored);
  const sections = [
    speedUpSection(results.kernel, patched),
    processSection(results, stored, patched),
    decodingSection(results),
  ].filter((section) => section !== undefined);
  return [
    ...heading(results, patched),
    ...sections.map((section) => `\n${section}`),
    ...(isPartial ? [] : closing(results)),
  ].join('\n');
}

/** Returns the release of a lab kernel, and when and how it was measured. */
function labText({ run, date, emulated, thoroughness }: LabKernelResults): string {
  const how = emulated ? 'emulated: ratios only' : 'with KVM';
  const quick = thoroughness === 'quick' ? 'quick ' : '';
  return `Linux ${run.release}, ${quick}run of ${date.slice(0, 10)}, ${how}`;
}

function heading({ machine, kernel }: BenchResults, patched: LabKernelResults | undefined): string[] {
  const { node, processors, processor } = machine;
  const here = kernel.kind === 'fake' ? kernel.description : `Linux ${kernel.release}, ${kernel.description}`;
  return [
    ...wrapped(`Reading a whole IPVS table: one dump of everything (single) against a request per service`),
    ...wrapped(`here: ${here}; Node ${node}, ${processors} x ${processor}`),
    ...(patched === undefined ? [] : wrapped(`lab:  ${labText(patched)}`)),
  ];
}

/** Returns the names of the tables in several lists, without duplicates. */
function tableNames(...lists: readonly (readonly { readonly table: string }[])[]): string[] {
  return [...new Set(lists.flatMap((list) => list.map(({ table }) => table)))];
}

function tableNamed<Figures extends { readonly table: string }>(
  list: readonly Figures[] | undefined,
  name: string,
): Figures | undefined {
  return list?.find(({ table }) => table === name);
}

/** Returns a table's name, with its numbers of services and destinations unless the name contains them. */
function sized({ table, kind, services, destinations }: TableFigures): string {
  return kind === 'uniform' ? table : `${table}, ${services}/${destinations}`;
}

/** Returns the section about the speed-up by the single dump in one process. */
function speedUpSection(here: KernelRun, lab: LabKernelResults | undefined): string | undefined {
  if (here.tables.length === 0) return undefined;
  const labTables = lab?.run.tables ?? [];
  const readsSubset = here.tables.some(({ methods }) => methods.some(({ stride }) => stride !== undefined));
  const cells = (figures: TableFigures | undefined): string[] => [
    shortIntervalText(readingRatio(figures, 'new-sockets', 'single-sync')),
    shortIntervalText(readingRatio(figures, 'per-service', 'single-sync')),
  ];
  const hasFewSamples = [...here.tables, ...labTables].some(
    (figures) => (samplesOf(figures, 'single-sync')?.length ?? MINIMUM_SAMPLES) < MINIMUM_SAMPLES,
  );
  const hasSingleDump = here.tables.some((figures) => samplesOf(figures, 'single-sync') !== undefined);
  const table: ReportTable = {
    title:
      'HOW MANY TIMES FASTER the single dump is, in one process, sockets open, code warm (95 % intervals)',
    head: [
      'services x dest.',
      ...(lab === undefined ? [] : ['lab: new sockets', 'lab: one socket']),
      'here: new sockets',
      'one socket',
      '/ discard',
    ],
    rows: tableNames(labTables, here.tables).map((name) => {
      const hereFigures = tableNamed(here.tables, name);
      const labFigures = tableNamed(labTables, name);
      return [
        sized((hereFigures ?? labFigures)!),
        ...(lab === undefined ? [] : cells(labFigures)),
        ...cells(hereFigures),
        shortIntervalText(readingRatio(hereFigures, 'single-sync', 'discard')),
      ];
    }),
    notes: [
      'new sockets: a socket per service, as ipvsadm; / discard: time of the single dump / that of discarding its datagrams' +
        (readsSubset
          ? '; slow methods read a subset of the services; the time of the others is extrapolated'
          : '') +
        (hasFewSamples ? `; ${NO_FIGURE}: not measured, or fewer than ${MINIMUM_SAMPLES} samples` : '') +
        (hasSingleDump ? '' : '; the kernel here has no single dump'),
    ],
  };
  return tableText(table, true);
}

/** The tables of this section, from the smallest to the largest one, and the slowest kind. */
const SHOWN: readonly string[] = ['1x1', '1000x4', '16000x1', 'mixed'];

/**
 * Returns the section about whole processes: C against C and Node against Node on kernels, Node against C on
 * recordings.
 */
function processSection(
  { userSpace, kernel }: BenchResults,
  stored: StoredRun,
  patched: LabKernelResults | undefined,
): string | undefined {
  if (userSpace.processes.length === 0) return undefined;
  const lab = patched?.run.processes ?? [];
  const stock = patched && stockOf(stored, patched);
  const names = tableNames(userSpace.processes, lab).filter((name) => SHOWN.includes(name));
  const table: ReportTable = {
    title:
      'WHOLE PROCESSES, cold: C against C and Node against Node on kernels; Node against C on a recording',
    head: [
      'table',
      ...(patched === undefined ? [] : ['lab: C', 'lab: Node']),
      '2020: C',
      'here: ipvs / C',
      'ipvs / empty Node program',
    ],
    rows: SHOWN.filter((name) => names.includes(name)).map((name) => {
      const hereFigures = tableNamed(userSpace.processes, name);
      const labFigures = tableNamed(lab, name);
      const publishedRatio = publishedSpeedUp(name);
      return [
        name,
        ...(patched === undefined
          ? []
          : [
              shortIntervalText(
                acrossKernels(tableNamed(stock?.run.processes, name), 'ipvsadm', labFigures, 'c-single'),
              ),
              shortIntervalText(processRatio(labFigures, 'ipvs-per-service', 'ipvs-single')),
            ]),
        publishedRatio === undefined ? NO_FIGURE : ratioText(publishedRatio),
        shortIntervalText(processRatio(hereFigures, 'ipvs-recording', 'c-recording')),
        shortIntervalText(processRatio(hereFigures, 'ipvs-recording', 'empty-node')),
      ];
    }),
    notes: [
      ...(patched === undefined
        ? []
        : [
            'lab, 2020: per service / single; C: ipvsadm per service, ipvs-list (libnl) single; 2020: published, other hardware',
          ]),
      comparisonNote(userSpace.processes, kernel, userSpace.noIpvsListReason),
    ],
  };
  return tableText(table, true);
}

/**
 * Compares the command's time with that of ipvsadm, or with that of the C program on a recording if this kernel was not
 * measured, or says why there are no figures.
 */
function comparisonNote(
  processes: readonly ProcessFigures[],
  kernel: KernelRun,
  noIpvsListReason: string | undefined,
): string {
  const ipvsadmRatios = kernel.processes.flatMap((figures) => {
    const ratio = processRatio(figures, 'ipvs-per-service', 'ipvsadm');
    return ratio === undefined ? [] : [`${figures.table} ${shortIntervalText(ratio)}`];
  });
  if (ipvsadmRatios.length > 0)
    return `time of ipvs as a multiple of ipvsadm's here, both per service: ${ipvsadmRatios.join(', ')}`;
  const smallest = processes[0];
  const own = processSamples(smallest, 'ipvs-recording');
  const c = processSamples(smallest, 'c-recording');
  if (own === undefined || c === undefined)
    return noIpvsListReason === undefined ? '' : `no figures of ipvs-list: ${noIpvsListReason}`;
  const difference = (median(own) - median(c)).toFixed(0);
  return (
    `ipvs is SLOWER than C on a recording: by ${difference} ms on ${smallest!.table}, most of it the start of Node ` +
    'and the command. It is faster than ipvsadm only where the requests for each service take longer than that'
  );
}

/** Returns the section about decoding each kind of table. */
function decodingSection({ userSpace }: BenchResults): string | undefined {
  const benchmarkTables = userSpace.codec.filter(({ kind }) => kind === 'benchmark');
  if (benchmarkTables.length === 0) return undefined;
  const shown = [
    ...comparedMethods,
    ['c-walk', 'plain C'] as const,
    ['npm-netlink', 'npm netlink'] as const,
  ].filter(([method]) => byCost(benchmarkTables, 'benchmark', method).length > 0);
  const noCDecoderReason = benchmarkTables.find(
    (figures) => figures.noCDecoderReason !== undefined,
  )?.noCDecoderReason;
  const table: ReportTable = {
    title: "DECODING the same bytes: processor time as a multiple of libnl's, garbage collection included",
    head: ['table', ...shown.map(([, short]) => short)],
    rows: benchmarkTables.map((figures) => [
      figures.table,
      ...shown.map(([method]) => shortIntervalText(libnlRatio(figures, method))),
    ]),
    notes: noCDecoderReason === undefined ? [] : [`no figures of C decoders: ${noCDecoderReason}`],
  };
  return tableText(table, true);
}

function closing({ kernel, userSpace, thoroughness }: BenchResults): string[] {
  const missing = publishedTables.filter(({ name }) => tableNamed(kernel.tables, name) === undefined);
  const skipped = [
    ...kernel.skipped,
    ...userSpace.skipped,
    ...(missing.length > 0 && thoroughness === 'quick' ? [`${missing.length} of the published tables`] : []),
    ...(kernel.growth.length === 0 ? ['tables of growing size'] : []),
    ...tableOfEachKind
      .filter(({ name }) => tableNamed(userSpace.codec, name) === undefined)
      .map(({ name }) => `codec ${name}`),
    ...(userSpace.codec.some(({ kind }) => kind === 'adversarial') ? [] : ['adversarial tables']),
  ];
  return [
    '',
    ...(skipped.length === 0
      ? []
      : wrapped(`left out: ${skipped.join(', ')} (--thorough measures everything)`)),
    'more: --details (all tables), --report DIR (a page), --check (limits), --help',
  ];
}
