import { type CodecFigures, type CodecWay, codecLabels } from './codec.ts';
import { adversarialLimit, decodingLimits, kindsLimit } from './limits.ts';
import { type Measurement, pairedRatio, typical } from './measure.ts';
import { bytesText, limitedTimes, microseconds, milliseconds, percent, type Table } from './text.ts';
import type { TableKind } from './workloads.ts';

const NOTHING = '-';
const NANOSECONDS = 1e6;

/** The ways that are compared over all tables. */
const COMPARED: readonly (readonly [way: CodecWay, short: string])[] = [
  ['records', 'records'],
  ['decode-fields', 'every field'],
  ['decode-counters', 'every counter'],
];

/** Every table of the codec: all tables beside one another, the kinds against each other, then each alone. */
export function codecTables(codec: readonly CodecFigures[]): Table[] {
  if (codec.length === 0) return [];
  return [
    overview(codec),
    comparison(codec),
    ...codec.filter(({ kind }) => kind !== 'adversarial').map(details),
  ];
}

function timeOf({ figures }: CodecFigures, way: CodecWay): Measurement | undefined {
  return figures.find((figure) => figure.way === way)?.time;
}

/** What a way takes of libnl's time, with its limit. */
function libnlText({ table, figures }: CodecFigures, way: CodecWay): string {
  const figure = figures.find((candidate) => candidate.way === way);
  const ratio = pairedRatio(figure?.time, figure?.libnl);
  if (ratio === undefined) return NOTHING;
  return limitedTimes(ratio, decodingLimits[table as TableKind]?.[way]);
}

/** Nanoseconds for each byte. */
function perByte({ figures }: CodecFigures, way: CodecWay): number | undefined {
  const figure = figures.find((candidate) => candidate.way === way);
  return figure && (typical(figure.time) * NANOSECONDS) / figure.bytes;
}

/** Milliseconds for each service or destination that is encoded. */
function perObject(codec: CodecFigures): number | undefined {
  const time = timeOf(codec, 'encode');
  return time && typical(time) / (codec.services + codec.destinations);
}

function overview(codec: readonly CodecFigures[]): Table {
  return {
    title: 'Codec: every table',
    head: [
      'table',
      'services',
      'destinations',
      'bytes',
      'libnl, ns/byte',
      ...COMPARED.flatMap(([, short]) => [`${short}, ns/byte`, 'times libnl']),
      'encode, per object',
    ],
    rows: codec.map((figures) => {
      const { table, services, destinations } = figures;
      const byte = (way: CodecWay): string => perByte(figures, way)?.toFixed(2) ?? NOTHING;
      const object = perObject(figures);
      return [
        table,
        `${services}`,
        `${destinations}`,
        bytesText(figures.figures[0]?.bytes ?? Number.NaN),
        byte('c-libnl'),
        ...COMPARED.flatMap(([way]) => [byte(way), libnlText(figures, way)]),
        object === undefined ? NOTHING : microseconds(object),
      ];
    }),
    notes: [
      'processor time of all threads, garbage collection included; times libnl: the median of the ratios of each round',
      '~: the ratios of the rounds scatter, or are few',
    ],
  };
}

interface Cost {
  readonly table: string;
  readonly cost: number;
}

/** The slowest against the fastest kind of table, and adversarial tables against the uniform one. */
function comparison(codec: readonly CodecFigures[]): Table {
  const costs = (kind: CodecFigures['kind'], cost: (figures: CodecFigures) => number | undefined): Cost[] =>
    codec
      .filter((figures) => figures.kind === kind)
      .map((figures) => ({ table: figures.table, cost: cost(figures) ?? Number.NaN }))
      .filter((found) => !Number.isNaN(found.cost))
      .sort((a, b) => a.cost - b.cost);
  const row = (what: string, fast: Cost | undefined, slow: Cost | undefined, limit: number): string[] => [
    what,
    fast?.table ?? NOTHING,
    slow?.table ?? NOTHING,
    fast === undefined || slow === undefined
      ? NOTHING
      : limitedTimes({ ratio: slow.cost / fast.cost, steady: true }, limit),
  ];
  const kinds = (what: string, cost: (figures: CodecFigures) => number | undefined): string[] => {
    const found = costs('kind', cost);
    return row(what, found[0], found.at(-1), kindsLimit);
  };
  return {
    title: 'Codec: tables against each other',
    head: ['what', 'fast', 'slow', 'slow / fast'],
    rows: [
      ...COMPARED.map(([way, short]) =>
        kinds(`kinds: ${short}, per byte`, (figures) => perByte(figures, way)),
      ),
      kinds('kinds: encode, per object', perObject),
      ...COMPARED.flatMap(([way, short]) => {
        const cost = (figures: CodecFigures): number | undefined => perByte(figures, way);
        const uniform = costs('kind', cost).find(({ table }) => table === 'uniform');
        return costs('adversarial', cost)
          .toReversed()
          .map((found) => row(`adversarial: ${short}, per byte`, uniform, found, adversarialLimit));
      }),
    ],
  };
}

/** Decoding and encoding of one table. */
function details(codec: CodecFigures): Table {
  const { services, figures } = codec;
  return {
    title: `Codec ${codec.table}: ${services} services, ${codec.destinations} destinations`,
    head: ['way', 'processor time', 'spread', 'per service', 'MB/s', 'times libnl'],
    rows: figures.map(({ way, time, bytes }) => [
      codecLabels[way],
      milliseconds(typical(time)),
      percent(time.spread),
      microseconds(typical(time) / services),
      (bytes / typical(time) / 1000).toFixed(0),
      libnlText(codec, way),
    ]),
    notes: [
      `datagrams: ${codec.source}`,
      ...(codec.noYardstick === undefined ? [] : [`no figures of C: ${codec.noYardstick}`]),
    ],
  };
}
