import type { KernelRun, UserSpaceRun } from './figures.ts';
import { decodingLimits, dumpLimits, processLimits } from './limits.ts';
import { comparisons } from './report/decoding-tables.ts';
import { libnlRatio, processRatio, readingRatio } from './report/ratios.ts';
import { intervalText } from './report/text.ts';
import type { RatioEstimate } from './sampling/ratio.ts';

/** A figure with its limit. */
export interface FigureWithLimit {
  /** Description of the figure. */
  readonly description: string;
  /** The ratio; undefined if there were too few samples, or one side of the ratio is missing. */
  readonly estimate: RatioEstimate | undefined;
  readonly limit: number;
}

/** Returns the figures of a kernel that have a limit. */
export function checkedOnKernel({ kind, tables, growth }: KernelRun): FigureWithLimit[] {
  if (kind === 'fake') return [];
  return [...tables, ...growth].flatMap((figures) =>
    Object.entries(dumpLimits[figures.table] ?? {}).map(([method, limit]) => ({
      description: `dump ${figures.table} ${method}, times the lower bound`,
      estimate: readingRatio(figures, method as 'single-sync', 'discard'),
      limit,
    })),
  );
}

/** Returns the figures measured in user space, without IPVS, that have a limit. */
export function checkedInUserSpace({ codec, processes }: UserSpaceRun): FigureWithLimit[] {
  return [
    ...codec
      .filter(({ kind }) => kind === 'benchmark')
      .flatMap((figures) =>
        Object.entries(decodingLimits[figures.table as keyof typeof decodingLimits] ?? {}).map(
          ([method, limit]) => ({
            description: `codec ${figures.table} ${method}, times libnl`,
            estimate: libnlRatio(figures, method as 'records'),
            limit,
          }),
        ),
      ),
    ...comparisons(codec).map(({ description, fast, slow, ratio, limit }) => ({
      description: `${description}, ${slow} against ${fast}`,
      estimate: ratio,
      limit,
    })),
    ...processes.flatMap((figures) => {
      const limit = processLimits[figures.table];
      if (limit === undefined) return [];
      return [
        {
          description: `process ${figures.table}, ipvs from a recording, times an empty Node program`,
          estimate: processRatio(figures, 'ipvs-recording', 'empty-node'),
          limit,
        },
      ];
    }),
  ];
}

/** Returns the problems: figures whose whole interval exceeds the limit, and figures without an interval. */
export function problems(checked: readonly FigureWithLimit[]): string[] {
  if (checked.length === 0) return ['nothing was measured that has a limit'];
  return checked.flatMap(({ description, estimate, limit }) => {
    if (estimate === undefined) return [`${description}: no interval`];
    return estimate.low > limit ? [`${description}: ${intervalText(estimate)}, limit ${limit}`] : [];
  });
}
