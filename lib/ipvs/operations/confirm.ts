import {
  destinationKeyText,
  type ServiceRecords,
  type ServiceWithDestinations,
  serviceKeyText,
} from '../../../protocol/ipvs/index.ts';
import { DumpInterruptedError } from '../../netlink/errors.ts';
import type { Operation } from '../../netlink/request/operation.ts';
import type { Dump, DumpOptions, RecordDump } from '../dump.ts';

/** Maximum number of reads until two consecutive ones agree. */
const MAXIMUM_READS = 5;

type AnyDump = Pick<Dump | RecordDump, 'consistency' | 'services'>;

/**
 * Reads a table. With the option `confirm`, reads it again until two consecutive reads agree, unless the first
 * read is `uninterrupted`: the kernel sets NLM_F_DUMP_INTR on interrupted dumps, and did not set it on this one.
 *
 * Throws a DumpInterruptedError with the last of five reads if none agrees with the one before.
 */
export function* confirmed<Read extends AnyDump>(
  { confirm }: DumpOptions,
  read: () => Operation<Read>,
): Operation<Read> {
  let last = yield* read();
  if (confirm !== true || last.consistency === 'uninterrupted') return last;
  let contents = contentsOf(last.services);
  for (let reads = 1; reads < MAXIMUM_READS; reads++) {
    last = yield* read();
    const next = contentsOf(last.services);
    if (agree(contents, next)) return { ...last, consistency: 'confirmed' };
    contents = next;
  }
  throw new DumpInterruptedError('the table', last, MAXIMUM_READS);
}

function agree(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, text]) => b.get(key) === text);
}

/** Returns the settings of each service and its destinations as text, by the service's key. */
function contentsOf(services: Dump['services'] | ServiceRecords): Map<string, string> {
  const contents = new Map<string, string>();
  for (const service of objectsOf(services)) contents.set(serviceKeyText(service), comparableText(service));
  return contents;
}

function* objectsOf(services: Dump['services'] | ServiceRecords): Generator<ServiceWithDestinations> {
  if (!('cursor' in services)) {
    yield* services;
    return;
  }
  const cursor = services.cursor();
  while (cursor.nextService()) yield cursor.object();
}

/** Returns all values as text except those that traffic changes. */
function comparableText({ destinations, ...service }: ServiceWithDestinations): string {
  const lines = destinations.map((destination) => {
    const { activeConnections, inactiveConnections, persistentConnections, ...settings } = destination;
    return `${destinationKeyText(destination)} ${JSON.stringify(settings)}`;
  });
  return `${JSON.stringify(service)}\n${lines.sort().join('\n')}`;
}
