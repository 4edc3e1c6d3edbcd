import { channel } from 'node:diagnostics_channel';
import { type GenericFamily, OperationFlag } from '../../../protocol/genetlink/index.ts';
import {
  Command,
  type Destination,
  type Service,
  ServiceAssembler,
  type ServiceKey,
  ServiceRecords,
  type ServiceWithDestinations,
  serviceKeyText,
  uniqueDestinations,
} from '../../../protocol/ipvs/index.ts';
import { KernelError, UnsupportedError } from '../../netlink/errors.ts';
import {
  CANCELLATION_POINT,
  Delivery,
  type Operation,
  perform,
  streamDump,
} from '../../netlink/request/operation.ts';
import {
  costOf,
  type Dump,
  type DumpCost,
  type DumpEnded,
  type DumpOptions,
  type RecordDump,
  type RecordDumpOptions,
} from '../dump.ts';
import * as requests from '../requests/index.ts';
import { IpvsCall } from '../requests/ipvs-call.ts';
import { confirmed } from './confirm.ts';
import { type Context, family, send, sendForOne, unlessMissing, withFamily } from './context.ts';
import { DestinationReader } from './destination-reader.ts';

/** The diagnostics channel on which each successful dump is published, as a {@link DumpEnded}. */
const dumpChannel = channel('ipvs-netlink:dump');

/**
 * Whether a kernel offers the single dump: operation 18 with DUMP and without DO. Some
 * vendors' kernels use the number for another operation, with DO.
 */
export function offersSingleDump(family: GenericFamily): boolean {
  const operation = family.operations.find(({ id }) => id === Command.GET_SERVICE_DEST);
  return (
    operation !== undefined &&
    (operation.flags & (OperationFlag.DUMP | OperationFlag.DO)) === OperationFlag.DUMP
  );
}

/** Reads all services, each once, without their destinations. */
export function* services(context: Context): Operation<Service[]> {
  const listed = yield* send(context, requests.getServices());
  // The dump of a stock kernel resumes by index, so that a change meanwhile can make it repeat a service.
  return [...new Map(listed.map((service) => [serviceKeyText(service), service])).values()];
}

/** Reads the destinations of a service, each once; if there are none, checks that the service exists. */
export function* destinations(context: Context, key: ServiceKey): Operation<Destination[]> {
  const dumped = yield* send(context, requests.getDestinations(key));
  // This dump resumes by index, too.
  const listed = dumped.length > 1 ? uniqueDestinations(dumped) : dumped;
  if (listed.length === 0) yield* sendForOne(context, requests.getService(key));
  return listed;
}

/** Reads the whole table, or one service, as objects. */
export function dump(context: Context, options: DumpOptions): Operation<Dump> {
  return measured(context, options, () => byStrategy(context, options, singleDump, dumpPerService));
}

/** Reads the whole table, or one service, as records. */
export function records(context: Context, options: RecordDumpOptions): Operation<RecordDump> {
  return measured(context, options, () =>
    byStrategy(context, options, singleDumpOfRecords, recordsPerService),
  );
}

/** Reads a table with `read`, measures the cost, and publishes the dump. */
function* measured<Read extends DumpWithoutCost | RecordDumpWithoutCost>(
  context: Context,
  options: DumpOptions,
  read: () => Operation<Read>,
): Operation<Read & DumpCost> {
  const before = { ...context.statistics };
  // Node loads `performance` lazily, which takes a millisecond.
  const started = dumpChannel.hasSubscribers ? performance.now() : 0;
  const table = yield* confirmed(options, read);
  const cost = costOf(before, context.statistics);
  if (dumpChannel.hasSubscribers) {
    const { strategy, consistency, services } = table;
    const milliseconds = performance.now() - started;
    const message: DumpEnded = { strategy, consistency, services: services.length, milliseconds, ...cost };
    dumpChannel.publish(message);
  }
  return { ...table, ...cost };
}

/** Delivers services with destinations while they are read. */
export function stream(context: Context, options: DumpOptions): Operation<void, ServiceWithDestinations> {
  return byStrategy(context, options, streamSingleDump, streamPerService);
}

/** Runs one of two operations: with the single dump, or with a request per service. */
function byStrategy<Options extends DumpOptions, Result, Item = never>(
  context: Context,
  options: Options,
  single: (context: Context, family: GenericFamily, options: Options) => Operation<Result, Item>,
  perService: (context: Context, options: Options) => Operation<Result, Item>,
): Operation<Result, Item> {
  const { strategy = 'auto' } = options;
  if (strategy === 'per-service') return perService(context, options);
  return withFamily(context, (ipvsFamily) => {
    if (offersSingleDump(ipvsFamily)) return single(context, ipvsFamily, options);
    if (strategy === 'auto') return perService(context, options);
    throw new UnsupportedError(
      'this kernel does not offer the single dump (GET_SERVICE_DEST); use another strategy',
    );
  });
}

type DumpWithoutCost = Omit<Dump, keyof DumpCost>;
type RecordDumpWithoutCost = Omit<RecordDump, keyof DumpCost>;

function* singleDump(
  context: Context,
  family: GenericFamily,
  { service }: DumpOptions,
): Operation<DumpWithoutCost> {
  const marksInterrupted = yield* marksInterruptedDumps(context, family);
  const assembler = new ServiceAssembler({ mergeRepeated: !marksInterrupted });
  const request = requests.getServicesWithDestinations(assembler, () => assembler.rest(), service);
  const services = yield* perform(new IpvsCall(family, request, context.malformed));
  return { strategy: 'single', consistency: marksInterrupted ? 'uninterrupted' : 'unknown', services };
}

function* singleDumpOfRecords(
  context: Context,
  family: GenericFamily,
  { service, counters }: RecordDumpOptions,
): Operation<RecordDumpWithoutCost> {
  const marksInterrupted = yield* marksInterruptedDumps(context, family);
  const services = new ServiceRecords({ mergeRepeated: !marksInterrupted, counters });
  const request = requests.getServicesWithDestinations(services, () => services, service);
  yield* perform(new IpvsCall(family, request, context.malformed));
  return { strategy: 'single', consistency: marksInterrupted ? 'uninterrupted' : 'unknown', services };
}

function* streamSingleDump(
  context: Context,
  family: GenericFamily,
  { service }: DumpOptions,
): Operation<void, ServiceWithDestinations> {
  const assembler = new ServiceAssembler({ mergeRepeated: false });
  const request = requests.getServicesWithDestinations(assembler, () => assembler.rest(), service);
  yield* streamDump(new IpvsCall(family, request, context.malformed), () => assembler.take());
  yield new Delivery(assembler.rest());
}

function* dumpPerService(context: Context, options: DumpOptions): Operation<DumpWithoutCost> {
  const { services: serviceRecords, ...table } = yield* recordsPerService(context, options);
  const cursor = serviceRecords.cursor();
  const services: ServiceWithDestinations[] = [];
  while (cursor.nextService()) {
    services.push(cursor.object());
    // Lets the event loop run.
    yield CANCELLATION_POINT;
  }
  return { ...table, services };
}

function* recordsPerService(context: Context, options: RecordDumpOptions): Operation<RecordDumpWithoutCost> {
  const services = yield* listServices(context, options);
  const reader = new DestinationReader(context, yield* family(context), services, options, services);
  const leftOut = new Set<number>();
  try {
    const cursor = services.cursor();
    while (cursor.nextService()) {
      if (!(yield* reader.read(cursor.service, cursor.index))) leftOut.add(cursor.index);
    }
  } finally {
    reader.close();
  }
  services.remove(leftOut);
  return { strategy: 'per-service', consistency: 'unknown', services };
}

function* streamPerService(context: Context, options: DumpOptions): Operation<void, ServiceWithDestinations> {
  const services = yield* listServices(context, options);
  const assembler = new ServiceAssembler({ mergeRepeated: true });
  const reader = new DestinationReader(context, yield* family(context), assembler, options, services);
  try {
    const cursor = services.cursor();
    while (cursor.nextService()) {
      const service = cursor.object();
      if (yield* reader.read(cursor.service, service)) yield new Delivery([service]);
    }
  } finally {
    reader.close();
  }
}

/** Reads all services, without duplicates, or the one in the options. */
function* listServices(
  context: Context,
  { service, counters }: RecordDumpOptions,
): Operation<ServiceRecords> {
  const services = new ServiceRecords({ mergeRepeated: true, counters });
  yield* unlessMissing(send(context, requests.getServicesInto(services, service)));
  return services;
}

/** Whether a kernel marks interrupted dumps, by family; after the module is reloaded, the family is a new object. */
const marksInterruptedByFamily = new WeakMap<GenericFamily, boolean>();

/**
 * Whether this kernel marks interrupted dumps, as those do that report a generation in GET_INFO. The result
 * is cached until the family is looked up again.
 */
function* marksInterruptedDumps(context: Context, ipvsFamily: GenericFamily): Operation<boolean> {
  let marksInterrupted = marksInterruptedByFamily.get(ipvsFamily);
  if (marksInterrupted === undefined) {
    try {
      const { generation } = yield* sendForOne(context, requests.getInfo());
      marksInterrupted = generation !== undefined;
    } catch (error) {
      // A capture may lack GET_INFO.
      if (!(error instanceof KernelError)) throw error;
      marksInterrupted = false;
    }
    marksInterruptedByFamily.set(ipvsFamily, marksInterrupted);
  }
  return marksInterrupted;
}
