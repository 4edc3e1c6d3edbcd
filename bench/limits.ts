import type { CodecMethod } from './decoding/measure-codec.ts';
import type { ReadMethodName } from './reading/read-methods.ts';
import type { TableKind } from './tables/benchmark-tables.ts';

/**
 * Maximum CPU time of decoding a table, as a multiple of libnl's on the same bytes. The limits are some
 * tenths above the measured figures, so that only regressions fail. The goals are 0.5 for records (0.43 to 0.55
 * measured), for every field 0.7 on uniform tables (0.82) and 1.2 on the others (0.87 to 1.10), and for every counter
 * 1.0 (1.14 to 1.21) and 1.6 (1.68 to 2.2). The last ones are missed because V8 copies the objects that are alive each
 * time it collects the bigints, which costs more than creating them.
 */
export const decodingLimits: Readonly<Record<TableKind, Partial<Readonly<Record<CodecMethod, number>>>>> = {
  uniform: { records: 0.7, 'decode-fields': 1.5, 'decode-counters': 1.8 },
  proxy: { records: 0.7, 'decode-fields': 1.45, 'decode-counters': 2.8 },
  edge: { records: 0.7, 'decode-fields': 1.45, 'decode-counters': 2.8 },
  mixed: { records: 0.7, 'decode-fields': 1.45, 'decode-counters': 2.8 },
};

/** Maximum ratio of the decoding time per byte between the slowest and the fastest kind of table. */
export const slowestToFastestDecodingLimit = 2;

/**
 * The same for encoding, per service or destination. The goal is 2; quick runs on busy machines vary from 1.6 to 2.2.
 */
export const slowestToFastestEncodingLimit = 2.5;

/** Maximum ratio of the decoding time per byte between an adversarial table and the uniform one. */
export const adversarialLimit = 3;

/** Maximum time of a whole dump, as a multiple of the time to read the same datagrams and discard them. */
export const dumpLimits: Readonly<Record<string, Partial<Readonly<Record<ReadMethodName, number>>>>> = {
  '16000x1': { 'single-sync': 1.7, 'single-async': 1.3, 'single-records': 1.3 },
  mixed: { 'single-sync': 2.0, 'single-async': 1.5, 'single-records': 1.3 },
};

/**
 * Maximum time of a whole `ipvs -Sn` process on a recording, as a multiple of an empty Node program: about a
 * third above the measured figures.
 */
export const processLimits: Readonly<Record<string, number>> = { '1x1': 2.4, '1000x4': 4.4, '16000x1': 8.4 };
