import type { CodecFigures, CodecMethod } from '../decoding/measure-codec.ts';
import type { BenchResults, KernelRun, LabKernelResults, UserSpaceRun } from '../figures.ts';
import { newestPatched, type StoredRun, stockOf } from '../lab/stored-run.ts';
import type { ProcessFigures } from '../processes/measure-processes.ts';
import type { TableFigures } from '../reading/measure-table.ts';
import { type ReadMethodName, readMethodNamed } from '../reading/read-methods.ts';
import { MINIMUM_SAMPLES, type RatioEstimate } from '../sampling/ratio.ts';
import { median } from '../sampling/samples.ts';
import type { TableKind } from '../tables/benchmark-tables.ts';
import type { Bar, BarChartData, BarSeries, LineChartData } from './draw.ts';
import {
  acrossKernels,
  libnlRatio,
  processRatio,
  publishedSpeedUp,
  readingRatio,
  samplesOf,
} from './ratios.ts';

/** A chart with its file name, without extension. */
export type Chart = { readonly name: string } & (
  | { readonly bars: BarChartData }
  | { readonly lines: LineChartData }
);

function bar(estimate: RatioEstimate | undefined, unavailable: string): Bar {
  return estimate ?? { unavailable };
}

/** Returns where, when and how a lab kernel was measured. */
export function labSubtitle({ run, date, machine, emulated, thoroughness }: LabKernelResults): string {
  const how = emulated ? 'QEMU without KVM: only ratios are meaningful' : 'QEMU with KVM';
  const quick = thoroughness === 'quick' ? 'quick run' : 'run';
  return `Linux ${run.release} in the lab, ${quick} of ${date.slice(0, 10)}; ${how}; Node ${machine.node}, ${machine.processor}`;
}

function hereSubtitle({ kernel, machine, date }: BenchResults): string {
  const where = kernel.kind === 'fake' ? 'a fake kernel in a process of its own' : `Linux ${kernel.release}`;
  return `${where}, ${date.slice(0, 10)}; Node ${machine.node}, ${machine.processor}`;
}

/** Returns the chart of the speed-up by the single dump in one process. */
export function speedUpChart(name: string, { tables }: KernelRun, subtitle: string): Chart {
  const against = (method: ReadMethodName): Bar[] =>
    tables.map((figures) => bar(readingRatio(figures, method, 'single-sync'), whyNoReading(figures, method)));
  return {
    name,
    bars: {
      title: 'How many times faster one dump of everything reads the table, in one process',
      subtitle: `${subtitle}; bars with 95 % intervals`,
      groups: tables.map(({ table }) => table),
      series: [
        {
          name: 'than per service, new sockets, as ipvsadm does',
          colour: 'vermilion',
          bars: against('new-sockets'),
        },
        { name: 'than per service, one socket', colour: 'orange', bars: against('per-service') },
      ],
      unit: 'times faster',
    },
  };
}

function whyNoReading(figures: TableFigures, method: ReadMethodName): string {
  const count = Math.min(
    ...[method, 'single-sync' as const].map((each) => samplesOf(figures, each)?.length ?? -1),
  );
  return count < 0 ? 'this kernel has no single dump' : tooFew(count);
}

function tooFew(count: number): string {
  return `too few samples: ${count} of ${MINIMUM_SAMPLES}`;
}

/** Returns the chart of the speed-up of whole processes by the single dump. */
function processChart(name: string, patched: LabKernelResults, stock: LabKernelResults | undefined): Chart {
  const { processes } = patched.run;
  const stockFigures = (table: string): ProcessFigures | undefined =>
    stock?.run.processes.find((figures) => figures.table === table);
  return {
    name,
    bars: {
      title: 'Whole processes, cold: how many times faster with the single dump',
      subtitle: `${labSubtitle(patched)}; published: other hardware`,
      groups: processes.map(({ table }) => table),
      series: [
        {
          name: 'C: stock ipvsadm -Sn / ipvs-list, single dump',
          colour: 'blue',
          bars: processes.map((figures) =>
            bar(
              acrossKernels(stockFigures(figures.table), 'ipvsadm', figures, 'c-single'),
              'not measured on both kernels',
            ),
          ),
        },
        {
          name: 'Node: ipvs per service / single dump',
          colour: 'green',
          bars: processes.map((figures) =>
            bar(processRatio(figures, 'ipvs-per-service', 'ipvs-single'), 'too few samples'),
          ),
        },
        {
          name: 'C, published in 2020',
          colour: 'reference',
          bars: processes.map(({ table }) => {
            const ratio = publishedSpeedUp(table);
            return ratio === undefined
              ? { unavailable: 'not published' }
              : { ratio, low: ratio, high: ratio };
          }),
        },
      ],
      unit: 'times faster',
    },
  };
}

/** Returns the chart of Node against C on recordings, in user space, without IPVS. */
function recordingChart(
  name: string,
  { processes, noIpvsListReason }: UserSpaceRun,
  subtitle: string,
): Chart {
  const series: BarSeries[] = [
    {
      name: 'ipvs -Sn / the same in C on libnl',
      colour: 'vermilion',
      bars: processes.map((figures) =>
        bar(processRatio(figures, 'ipvs-recording', 'c-recording'), noIpvsListReason ?? 'too few samples'),
      ),
    },
    {
      name: 'ipvs -Sn / an empty Node program',
      colour: 'blue',
      bars: processes.map((figures) =>
        bar(processRatio(figures, 'ipvs-recording', 'empty-node'), 'too few samples'),
      ),
    },
  ];
  return {
    name,
    bars: {
      title: 'Whole processes listing a recording: how many times longer the command takes',
      subtitle: `${subtitle}; no kernel involved; smaller is better`,
      groups: processes.map(({ table }) => table),
      series,
      unit: 'times as long',
    },
  };
}

const decodingMethods: readonly (readonly [method: CodecMethod, name: string, colour: string])[] = [
  ['records', 'into records', 'blue'],
  ['decode-fields', 'objects, every field', 'green'],
  ['decode-counters', 'objects, every counter', 'orange'],
  ['c-walk', 'plain C', 'reference'],
  ['npm-netlink', 'npm package netlink', 'purple'],
];

/** Returns the chart of decoding times relative to libnl. */
function decodingChart(name: string, codec: readonly CodecFigures[], subtitle: string): Chart {
  const benchmarkTables = codec.filter(({ kind }) => kind === 'benchmark');
  return {
    name,
    bars: {
      title: "Decoding the same bytes: processor time as a multiple of libnl's",
      subtitle: `${subtitle}; smaller is better, 1 is libnl`,
      groups: benchmarkTables.map(({ table }) => table),
      series: decodingMethods
        .filter(([method]) =>
          benchmarkTables.some(({ figures }) => figures.some((figure) => figure.method === method)),
        )
        .map(([method, label, colour]) => ({
          name: label,
          colour,
          bars: benchmarkTables.map((figures) =>
            bar(libnlRatio(figures, method), figures.noCDecoderReason ?? 'too few samples'),
          ),
        })),
      unit: "times libnl's time",
    },
  };
}

const growthColours: readonly (readonly [method: ReadMethodName, colour: string])[] = [
  ['per-service', 'orange'],
  ['single-sync', 'blue'],
  ['single-streamed', 'green'],
  ['discard', 'reference'],
];

/** Returns the chart of the cost per service against the size of the table. */
export function growthChart(
  name: string,
  { growth }: KernelRun,
  kind: TableKind,
  subtitle: string,
): Chart | undefined {
  const tables = growth.filter((figures) => figures.kind === kind);
  if (tables.length < 2) return undefined;
  const what = kind === 'uniform' ? 'services alike, one destination each' : 'services of every kind';
  return {
    name,
    lines: {
      title: `Cost of one service as the table grows: ${what}`,
      subtitle: `${subtitle}; medians`,
      services: tables.map(({ services }) => services),
      lines: growthColours.map(([method, colour]) => ({
        name: readMethodNamed(method).shortLabel,
        colour,
        dashed: method === 'discard',
        values: tables.map((figures) => {
          const samples = samplesOf(figures, method);
          return samples && (median(samples) * 1000) / figures.services;
        }),
      })),
      unit: 'microseconds per service',
    },
  };
}

/** Returns all charts of the report. */
export function reportCharts(results: BenchResults, stored: StoredRun): Chart[] {
  const { kernel, userSpace } = results;
  const patched = newestPatched(stored);
  const here = hereSubtitle(results);
  const lab = patched && labSubtitle(patched);
  const growing =
    kernel.growth.length > 0 ? { run: kernel, text: here } : patched && { run: patched.run, text: lab! };
  return [
    ...(patched === undefined ? [] : [speedUpChart('speed-up-lab', patched.run, lab!)]),
    ...(kernel.tables.length === 0 ? [] : [speedUpChart('speed-up-here', kernel, here)]),
    ...(patched === undefined || patched.run.processes.length === 0
      ? []
      : [processChart('processes-lab', patched, stockOf(stored, patched))]),
    ...(userSpace.processes.length === 0 ? [] : [recordingChart('recording', userSpace, here)]),
    ...(userSpace.codec.length === 0 ? [] : [decodingChart('decoding', userSpace.codec, here)]),
    ...(growing === undefined
      ? []
      : (['uniform', 'mixed'] as const).flatMap(
          (kind) => growthChart(`growth-${kind}`, growing.run, kind, growing.text) ?? [],
        )),
  ];
}
