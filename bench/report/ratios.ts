import type { CodecFigures, CodecWay } from '../decoding/measure-codec.ts';
import type { ProcessFigures } from '../processes/measure-processes.ts';
import type { ProgramName } from '../processes/programs.ts';
import type { TableFigures } from '../reading/measure-table.ts';
import type { WayName } from '../reading/ways.ts';
import { type Interval, independentRatio, pairedRatio } from '../sampling/ratio.ts';
import { median, type Samples } from '../sampling/samples.ts';
import { publicWorkloads } from '../tables/workloads.ts';

/** The samples of a way of reading. */
export function samplesOf(table: TableFigures | undefined, way: WayName): Samples | undefined {
  return table?.ways.find((figure) => figure.way === way)?.samples;
}

/** How many times longer one way of reading a table took than another. */
export function readingRatio(
  table: TableFigures | undefined,
  way: WayName,
  other: WayName,
): Interval | undefined {
  return pairedRatio(samplesOf(table, way), samplesOf(table, other));
}

/** The samples of a whole process. */
export function processSamples(
  figures: ProcessFigures | undefined,
  program: ProgramName,
): Samples | undefined {
  return figures?.programs.find((candidate) => candidate.program === program)?.samples;
}

/** How many times longer one whole process took than another on the same table. */
export function processRatio(
  figures: ProcessFigures | undefined,
  program: ProgramName,
  other: ProgramName,
): Interval | undefined {
  return pairedRatio(processSamples(figures, program), processSamples(figures, other));
}

/** The same of two kernels, measured one after the other. */
export function acrossKernels(
  figures: ProcessFigures | undefined,
  program: ProgramName,
  others: ProcessFigures | undefined,
  other: ProgramName,
): Interval | undefined {
  return independentRatio(processSamples(figures, program), processSamples(others, other));
}

/** What a way of decoding takes of libnl's time on the same bytes. */
export function libnlRatio(codec: CodecFigures, way: CodecWay): Interval | undefined {
  const figure = codec.figures.find((candidate) => candidate.way === way);
  return pairedRatio(figure?.samples, figure?.libnl);
}

/** Milliseconds for each byte, or where objects are encoded for each object. */
export function costs(codec: CodecFigures, way: CodecWay): Samples | undefined {
  const figure = codec.figures.find((candidate) => candidate.way === way);
  if (figure === undefined) return undefined;
  const units = way === 'encode' ? codec.services + codec.destinations : figure.bytes;
  return figure.samples.map((sample) => sample / units);
}

/**
 * The codec's tables of one kind that were measured in this way, the cheapest for each byte (or object)
 * first.
 */
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
 * The speed-up published in 2020 for a table of the public benchmark: whole processes of ipvsadm -Sn, stock
 * and changed.
 */
export function published(table: string): number | undefined {
  const times = publicWorkloads.find(({ name }) => name === table)?.published;
  return times && times.stock / times.changed;
}
