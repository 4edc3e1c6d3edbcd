import type { CodecFigures, CodecWay } from '../decoding/measure-codec.ts';
import type { ProcessFigures } from '../processes/measure-processes.ts';
import type { ProgramName } from '../processes/programs.ts';
import type { TableFigures } from '../reading/measure-table.ts';
import type { WayName } from '../reading/ways.ts';
import { type Interval, independentRatio, pairedRatio } from '../sampling/ratio.ts';
import { median, type Samples } from '../sampling/samples.ts';
import { publicWorkloads } from '../tables/workloads.ts';

/** Returns the samples of a way of reading. */
export function samplesOf(table: TableFigures | undefined, way: WayName): Samples | undefined {
  return table?.ways.find((figure) => figure.way === way)?.samples;
}

/** Returns the ratio of the times of two ways of reading a table. */
export function readingRatio(
  table: TableFigures | undefined,
  way: WayName,
  other: WayName,
): Interval | undefined {
  return pairedRatio(samplesOf(table, way), samplesOf(table, other));
}

/** Returns the samples of a program. */
export function processSamples(
  figures: ProcessFigures | undefined,
  program: ProgramName,
): Samples | undefined {
  return figures?.programs.find((candidate) => candidate.program === program)?.samples;
}

/** Returns the ratio of the times of two programs on the same table. */
export function processRatio(
  figures: ProcessFigures | undefined,
  program: ProgramName,
  other: ProgramName,
): Interval | undefined {
  return pairedRatio(processSamples(figures, program), processSamples(figures, other));
}

/** Returns the ratio of the times of two programs on two kernels, which were measured one after the other. */
export function acrossKernels(
  figures: ProcessFigures | undefined,
  program: ProgramName,
  others: ProcessFigures | undefined,
  other: ProgramName,
): Interval | undefined {
  return independentRatio(processSamples(figures, program), processSamples(others, other));
}

/** Returns the time of a way of decoding as a multiple of libnl's on the same bytes. */
export function libnlRatio(codec: CodecFigures, way: CodecWay): Interval | undefined {
  const figure = codec.figures.find((candidate) => candidate.way === way);
  return pairedRatio(figure?.samples, figure?.libnl);
}

/** Returns the cost of a way in milliseconds per byte, or, for encoding, per object. */
export function costs(codec: CodecFigures, way: CodecWay): Samples | undefined {
  const figure = codec.figures.find((candidate) => candidate.way === way);
  if (figure === undefined) return undefined;
  const units = way === 'encode' ? codec.services + codec.destinations : figure.bytes;
  return figure.samples.map((sample) => sample / units);
}

/** Returns the tables of one kind that were measured in this way, sorted by cost, the cheapest first. */
export function byCost(
  codec: readonly CodecFigures[],
  kind: CodecFigures['kind'],
  way: CodecWay,
): CodecFigures[] {
  return codec
    .filter((figures) => figures.kind === kind && costs(figures, way) !== undefined)
    .sort((a, b) => median(costs(a, way)!) - median(costs(b, way)!));
}

/**
 * Returns the published speed-up of a table (see `publicWorkloads`): whole processes of ipvsadm -Sn, stock
 * against patched kernel.
 */
export function published(table: string): number | undefined {
  const times = publicWorkloads.find(({ name }) => name === table)?.published;
  return times && times.stock / times.patched;
}
