import { readFileSync } from 'node:fs';
import { ByteView, MessageWriter, type ServiceWithDestinations } from '../protocol/index.ts';
import {
  decodeDump,
  decodeRecords,
  decodeWithNetlink,
  encodeTable,
  readCounters,
  readFields,
  readRecordFields,
} from './codec-ways.ts';
import { readDatagramsFile } from './datagrams.ts';
import { type Effort, type Measurement, measureInTurn, type Outsider, type Subject } from './measure.ts';
import { startYardstick, type Yardstick, type YardstickOutsider } from './yardstick.ts';

/** What is compared. */
export type CodecWay =
  | 'records'
  | 'records-fields'
  | 'decode'
  | 'decode-fields'
  | 'decode-counters'
  | 'encode'
  | 'npm-netlink'
  | 'c-walk'
  | 'c-libnl';

/** What each is called in tables. */
export const codecLabels: Readonly<Record<CodecWay, string>> = {
  records: 'decode into records',
  'records-fields':
    'decode into records, and read every field of every service and destination with a cursor',
  decode: 'decode into objects',
  'decode-fields': 'decode into objects, and read every field of every service and destination',
  'decode-counters': 'decode into objects, and read all ten 64-bit counters of every service and destination',
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
  /** The C program with libnl on the same bytes, in turn with this way. */
  readonly libnl?: Measurement;
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
const ADVERSARIAL_WAYS: readonly CodecWay[] = ['records', 'decode-fields', 'decode-counters', 'c-libnl'];

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
  const c = 'program' in yardstick ? await startBoth(yardstick.program, file) : undefined;
  for (const [way, found] of Object.entries(c ?? {})) {
    if (found.services !== services || found.destinations !== destinations) {
      throw new Error(
        `${about.table}: ${services} services and ${destinations} destinations were decoded, ` +
          `C (${way}) found ${found.services} and ${found.destinations}`,
      );
    }
  }
  const figures: CodecFigure[] = [];
  // One after the other, each in turn with libnl only: what others leave in memory would make collections dearer.
  const measure = async (way: CodecWay, subject: Subject | Outsider, bytes = decoded): Promise<void> => {
    if (!wanted(way)) return;
    const turn = new Map<CodecWay, Subject | Outsider>([[way, subject]]);
    if (c !== undefined && way !== 'encode') turn.set('c-libnl', c.libnl);
    const times = await measureInTurn(
      turn,
      effort,
      (_, round) => progress(`codec ${about.table}: ${way}, round ${round} of ${effort.rounds}`),
      'cpu',
    );
    const libnl = times.get('c-libnl');
    figures.push({ way, time: times.get(way)!, bytes, ...(libnl && { libnl }) });
  };
  // Each lets go of what it decoded, as a table that is kept makes collections dearer, too.
  await measure('records', () => decodeRecords(datagrams, view).length);
  await measure('records-fields', () => readRecordFields(decodeRecords(datagrams, view)));
  await measure('decode', () => decodeDump(datagrams, view).length);
  await measure('decode-fields', () => readFields(decodeDump(datagrams, view)));
  await measure('decode-counters', () => readCounters(decodeDump(datagrams, view)));
  await measure('npm-netlink', () => decodeWithNetlink(datagrams));
  if (c !== undefined) {
    await measure('c-walk', c.walk);
    const { libnl } = figures.at(-1)!;
    if (libnl !== undefined) figures.push({ way: 'c-libnl', time: libnl, bytes: decoded, libnl });
  }
  if (wanted('encode')) {
    const table = decodeDump(datagrams, view);
    const writer = new MessageWriter();
    await measure('encode', () => encodeTable(table, writer), encodeTable(table, writer));
  }
  for (const outsider of Object.values(c ?? {})) outsider.close();
  const missing = 'missing' in yardstick ? { noYardstick: yardstick.missing } : {};
  return { ...about, services, destinations, figures, ...missing };
}

/** Both ways of the C program, on the same file. */
async function startBoth(
  program: string,
  file: string,
): Promise<Readonly<Record<'walk' | 'libnl', YardstickOutsider>>> {
  return {
    walk: await startYardstick(program, file, 'walk'),
    libnl: await startYardstick(program, file, 'libnl'),
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
