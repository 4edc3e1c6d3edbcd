import type { CodecWay } from './decoding/measure-codec.ts';
import type { WayName } from './reading/ways.ts';
import type { TableKind } from './tables/workloads.ts';

/**
 * Decoding a table, processor time as a share of libnl's on the same bytes, at most: some tenths above what
 * is measured, so that only what got slower fails. Aimed at are 0.5 for records, which they reach, and for
 * objects 0.7 and 1.0 on uniform tables, 1.2 and 1.6 on the others, which they do not: collecting what is
 * alive costs more than making it.
 */
export const decodingLimits: Readonly<Record<TableKind, Partial<Readonly<Record<CodecWay, number>>>>> = {
  uniform: { records: 0.6, 'decode-fields': 1.5, 'decode-counters': 1.8 },
  proxy: { records: 0.6, 'decode-fields': 1.45, 'decode-counters': 2.8 },
  edge: { records: 0.6, 'decode-fields': 1.45, 'decode-counters': 2.8 },
  mixed: { records: 0.6, 'decode-fields': 1.45, 'decode-counters': 2.8 },
};

/** How many times longer the slowest kind of table may take than the fastest to decode, for each byte. */
export const kindsLimit = 2;

/**
 * The same for encoding, for each object. Aimed at is 2; quick runs on busy machines scatter from 1.6 to 2.2.
 */
export const encodingKindsLimit = 2.5;

/** How many times longer an adversarial table may take for each byte than the uniform one. */
export const adversarialLimit = 3;

/**
 * Whole dumps with all objects made, as a multiple of reading the same datagrams and throwing them away, at
 * most.
 */
export const dumpLimits: Readonly<Record<string, Partial<Readonly<Record<WayName, number>>>>> = {
  '16000x1': { 'single-sync': 1.7, 'single-async': 1.3, 'single-records': 1.3 },
  mixed: { 'single-sync': 2.0, 'single-async': 1.5, 'single-records': 1.3 },
};

/**
 * A whole `ipvs -Sn` of a recording, from start to exit, as a multiple of an empty Node program, at most:
 * about a third above what is measured.
 */
export const coldLimits: Readonly<Record<string, number>> = { '1x1': 1.6, '1000x4': 4, '16000x1': 10 };
