import { readFileSync } from 'node:fs';
import { ByteView, MessageWriter, type ServiceWithDestinations } from '../../protocol/index.ts';
import {
  type ExternalSubject,
  measureInTurn,
  type SamplingOptions,
  type Subject,
} from '../sampling/in-turn.ts';
import type { Samples } from '../sampling/samples.ts';
import { type Datagrams, readDatagramsFile } from '../tables/datagrams.ts';
import { type CDecoder, type RunningDecoder, startDecoder } from './c-decoder.ts';
import {
  decodeDump,
  decodeRecords,
  decodeWithNpmNetlink,
  encodeTable,
  readCounters,
  readFields,
  readRecordFields,
} from './codec-methods.ts';

/**
 * The methods that are compared, in the order in which they are measured. Each is measured alternately with libnl.
 */
const codecMethods = [
  'c-walk',
  'records',
  'records-fields',
  'decode',
  'decode-fields',
  'decode-counters',
  'npm-netlink',
  'encode',
] as const;

/** A method of decoding or encoding. */
export type CodecMethod = (typeof codecMethods)[number];

/** Labels of the methods in tables. */
export const codecLabels: Readonly<Record<CodecMethod, string>> = {
  records: 'into records',
  'records-fields': 'into records, every field read with a cursor',
  decode: 'into objects',
  'decode-fields': 'into objects, every field read',
  'decode-counters': 'into objects, all ten counters read',
  'npm-netlink': 'npm package netlink: attributes, no values',
  'c-walk': 'C, plain walk into structs',
  encode: 'encoding the requests that add the table',
};

/** The figure of one method: CPU time for the whole table, in milliseconds. */
interface CodecFigure {
  readonly method: CodecMethod;
  readonly samples: Samples;
  /** Number of bytes decoded or encoded. */
  readonly bytes: number;
  /** Samples of libnl in the C program on the same bytes, taken alternately with those of this method. */
  readonly libnl?: Samples;
}

/** The fixture, the table of a benchmark, or an adversarial table. */
type CodecInputKind = 'fixture' | 'benchmark' | 'adversarial';

/** The table that a measurement of the codec decodes and encodes. */
export interface CodecInput {
  readonly table: string;
  readonly kind: CodecInputKind;
  /** Description of where the datagrams were recorded. */
  readonly source: string;
  /** Offset of the datagrams in their buffer, in bytes, to decode unaligned ones. Default: 0. */
  readonly offset?: number;
}

/** Decoding and encoding of one table. */
export interface CodecFigures extends CodecInput {
  readonly services: number;
  readonly destinations: number;
  readonly figures: readonly CodecFigure[];
  /** Why there are no figures of the C decoder; absent if there are. */
  readonly noCDecoderReason?: string;
}

/** The options of measuring the codec. */
export interface CodecOptions extends Omit<SamplingOptions, 'seconds'> {
  /** Methods that are not measured. */
  readonly skipped: readonly CodecMethod[];
}

/** The methods that are measured on adversarial tables. */
const ADVERSARIAL_METHODS: readonly CodecMethod[] = ['records', 'decode-fields', 'decode-counters'];

/**
 * Measures decoding and encoding of the table in a file of datagrams, together with other decoders on the
 * same bytes, in about `seconds` seconds. Throws if the C program decodes another number of services or
 * destinations.
 */
export async function measureCodec(
  input: CodecInput,
  file: string,
  decoder: CDecoder,
  options: CodecOptions,
  seconds: number,
  progress: (text: string) => void,
): Promise<CodecFigures> {
  const end = performance.now() + seconds * 1000;
  const datagrams = readDatagramsFile(readFileSync(file), input.offset);
  const view = new ByteView(datagrams.bytes);
  const { services, destinations } = countObjects(decodeDump(datagrams, view));
  const decodedBytes = datagrams.bounds.reduce((sum, { start, end }) => sum + end - start, 0);
  const cDecoders = 'program' in decoder ? await startBoth(decoder.program, file) : undefined;
  for (const [method, counts] of Object.entries(cDecoders ?? {})) {
    if (counts.services !== services || counts.destinations !== destinations) {
      throw new Error(
        `${input.table}: ${services} services and ${destinations} destinations were decoded, ` +
          `C (${method}) found ${counts.services} and ${counts.destinations}`,
      );
    }
  }
  const chosen = codecMethods.filter(
    (method) =>
      !options.skipped.includes(method) &&
      (input.kind !== 'adversarial' || ADVERSARIAL_METHODS.includes(method)) &&
      (cDecoders !== undefined || method !== 'c-walk'),
  );
  const figures: CodecFigure[] = [];
  // One method after the other, each alternating with libnl only: memory used by other methods would make garbage
  // collection more expensive.
  const measure = async (
    method: CodecMethod,
    subject: Subject | ExternalSubject,
    methodsLeft: number,
    bytes = decodedBytes,
  ): Promise<void> => {
    const subjects = new Map<CodecMethod | 'libnl', Subject | ExternalSubject>([[method, subject]]);
    if (cDecoders !== undefined && method !== 'encode') subjects.set('libnl', cDecoders.libnl);
    const samples = await measureInTurn(
      subjects,
      { ...options, seconds: (end - performance.now()) / 1000 / methodsLeft },
      (_, round) => progress(`codec ${input.table}: ${method}, round ${round} of at most ${options.rounds}`),
      'cpu',
    );
    const libnl = samples.get('libnl');
    figures.push({ method, samples: samples.get(method)!, bytes, ...(libnl && { libnl }) });
  };
  for (const [index, method] of chosen.entries()) {
    const methodsLeft = chosen.length - index;
    if (method === 'encode') {
      const table = decodeDump(datagrams, view);
      const writer = new MessageWriter();
      await measure(
        method,
        { run: () => encodeTable(table, writer) },
        methodsLeft,
        encodeTable(table, writer),
      );
    } else {
      const subject = method === 'c-walk' ? cDecoders!.walk : decoding(method, datagrams, view);
      await measure(method, subject, methodsLeft);
    }
  }
  for (const running of Object.values(cDecoders ?? {})) running.close();
  const reason = 'unavailable' in decoder ? { noCDecoderReason: decoder.unavailable } : {};
  return { ...input, services, destinations, figures, ...reason };
}

type DecodingMethod = Exclude<CodecMethod, 'encode' | 'c-walk'>;

/**
 * Returns a subject that decodes and drops the result: a retained table would make garbage collection more
 * expensive.
 */
function decoding(method: DecodingMethod, datagrams: Datagrams, view: ByteView): Subject {
  const runs: Readonly<Record<DecodingMethod, () => unknown>> = {
    records: () => decodeRecords(datagrams, view).length,
    'records-fields': () => readRecordFields(decodeRecords(datagrams, view)),
    decode: () => decodeDump(datagrams, view).length,
    'decode-fields': () => readFields(decodeDump(datagrams, view)),
    'decode-counters': () => readCounters(decodeDump(datagrams, view)),
    'npm-netlink': () => decodeWithNpmNetlink(datagrams),
  };
  return { run: runs[method] };
}

/** Starts both decoders of the C program on a file. */
async function startBoth(
  program: string,
  file: string,
): Promise<Readonly<Record<'walk' | 'libnl', RunningDecoder>>> {
  return {
    walk: await startDecoder(program, file, 'walk'),
    libnl: await startDecoder(program, file, 'libnl'),
  };
}

function countObjects(table: readonly ServiceWithDestinations[]): {
  readonly services: number;
  readonly destinations: number;
} {
  return {
    services: table.length,
    destinations: table.reduce((sum, service) => sum + service.destinations.length, 0),
  };
}
