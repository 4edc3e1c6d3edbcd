import { type ServiceWithDestinations, serviceKeyText } from '../../../protocol/ipvs/index.ts';
import { FamilyNotFoundError } from '../../netlink/errors.ts';
import { CANCELLATION_POINT, Delivery, type Operation, Pause } from '../../netlink/request/operation.ts';
import type { Dump } from '../dump.ts';
import { type Context, family, sendForOne } from '../operations/context.ts';
import { dump } from '../operations/dump.ts';
import * as requests from '../requests/index.ts';
import { addMissing } from './add-missing.ts';
import type { AvailabilityEvent, WatchEvent } from './events.ts';
import type { WatchOptions } from './options.ts';
import { destinationsOf, haveSameKeys, type Table, tableChanges } from './table-changes.ts';

const PERIOD = 1000;

/**
 * Maximum number of initial reads, until one shows nothing new, if the kernel cannot mark dumps as
 * consistent.
 */
const FIRST_READS = 5;

/**
 * The generation of a table, with the family's id: when the module is loaded again, the id changes and the
 * generation starts anew. `number` is undefined if the kernel does not count generations.
 */
interface Generation {
  readonly familyId: number;
  readonly number: number | undefined;
}

/** The result of reading the table. */
interface Read {
  /** The generation before the table was read: as long as it is the same, the table is unchanged. */
  readonly generation: Generation;
  readonly table: Map<string, ServiceWithDestinations>;
  readonly consistency: Dump['consistency'];
}

const EMPTY: Read = {
  generation: { familyId: 0, number: undefined },
  table: new Map(),
  consistency: 'uninterrupted',
};

/**
 * Delivers the changes of the table, see `IpvsMethods.watch`. It reads the table again after the consumer has
 * processed all changes of the last read, so that later changes become one net difference and only the last
 * table is stored.
 */
export function* watch(context: Context, options: WatchOptions): Operation<void, WatchEvent> {
  const { period = PERIOD } = options;
  let last = yield* firstRead(context, options);
  let readAt = performance.now();
  let isReadable = true;
  let loaded = true;
  const { consistency, table } = last;
  yield new Delivery<WatchEvent>([
    { event: 'snapshot', time: new Date(), consistency, services: [...table.values()] },
  ]);
  for (;;) {
    yield new Pause(Math.max(0, readAt + period - performance.now()));
    const events: AvailabilityEvent['event'][] = [];
    let next: Read | undefined;
    try {
      next = yield* nextRead(context, options, last);
    } catch (error) {
      // The deadline has passed, the signal was aborted or the client was closed.
      if (!(yield CANCELLATION_POINT)) throw error;
      readAt = performance.now();
      if (!(error instanceof FamilyNotFoundError)) {
        if (isReadable)
          yield new Delivery<WatchEvent>([{ event: 'unreadable', time: new Date(), error: error as Error }]);
        isReadable = false;
        continue;
      }
      if (loaded) events.push('module-unloaded');
      loaded = false;
      next = EMPTY;
    }
    readAt = performance.now();
    if (!isReadable) events.push('readable');
    isReadable = true;
    if (!loaded && next !== EMPTY) {
      events.push('module-loaded');
      loaded = true;
    }
    const time = new Date();
    if (events.length > 0)
      yield new Delivery<WatchEvent>(events.map((event) => ({ event, time }) as AvailabilityEvent));
    if (next === undefined) continue;
    const before: Table = last.table;
    last = next;
    // Without changes to deliver, it lets the event loop run.
    for (const changes of tableChanges(before, next.table, time))
      yield changes.length > 0 ? new Delivery<WatchEvent>(changes) : CANCELLATION_POINT;
  }
}

/**
 * Reads a table for the first time, repeatedly until nothing new shows up if the kernel cannot mark dumps as
 * consistent.
 */
function* firstRead(context: Context, options: WatchOptions): Operation<Read> {
  let last = yield* read(context, options);
  for (let reads = 1; last.consistency === 'unknown' && reads < FIRST_READS; reads++) {
    const next = yield* read(context, options);
    yield* addMissing(context, last.table, next.table);
    const consistency = showsNothingNew(last.table, next.table) ? 'confirmed' : next.consistency;
    last = { ...next, consistency };
  }
  return last;
}

function showsNothingNew(before: Table, after: Table): boolean {
  for (const [key, current] of after) {
    const previous = before.get(key);
    if (previous === undefined) return false;
    if (haveSameKeys(previous, current)) continue;
    const earlier = destinationsOf(previous);
    if ([...destinationsOf(current).keys()].some((destination) => !earlier.has(destination))) return false;
  }
  return true;
}

/** Reads a table again; returns undefined if its generation shows that nothing has changed. */
function* nextRead(context: Context, options: WatchOptions, last: Read): Operation<Read | undefined> {
  const generation = yield* readGeneration(context);
  if (
    generation.number !== undefined &&
    generation.number === last.generation.number &&
    generation.familyId === last.generation.familyId
  )
    return undefined;
  const next = yield* read(context, options, generation);
  if (next.consistency === 'unknown') yield* addMissing(context, last.table, next.table);
  return next;
}

function* read(context: Context, { strategy, service }: WatchOptions, before?: Generation): Operation<Read> {
  const generation = before ?? (yield* readGeneration(context));
  const { services, consistency } = yield* dump(context, { strategy, service });
  const table = new Map<string, ServiceWithDestinations>();
  for (const service of services) {
    table.set(serviceKeyText(service), service);
    // Lets the event loop run.
    yield CANCELLATION_POINT;
  }
  const { id } = yield* family(context);
  return {
    // Another id: the module was reloaded meanwhile.
    generation: id === generation.familyId ? generation : EMPTY.generation,
    table,
    consistency,
  };
}

function* readGeneration(context: Context): Operation<Generation> {
  const { generation } = yield* sendForOne(context, requests.getInfo());
  const { id } = yield* family(context);
  return { familyId: id, number: generation };
}
