import { codecTables } from './codec-tables.ts';
import type { DumpFigure, DumpFigures } from './dumps.ts';
import { dumpLimits } from './limits.ts';
import { LEAST_SAMPLES, type Measurement, MOST_SPREAD, pairedRatio, quantile, ratio } from './measure.ts';
import { MOST_READINGS } from './probe.ts';
import type { ProcessFigures } from './processes.ts';
import type { BenchResults, KernelRun } from './results.ts';
import { bytesText, limitedTimes, microseconds, milliseconds, percent, type Table, times } from './text.ts';
import { type WayName, ways } from './ways.ts';
import type { WorkloadFacts } from './workloads.ts';

const NOTHING = '-';

/** The measurement of one way, where it was taken. */
export function timeOf(figures: readonly DumpFigure[], way: WayName): Measurement | undefined {
  const time = figures.find((figure) => figure.way === way)?.time;
  return time === undefined || time.samples.length === 0 ? undefined : time;
}

function timeText(figure: DumpFigure, time: Measurement | undefined): string {
  if (time !== undefined) return milliseconds(time.median);
  return figure.probe === undefined ? 'too slow here' : `once ${milliseconds(figure.probe.first)}`;
}

function ratioText(a: Measurement | undefined, b: Measurement | undefined): string {
  return a === undefined || b === undefined ? NOTHING : times(ratio(a, b));
}

/** Every way of reading one workload. */
function dumpTable({ workload, destinations, figures }: DumpFigures): Table {
  const perService = timeOf(figures, 'per-service');
  const floor = timeOf(figures, 'floor');
  return {
    title: `${workload.name}: ${workload.services} services, ${destinations} destinations`,
    head: [
      'way',
      'median',
      'spread',
      'faster than per service',
      'times the floor',
      'reads + writes',
      'datagrams',
      'bytes',
      'peak memory',
      'loop held',
    ],
    rows: figures.map((figure) => {
      const time = timeOf(figures, figure.way);
      const { probe } = figure;
      const limit = dumpLimits[workload.name]?.[figure.way];
      const overFloor = pairedRatio(time, floor);
      return [
        ways.find(({ name }) => name === figure.way)!.label,
        timeText(figure, time),
        time === undefined ? NOTHING : percent(time.spread),
        ratioText(perService, time),
        overFloor === undefined ? NOTHING : limitedTimes(overFloor, limit),
        ...(probe === undefined
          ? [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING]
          : [
              `${probe.calls}`,
              `${probe.datagrams}`,
              bytesText(probe.bytes),
              bytesText(probe.peakMemory),
              holdText(probe.holds),
            ]),
      ];
    }),
  };
}

/** The longest hold of the event loop: its 99th percentile where there are readings enough. */
function holdText(holds: readonly number[]): string {
  if (holds.length === 0) return NOTHING;
  const text = milliseconds(quantile(holds, 0.99));
  return holds.length < MOST_READINGS ? `${text} (most of ${holds.length})` : text;
}

/** Cost per service against the number of services. */
function growthTable(growth: readonly DumpFigures[]): Table {
  const shown = ways.filter(({ name }) =>
    growth.some(({ figures }) => figures.some(({ way }) => way === name)),
  );
  return {
    title: 'Growth: time per service, and peak memory of the stream',
    head: ['table', ...shown.map(({ short }) => short), 'peak memory, streamed'],
    rows: growth.map(({ workload, figures }) => [
      workload.name,
      ...shown.map(({ name }) => {
        const time = timeOf(figures, name);
        return time === undefined ? NOTHING : microseconds(time.median / workload.services);
      }),
      bytesText(figures.find(({ way }) => way === 'single-streamed')?.probe?.peakMemory ?? Number.NaN),
    ]),
  };
}

function speedUp(workload: WorkloadFacts): string {
  const { published } = workload;
  return published === undefined ? NOTHING : times(published.stock / published.changed);
}

/** The single dump against per-service dumps, with the published figures. */
export function savingTable(dumps: readonly DumpFigures[]): Table {
  return {
    title: 'What the single dump saves',
    head: [
      'table',
      'per service, reopened',
      'per service',
      'single',
      'saves against reopened',
      'saves against per service',
      'published (2020)',
    ],
    rows: dumps.map(({ workload, figures }) => {
      const reopened = timeOf(figures, 'reopened');
      const perService = timeOf(figures, 'per-service');
      const single = timeOf(figures, 'single-sync');
      const text = (time: Measurement | undefined): string =>
        time === undefined ? NOTHING : milliseconds(time.median);
      return [
        workload.name,
        text(reopened),
        text(perService),
        text(single),
        ratioText(reopened, single),
        ratioText(perService, single),
        speedUp(workload),
      ];
    }),
    notes: [
      'published: whole processes of ipvsadm -Sn on a stock and on a changed kernel, other hardware, 2020',
    ],
  };
}

/** Whole processes of ipvsadm beside our own reading on the same kernel. */
function processTable(processes: readonly ProcessFigures[], dumps: readonly DumpFigures[]): Table {
  const listings = processes[0]?.figures.map(({ listing }) => listing) ?? [];
  return {
    title: `Whole processes of ${processes[0]?.version ?? 'ipvsadm'}`,
    head: ['table', ...listings.map((listing) => `ipvsadm ${listing}`), '-Sn / per service', '-Sn / single'],
    rows: processes.map(({ workload, figures }) => {
      const own = dumps.find((dump) => dump.workload.name === workload.name)?.figures ?? [];
      const save = figures.find(({ listing }) => listing === '-Sn')?.time;
      return [
        workload.name,
        ...figures.map(({ time }) => (time.samples.length === 0 ? 'too slow' : milliseconds(time.median))),
        ratioText(save, timeOf(own, 'per-service')),
        ratioText(save, timeOf(own, 'single-sync')),
      ];
    }),
  };
}

/** A run that read single dumps, and one of a kernel that has none, where there are both. */
export function singleAndStock(runs: readonly KernelRun[]): { single?: KernelRun; stock?: KernelRun } {
  const single = runs.find(readsSingleDumps);
  const stock = runs.find((run) => run.kind === 'kernel' && !readsSingleDumps(run));
  return { ...(single && { single }), ...(stock && { stock }) };
}

/** Whether a run read single dumps. */
export function readsSingleDumps({ dumps, growth }: KernelRun): boolean {
  return [...dumps, ...growth].some(({ figures }) => timeOf(figures, 'single-sync') !== undefined);
}

/** The time of a whole ipvsadm process on a workload. */
export function processTime(
  run: KernelRun,
  workload: WorkloadFacts,
  listing: string,
): Measurement | undefined {
  return run.processes
    .find((process) => process.workload.name === workload.name)
    ?.figures.find((figure) => figure.listing === listing)?.time;
}

/** The changed kernel against the stock one, as the proposal compared them. */
function acrossKernels(single: KernelRun, stock: KernelRun): Table {
  return {
    title: `${single.place} against ${stock.place}`,
    head: [
      'table',
      'stock: ipvsadm -Sn',
      'stock: per service',
      'changed: single dump',
      'saves against ipvsadm -Sn',
      'saves against per service',
      'published (2020)',
    ],
    rows: single.dumps.map(({ workload, figures }) => {
      const save = processTime(stock, workload, '-Sn');
      const own = stock.dumps.find((dump) => dump.workload.name === workload.name)?.figures ?? [];
      const perService = timeOf(own, 'per-service');
      const dump = timeOf(figures, 'single-sync');
      const text = (time: Measurement | undefined): string =>
        time === undefined || time.samples.length === 0 ? NOTHING : milliseconds(time.median);
      return [
        workload.name,
        text(save),
        text(perService),
        text(dump),
        ratioText(save, dump),
        ratioText(perService, dump),
        speedUp(workload),
      ];
    }),
    notes: [
      'two guests, one after the other on one machine: ratios between them are less sure than within one',
    ],
  };
}

function runTables(run: KernelRun): Table[] {
  return [
    ...run.dumps.map(dumpTable),
    ...(run.growth.length === 0 ? [] : [growthTable(run.growth)]),
    ...(run.processes.length === 0 ? [] : [processTable(run.processes, run.dumps)]),
    ...(readsSingleDumps(run) ? [savingTable(run.dumps)] : []),
  ];
}

/** Every table, the codec's first; where there are several kernels each title names its own. */
export function allTables({ runs, codec }: BenchResults): Table[] {
  const named = runs.length > 1;
  const { single, stock } = singleAndStock(runs);
  return [
    ...codecTables(codec),
    ...(single === undefined || stock === undefined ? [] : [acrossKernels(single, stock)]),
    ...runs.flatMap((run) =>
      runTables(run).map((table) => (named ? { ...table, title: `${run.place}: ${table.title}` } : table)),
    ),
  ];
}

/** Where it ran and how to read the tables. */
export function heading({ machine, runs, notes, date }: BenchResults): string {
  return [
    `${date}, Node ${machine.node}, ${machine.processors} x ${machine.processor} (${machine.architecture})`,
    ...runs.map(({ place }) => `read: ${place}`),
    'Medians. Ways are measured in turn, several rounds; a ratio is not printed ("too noisy") where the middle ' +
      `half of either side's samples spans more than ${percent(MOST_SPREAD)} of its median or there are fewer ` +
      `than ${LEAST_SAMPLES} samples. "once" is one cold reading. "loop held": the longest time between two turns of the event loop ` +
      `in one reading; of ${MOST_READINGS} readings the 99th percentile, of fewer the most.`,
    ...notes,
  ].join('\n');
}
