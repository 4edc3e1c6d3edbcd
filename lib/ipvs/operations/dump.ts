import { type GenericFamily, OperationFlag } from '../../../protocol/genetlink/index.ts';
import {
  Command,
  type Destination,
  type GrowingService,
  type Service,
  ServiceAssembler,
  type ServiceKey,
  ServiceRecords,
  type ServiceWithDestinations,
  serviceKeyText,
  uniqueDestinations,
} from '../../../protocol/ipvs/index.ts';
import { KernelError, UnsupportedError } from '../../netlink/errors.ts';
import { Delivery, type Operation, perform, streamDump } from '../../netlink/request/operation.ts';
import { costOf, type Dump, type DumpCost, type DumpOptions, type RecordDump } from '../dump.ts';
import { isNotFound } from '../explanations.ts';
import * as requests from '../requests.ts';
import { IpvsCall } from '../requests.ts';
import { ask, askOne, type Context, withFamily } from './context.ts';

/**
 * Whether a kernel offers the single dump: operation 18 that can be dumped and not done. Some
 * vendors' kernels use the number for something else, with DO.
 */
export function offersSingleDump(family: GenericFamily): boolean {
  const operation = family.operations.find(({ id }) => id === Command.GET_SERVICE_DEST);
  return (
    operation !== undefined &&
    (operation.flags & (OperationFlag.DUMP | OperationFlag.DO)) === OperationFlag.DUMP
  );
}

/** All services, without their destinations. */
export function* services(context: Context): Operation<Service[]> {
  return eachServiceOnce(yield* ask(context, requests.getServices()));
}

/** The destinations of a service; where there are none it is asked for the service, too. */
export function* destinations(context: Context, key: ServiceKey): Operation<Destination[]> {
  const found = yield* eachDestinationOnce(context, key);
  if (found.length === 0) yield* askOne(context, requests.getService(key));
  return found;
}

/** The whole table, or one service. */
export function* dump(context: Context, options: DumpOptions): Operation<Dump> {
  const before = { ...context.statistics };
  const { strategy = 'auto', service } = options;
  const table =
    strategy === 'per-service'
      ? yield* dumpPerService(context, options)
      : yield* withFamily(context, function* (family) {
          return takesSingleDump(family, strategy)
            ? yield* singleDump(context, family, service)
            : yield* dumpPerService(context, options);
        });
  return { ...table, ...costOf(before, context.statistics) };
}

/** What {@link dump} reads, as records. */
export function* records(context: Context, options: DumpOptions): Operation<RecordDump> {
  const before = { ...context.statistics };
  const { strategy = 'auto', service } = options;
  const read = yield* withFamily(context, function* (family): Operation<Omit<RecordDump, keyof DumpCost>> {
    if (strategy === 'per-service' || !takesSingleDump(family, strategy)) {
      const found = yield* recordsPerService(context, options);
      return { strategy: 'per-service', consistency: 'unknown', services: found };
    }
    const verified = yield* marksInterruptedDumps(context, family);
    const found = new ServiceRecords({ merge: !verified });
    const request = requests.getServicesWithDestinations(found, () => found, service);
    yield* perform(new IpvsCall(family, request, context.damage));
    return { strategy: 'single', consistency: verified ? 'verified' : 'unknown', services: found };
  });
  return { ...read, ...costOf(before, context.statistics) };
}

function* recordsPerService(
  context: Context,
  { service: key, leaveOut }: DumpOptions,
): Operation<ServiceRecords> {
  const found = new ServiceRecords({ merge: true });
  yield* unlessMissing(ask(context, requests.getServicesInto(found, key)));
  const cursor = found.cursor();
  const leftOut = new Set<number>();
  while (cursor.nextService()) {
    const { index } = cursor;
    const known = cursor.service.key;
    try {
      yield* ask(context, requests.getDestinationsInto(found, index, cursor.service));
      if (found.destinationCount(index) > 0) continue;
      const there = yield* unlessMissing(ask(context, requests.getService(known)));
      if (there === undefined) leftOut.add(index);
    } catch (error) {
      if (leaveOut?.(known, error) !== true) throw error;
      leftOut.add(index);
    }
  }
  found.remove(leftOut);
  return found;
}

/** Delivers what {@link dump} gives, as it comes. */
export function* stream(context: Context, options: DumpOptions): Operation<void, ServiceWithDestinations> {
  const { strategy = 'auto', service } = options;
  if (strategy === 'per-service') {
    yield* streamPerService(context, options);
    return;
  }
  yield* withFamily(context, function* (family): Operation<void, ServiceWithDestinations> {
    if (!takesSingleDump(family, strategy)) {
      yield* streamPerService(context, options);
      return;
    }
    const assembler = new ServiceAssembler({ merge: false });
    const call = new IpvsCall(
      family,
      requests.getServicesWithDestinations(assembler, () => assembler.rest(), service),
      context.damage,
    );
    yield* streamDump(call, () => assembler.take());
    yield new Delivery(assembler.rest());
  });
}

type Table = Pick<Dump, 'strategy' | 'consistency' | 'services'>;

function takesSingleDump(family: GenericFamily, strategy: 'auto' | 'single'): boolean {
  const offered = offersSingleDump(family);
  if (offered || strategy === 'auto') return offered;
  throw new UnsupportedError(
    'this kernel does not offer the single dump (GET_SERVICE_DEST); use another strategy',
  );
}

function* singleDump(context: Context, family: GenericFamily, key: ServiceKey | undefined): Operation<Table> {
  const verified = yield* marksInterruptedDumps(context, family);
  const assembler = new ServiceAssembler({ merge: !verified });
  const request = requests.getServicesWithDestinations(assembler, () => assembler.rest(), key);
  const services = yield* perform(new IpvsCall(family, request, context.damage));
  return { strategy: 'single', consistency: verified ? 'verified' : 'unknown', services };
}

function* dumpPerService(context: Context, options: DumpOptions): Operation<Table> {
  const found: ServiceWithDestinations[] = [];
  for (const received of yield* listServices(context, options.service)) {
    const whole = yield* withDestinations(context, received, options);
    if (whole !== undefined) found.push(whole);
  }
  return { strategy: 'per-service', consistency: 'unknown', services: found };
}

function* streamPerService(context: Context, options: DumpOptions): Operation<void, ServiceWithDestinations> {
  for (const received of yield* listServices(context, options.service)) {
    const whole = yield* withDestinations(context, received, options);
    if (whole !== undefined) yield new Delivery([whole]);
  }
}

/** The services to ask the destinations of: all, each once, or the one asked for. */
function* listServices(context: Context, key: ServiceKey | undefined): Operation<GrowingService[]> {
  if (key === undefined) return eachServiceOnce(yield* ask(context, requests.getServicesToComplete()));
  return (yield* unlessMissing(ask(context, requests.getServiceToComplete(key)))) ?? [];
}

/**
 * A service with its destinations; `undefined` when it has leftOut. The kernel answers with an
 * empty dump both for a service without destinations and for one that is not there.
 */
function* withDestinations(
  context: Context,
  service: GrowingService,
  { leaveOut }: DumpOptions,
): Operation<ServiceWithDestinations | undefined> {
  let found: Destination[];
  try {
    found = yield* eachDestinationOnce(context, service);
  } catch (error) {
    if (leaveOut?.(service, error) !== true) throw error;
    return undefined;
  }
  if (found.length === 0) {
    const there = yield* unlessMissing(ask(context, requests.getService(service)));
    if (there === undefined) return undefined;
  }
  service.destinations.push(...found);
  return service;
}

/** What an operation comes to; `undefined` where what it is about is not there. */
function* unlessMissing<Result>(operation: Operation<Result>): Operation<Result | undefined> {
  try {
    return yield* operation;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Services by key: upstream's dump resumes by index, so a change in the meantime can make it repeat one. */
function eachServiceOnce<Item extends Service>(found: readonly Item[]): Item[] {
  return [...new Map(found.map((service) => [serviceKeyText(service), service])).values()];
}

/** Destinations: their dump, too, resumes by index and can repeat some. */
function* eachDestinationOnce(context: Context, key: ServiceKey): Operation<Destination[]> {
  const found = yield* ask(context, requests.getDestinations(key));
  return found.length > 1 ? uniqueDestinations(found) : found;
}

/** What is known of families already: a module that is loaded anew registers another one. */
const marking = new WeakMap<GenericFamily, boolean>();

/**
 * Whether this kernel marks dumps during which the table changed: those that keep a generation
 * count say so in GET_INFO. It is asked once for each time that the family was looked up.
 */
function* marksInterruptedDumps(context: Context, known: GenericFamily): Operation<boolean> {
  let marks = marking.get(known);
  if (marks === undefined) {
    try {
      const { generation } = yield* askOne(context, requests.getInfo());
      marks = generation !== undefined;
    } catch (error) {
      // A capture need not hold GET_INFO.
      if (!(error instanceof KernelError)) throw error;
      marks = false;
    }
    marking.set(known, marks);
  }
  return marks;
}
