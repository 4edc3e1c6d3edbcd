import { type CodecFigures, type CodecMethod, codecLabels } from '../decoding/measure-codec.ts';
import {
  adversarialLimit,
  decodingLimits,
  slowestToFastestDecodingLimit,
  slowestToFastestEncodingLimit,
} from '../limits.ts';
import { independentRatio, type RatioEstimate } from '../sampling/ratio.ts';
import { median } from '../sampling/samples.ts';
import type { TableKind } from '../tables/benchmark-tables.ts';
import { byCost, costs, libnlRatio } from './ratios.ts';
import {
  bytesText,
  microsecondsText,
  millisecondsText,
  NO_FIGURE,
  type ReportTable,
  textWithLimit,
} from './text.ts';

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** The methods that are compared over all tables. */
export const comparedMethods: readonly (readonly [method: CodecMethod, short: string])[] = [
  ['records', 'records'],
  ['decode-fields', 'every field'],
  ['decode-counters', 'every counter'],
];

/** Returns the tables about the codec: an overview, a comparison of the kinds, then one for each benchmark table. */
export function codecTables(codec: readonly CodecFigures[]): ReportTable[] {
  if (codec.length === 0) return [];
  return [
    sizes(codec),
    overview(codec),
    comparison(codec),
    ...codec.filter(({ kind }) => kind !== 'adversarial').map(details),
  ];
}

/** Returns the limit of a method on a table, as a multiple of libnl's time. */
function limitOf(table: string, method: CodecMethod): number | undefined {
  return decodingLimits[table as TableKind]?.[method];
}

function sizes(codec: readonly CodecFigures[]): ReportTable {
  return {
    title: 'Decoding: the tables',
    head: ['table', 'services', 'destinations', 'bytes', 'encoding, per service or destination'],
    rows: codec.map((figures) => {
      const costPerObject = costs(figures, 'encode');
      return [
        figures.table,
        `${figures.services}`,
        `${figures.destinations}`,
        bytesText(figures.figures[0]?.bytes ?? Number.NaN),
        costPerObject === undefined ? NO_FIGURE : microsecondsText(median(costPerObject)),
      ];
    }),
  };
}

function overview(codec: readonly CodecFigures[]): ReportTable {
  return {
    title: "Decoding: times libnl's processor time on the same bytes, and nanoseconds for each byte",
    head: ['table', ...comparedMethods.flatMap(([, short]) => [short, 'ns'])],
    rows: codec.map((figures) => [
      figures.table,
      ...comparedMethods.flatMap(([method]) => {
        const costPerByte = costs(figures, method);
        return [
          textWithLimit(libnlRatio(figures, method), limitOf(figures.table, method)),
          costPerByte === undefined
            ? NO_FIGURE
            : (median(costPerByte) * NANOSECONDS_PER_MILLISECOND).toFixed(2),
        ];
      }),
    ]),
    notes: [
      'processor time of all threads, garbage collection included; <=: the limit, !<= if the whole interval exceeds it',
    ],
  };
}

/** The ratio of a figure between two tables. */
export interface Comparison {
  readonly description: string;
  readonly fast: string;
  readonly slow: string;
  readonly ratio: RatioEstimate | undefined;
  readonly limit: number;
}

/** Compares the slowest with the fastest kind of table, and adversarial tables with the uniform one. */
export function comparisons(codec: readonly CodecFigures[]): Comparison[] {
  const against = (
    description: string,
    method: CodecMethod,
    slow: CodecFigures,
    fast: CodecFigures,
    limit: number,
  ): Comparison => ({
    description,
    fast: fast.table,
    slow: slow.table,
    ratio: independentRatio(costs(slow, method), costs(fast, method)),
    limit,
  });
  const kinds = [...comparedMethods, ['encode', 'encoding'] as const].flatMap(([method, short]) => {
    const sorted = byCost(codec, 'benchmark', method);
    if (sorted.length < 2) return [];
    const limit = method === 'encode' ? slowestToFastestEncodingLimit : slowestToFastestDecodingLimit;
    return [against(`kinds: ${short}`, method, sorted.at(-1)!, sorted[0]!, limit)];
  });
  const adversarial = comparedMethods.flatMap(([method, short]) => {
    const uniform = byCost(codec, 'benchmark', method).find(({ table }) => table === 'uniform');
    if (uniform === undefined) return [];
    return byCost(codec, 'adversarial', method)
      .toReversed()
      .map((figures) => against(`adversarial: ${short}`, method, figures, uniform, adversarialLimit));
  });
  return [...kinds, ...adversarial];
}

function comparison(codec: readonly CodecFigures[]): ReportTable {
  return {
    title: 'Decoding: tables against each other, for each byte (encoding: for each service or destination)',
    head: ['what', 'fast', 'slow', 'slow / fast'],
    rows: comparisons(codec).map(({ description, fast, slow, ratio, limit }) => [
      description,
      fast,
      slow,
      textWithLimit(ratio, limit),
    ]),
  };
}

/** Returns the table about decoding and encoding one benchmark table. */
function details(codec: CodecFigures): ReportTable {
  const { services, figures } = codec;
  const libnl = figures.find((figure) => figure.libnl !== undefined);
  const rows = figures.map((figure) => ({ label: codecLabels[figure.method], ...figure }));
  if (libnl?.libnl !== undefined)
    rows.push({ ...libnl, label: 'C, libnl nla_parse_nested into structs', samples: libnl.libnl });
  return {
    title: `Decoding ${codec.table}: ${services} services, ${codec.destinations} destinations`,
    head: ['method', 'processor time', 'MB/s', "times libnl's"],
    rows: rows.map(({ label, method, samples, bytes }) => {
      const time = median(samples);
      return [
        label,
        millisecondsText(time),
        (bytes / time / 1000).toFixed(0),
        label === codecLabels[method]
          ? textWithLimit(libnlRatio(codec, method), limitOf(codec.table, method))
          : '1.00x',
      ];
    }),
    notes: [
      `datagrams: ${codec.source}`,
      ...(codec.noCDecoderReason === undefined ? [] : [`no figures of C: ${codec.noCDecoderReason}`]),
    ],
  };
}
