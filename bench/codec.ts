import { readFileSync } from 'node:fs';
import { ByteView, MessageWriter, type ServiceWithDestinations } from '../protocol/index.ts';
import { decodeDump, decodeWithNetlink, encodeTable, readCounters, readFields } from './codec-ways.ts';
import { readDatagramsFile } from './datagrams.ts';
import { type Effort, type Measurement, measureInTurn, type Outsider, type Subject } from './measure.ts';
import { type Yardstick, yardstickOutsider } from './yardstick.ts';

/** What is compared. */
export type CodecWay =
  | 'decode'
  | 'decode-fields'
  | 'decode-counters'
  | 'encode'
  | 'npm-netlink'
  | 'c-walk'
  | 'c-libnl';

/** What each is called in tables. */
export const codecLabels: Readonly<Record<CodecWay, string>> = {
  decode: 'decode',
  'decode-fields': 'decode, and read every field of every service and destination',
  'decode-counters': 'decode, and read all ten 64-bit counters of every service and destination',
  encode: 'encode: requests that add every service and destination again',
  'npm-netlink': 'npm package netlink: type and bytes of every attribute, no values',
  'c-walk': 'C, plain walk into structs',
  'c-libnl': 'C, libnl nla_parse_nested into structs',
};

/** One way's figure. */
interface CodecFigure {
  readonly way: CodecWay;
  readonly time: Measurement;
  /** Bytes decoded or encoded. */
  readonly bytes: number;
}

/** A recording, a kind of table, or a table made to be hard. */
type CodecTableKind = 'recording' | 'kind' | 'adversarial';

/** The datagrams of one table. */
export interface CodecTable {
  readonly table: string;
  readonly kind: CodecTableKind;
  /** Who made the datagrams. */
  readonly source: string;
  /** How many bytes behind a multiple of 4 each datagram begins in memory. Default: 0. */
  readonly offset?: number;
}

/** Decoding and encoding of one table. */
export interface CodecFigures extends CodecTable {
  readonly services: number;
  readonly destinations: number;
  readonly figures: readonly CodecFigure[];
  /** Why there are no figures of the C program; absent where there are. */
  readonly noYardstick?: string;
}

/** What is measured, and how thoroughly. */
export interface CodecEffort extends Effort {
  /** Left out: every way is measured. */
  readonly leftOut: readonly CodecWay[];
}

/** What is measured of adversarial tables. */
const ADVERSARIAL_WAYS: readonly CodecWay[] = ['decode-fields', 'decode-counters', 'c-libnl'];

/** They are small and many: half the effort is enough. */
function halved(effort: CodecEffort): CodecEffort {
  const { rounds, warm, time } = effort;
  return { ...effort, rounds: Math.ceil(rounds / 2), warm: warm / 2, time: time / 2 };
}

/**
 * Measures decoding and encoding of the table in a file of datagrams, beside others on the same bytes. Throws where the C program
 * finds other numbers of services and destinations in them.
 */
export async function measureCodec(
  about: CodecTable,
  file: string,
  yardstick: Yardstick,
  wholeEffort: CodecEffort,
  progress: (text: string) => void,
): Promise<CodecFigures> {
  const effort = about.kind === 'adversarial' ? halved(wholeEffort) : wholeEffort;
  const datagrams = readDatagramsFile(readFileSync(file), about.offset);
  const view = new ByteView(datagrams.bytes);
  const { services, destinations } = countObjects(decodeDump(datagrams, view));
  const decoded = datagrams.bounds.reduce((sum, { start, end }) => sum + end - start, 0);
  const wanted = (way: CodecWay): boolean =>
    !effort.leftOut.includes(way) && (about.kind !== 'adversarial' || ADVERSARIAL_WAYS.includes(way));
  const measure = (
    subjects: readonly (readonly [CodecWay, Subject | Outsider])[],
  ): Promise<Map<CodecWay, Measurement>> =>
    measureInTurn(
      new Map(subjects.filter(([way]) => wanted(way))),
      effort,
      (way, round) => progress(`codec ${about.table}: ${way}, round ${round} of ${effort.rounds}`),
      'cpu',
    );
  const decoders: [CodecWay, Subject | Outsider][] = [
    ['decode', () => decodeDump(datagrams, view)],
    ['decode-fields', () => readFields(decodeDump(datagrams, view))],
    ['decode-counters', () => readCounters(decodeDump(datagrams, view))],
    ['npm-netlink', () => decodeWithNetlink(datagrams)],
  ];
  if ('program' in yardstick) {
    for (const way of ['walk', 'libnl'] as const) {
      const outsider = await yardstickOutsider(yardstick.program, file, way);
      if (outsider.services !== services || outsider.destinations !== destinations) {
        throw new Error(
          `${about.table}: ${services} services and ${destinations} destinations were decoded, ` +
            `C (${way}) found ${outsider.services} and ${outsider.destinations}`,
        );
      }
      decoders.push([`c-${way}`, outsider]);
    }
  }
  const decoding = await measure(decoders);
  // The table to encode is made only now: while it is there, each collection costs decoding more.
  const table = wanted('encode') ? decodeDump(datagrams, view) : [];
  const writer = new MessageWriter();
  const encoded = encodeTable(table, writer);
  const encoding = await measure([['encode', () => encodeTable(table, writer)]]);
  return {
    ...about,
    services,
    destinations,
    figures: [...decoding, ...encoding].map(([way, time]) => ({
      way,
      time,
      bytes: way === 'encode' ? encoded : decoded,
    })),
    ...('missing' in yardstick ? { noYardstick: yardstick.missing } : {}),
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
