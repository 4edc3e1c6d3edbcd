import type { CodecFigures, CodecMethod } from '../decoding/measure-codec.ts';
import type { ProcessFigures } from '../processes/measure-processes.ts';
import type { ProgramName } from '../processes/programs.ts';
import type { TableFigures } from '../reading/measure-table.ts';
import type { ReadMethodName } from '../reading/read-methods.ts';
import { independentRatio, pairedRatio, type RatioEstimate } from '../sampling/ratio.ts';
import { median, type Samples } from '../sampling/samples.ts';
import { publishedTables } from '../tables/benchmark-tables.ts';

/** Returns the samples of a method of reading. */
export function samplesOf(table: TableFigures | undefined, method: ReadMethodName): Samples | undefined {
  return table?.methods.find((figure) => figure.method === method)?.samples;
}

/** Returns the ratio of the times of two methods of reading a table. */
export function readingRatio(
  table: TableFigures | undefined,
  method: ReadMethodName,
  other: ReadMethodName,
): RatioEstimate | undefined {
  return pairedRatio(samplesOf(table, method), samplesOf(table, other));
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
): RatioEstimate | undefined {
  return pairedRatio(processSamples(figures, program), processSamples(figures, other));
}

/** Returns the ratio of the times of two programs on two kernels, which were measured one after the other. */
export function acrossKernels(
  figures: ProcessFigures | undefined,
  program: ProgramName,
  others: ProcessFigures | undefined,
  other: ProgramName,
): RatioEstimate | undefined {
  return independentRatio(processSamples(figures, program), processSamples(others, other));
}

/** Returns the time of a method of decoding as a multiple of libnl's on the same bytes. */
export function libnlRatio(codec: CodecFigures, method: CodecMethod): RatioEstimate | undefined {
  const figure = codec.figures.find((candidate) => candidate.method === method);
  return pairedRatio(figure?.samples, figure?.libnl);
}

/** Returns the cost of a method in milliseconds per byte, or, for encoding, per service or destination. */
export function costs(codec: CodecFigures, method: CodecMethod): Samples | undefined {
  const figure = codec.figures.find((candidate) => candidate.method === method);
  if (figure === undefined) return undefined;
  const units = method === 'encode' ? codec.services + codec.destinations : figure.bytes;
  return figure.samples.map((sample) => sample / units);
}

/** Returns the tables of one kind that were measured by this method, sorted by cost, the cheapest first. */
export function byCost(
  codec: readonly CodecFigures[],
  kind: CodecFigures['kind'],
  method: CodecMethod,
): CodecFigures[] {
  return codec
    .filter((figures) => figures.kind === kind && costs(figures, method) !== undefined)
    .sort((a, b) => median(costs(a, method)!) - median(costs(b, method)!));
}

/**
 * Returns the published speed-up of a table (see `publishedTables`): whole processes of ipvsadm -Sn, stock
 * against patched kernel.
 */
export function publishedSpeedUp(table: string): number | undefined {
  const times = publishedTables.find(({ name }) => name === table)?.published;
  return times && times.stock / times.patched;
}
