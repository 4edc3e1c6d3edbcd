import type { HostRun, KernelRun } from './figures.ts';
import { coldLimits, decodingLimits, dumpLimits } from './limits.ts';
import { comparisons } from './report/decoding-tables.ts';
import { libnlRatio, processRatio, readingRatio } from './report/ratios.ts';
import { intervalText } from './report/text.ts';
import type { Interval } from './sampling/ratio.ts';

/** A figure with its limit. */
export interface Checked {
  /** Description of the figure. */
  readonly what: string;
  /** Undefined if there were too few samples, or one side of the ratio is missing. */
  readonly interval: Interval | undefined;
  readonly limit: number;
}

/** Returns the figures of a kernel that have a limit. */
export function checkedOnKernel({ kind, tables, growth }: KernelRun): Checked[] {
  if (kind === 'fake') return [];
  return [...tables, ...growth].flatMap((figures) =>
    Object.entries(dumpLimits[figures.table] ?? {}).map(([method, limit]) => ({
      what: `dump ${figures.table} ${method}, times the lower bound`,
      interval: readingRatio(figures, method as 'single-sync', 'discard'),
      limit,
    })),
  );
}

/** Returns the figures measured without a kernel that have a limit. */
export function checkedOnHost({ codec, recordings }: HostRun): Checked[] {
  return [
    ...codec
      .filter(({ kind }) => kind === 'kind')
      .flatMap((figures) =>
        Object.entries(decodingLimits[figures.table as keyof typeof decodingLimits] ?? {}).map(
          ([method, limit]) => ({
            what: `codec ${figures.table} ${method}, times libnl`,
            interval: libnlRatio(figures, method as 'records'),
            limit,
          }),
        ),
      ),
    ...comparisons(codec).map(({ what, fast, slow, ratio, limit }) => ({
      what: `${what}, ${slow} against ${fast}`,
      interval: ratio,
      limit,
    })),
    ...recordings.flatMap((figures) => {
      const limit = coldLimits[figures.table];
      if (limit === undefined) return [];
      return [
        {
          what: `process ${figures.table}, ipvs from a recording, times an empty Node`,
          interval: processRatio(figures, 'ipvs-recording', 'empty-node'),
          limit,
        },
      ];
    }),
  ];
}

/** Returns the problems: figures whose whole interval exceeds the limit, and figures without an interval. */
export function problems(checked: readonly Checked[]): string[] {
  if (checked.length === 0) return ['nothing was measured that has a limit'];
  return checked.flatMap(({ what, interval, limit }) => {
    if (interval === undefined) return [`${what}: no interval`];
    return interval.low > limit ? [`${what}: ${intervalText(interval)}, limit ${limit}`] : [];
  });
}
