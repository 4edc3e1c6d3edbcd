import { constants } from 'node:os';
import { type GenericFamily, OperationFlag } from '../../protocol/genetlink/index.ts';
import {
  Command,
  type Daemon,
  type Destination,
  type DestinationDefinition,
  type DestinationKey,
  FAMILY_NAME,
  type GrowingService,
  type Info,
  type Service,
  ServiceAssembler,
  type ServiceDefinition,
  type ServiceKey,
  type ServiceWithDestinations,
  serviceKeyText,
  serviceKeyValues,
  type Timeouts,
  uniqueDestinations,
} from '../../protocol/ipvs/index.ts';
import { DecodeError, FieldError } from '../../protocol/netlink/index.ts';
import { KernelError, ReplyLostError, UnsupportedError } from '../netlink/errors.ts';
import type { FamilyDirectory } from '../netlink/families/family-directory.ts';
import { type Operation, perform } from '../netlink/request/operation.ts';
import type { Dump, DumpOptions, DumpStrategy } from './dump.ts';
import { MODULE_HINT } from './hints.ts';
import * as requests from './requests.ts';
import { IpvsCall, type IpvsRequest } from './requests.ts';

const { ESRCH } = constants.errno;
const STRATEGIES: readonly DumpStrategy[] = ['auto', 'single', 'per-service'];

/** What the operations need of the client that runs them. */
export interface Context {
  readonly families: FamilyDirectory;
}

/** A dump without the costs, which only the connection knows. */
export type Table = Pick<Dump, 'strategy' | 'consistency' | 'services'>;

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

/** The family IPVS, known already or asked of nlctrl. */
export function family(context: Context): Operation<GenericFamily> {
  return context.families.family(FAMILY_NAME, MODULE_HINT);
}

/** Runs one request. */
function* ask<Result>(context: Context, request: IpvsRequest<Result>): Operation<Result> {
  const call = (known: GenericFamily) => perform(new IpvsCall(known, request));
  return yield* context.families.withFamily(FAMILY_NAME, call, MODULE_HINT);
}

/** A request as a call, for drivers that run it in their own way. */
export function* callTo<Result>(context: Context, request: IpvsRequest<Result>): Operation<IpvsCall<Result>> {
  return new IpvsCall(yield* family(context), request);
}

/** Runs one request that is answered by exactly one message. */
function* askOne<Item>(context: Context, request: IpvsRequest<Item[]>): Operation<Item> {
  const [item] = yield* ask(context, request);
  if (item === undefined) throw new DecodeError(`${request.command} was acknowledged without a reply`, 0);
  return item;
}

/** All services, without their destinations. */
export function* services(context: Context): Operation<Service[]> {
  return eachServiceOnce(yield* ask(context, requests.getServices()));
}

/** Services by key: upstream's dump resumes by index, so a change in the meantime can make it repeat one. */
function eachServiceOnce<Item extends Service>(found: readonly Item[]): Item[] {
  return [...new Map(found.map((service) => [serviceKeyText(service), service])).values()];
}

/**
 * The way in which a dump will be made. Throws a FieldError for options that no kernel could serve,
 * before anything is asked, and an UnsupportedError for a strategy that this kernel lacks.
 */
export function* chooseStrategy(
  context: Context,
  options: DumpOptions,
): Operation<Exclude<DumpStrategy, 'auto'>> {
  const { strategy: wanted = 'auto', service: key } = options;
  if (!STRATEGIES.includes(wanted))
    throw new FieldError('strategy', wanted, `must be one of ${STRATEGIES.join(', ')}`);
  if (key !== undefined) serviceKeyValues(key);
  if (wanted === 'per-service') return wanted;
  if (offersSingleDump(yield* family(context))) return 'single';
  if (wanted === 'auto') return 'per-service';
  throw new UnsupportedError(
    'this kernel does not offer the single dump (GET_SERVICE_DEST); use another strategy',
  );
}

/** The whole table, or one service. */
export function* dump(context: Context, options: DumpOptions): Operation<Table> {
  const strategy = yield* chooseStrategy(context, options);
  if (strategy === 'single') return yield* singleDump(context, options);
  const found: ServiceWithDestinations[] = [];
  for (const received of yield* listServices(context, options.service)) {
    const whole = yield* withDestinations(context, received);
    if (whole !== undefined) found.push(whole);
  }
  return { strategy, consistency: 'unknown', services: found };
}

function* singleDump(context: Context, options: DumpOptions): Operation<Table> {
  const known = yield* family(context);
  const verified = yield* marksInterruptedDumps(context, known);
  const assembler = new ServiceAssembler({ merge: !verified });
  const services = yield* ask(context, requests.getServicesWithDestinations(assembler, options.service));
  // The module may have been loaded anew meanwhile, built in another way (rule 16).
  if ((yield* family(context)) !== known) return yield* dump(context, options);
  return { strategy: 'single', consistency: verified ? 'verified' : 'unknown', services };
}

/** The services to ask the destinations of: all, each once, or the one asked for. */
export function* listServices(context: Context, key: ServiceKey | undefined): Operation<GrowingService[]> {
  if (key !== undefined) {
    try {
      return yield* ask(context, requests.getServiceToComplete(key));
    } catch (error) {
      if (error instanceof KernelError && error.errno === ESRCH) return [];
      throw error;
    }
  }
  return eachServiceOnce(yield* ask(context, requests.getServicesToComplete()));
}

/**
 * A service with its destinations; `undefined` when it has vanished. The kernel answers with an
 * empty dump both for a service without destinations and for one that is not there.
 */
export function* withDestinations(
  context: Context,
  service: GrowingService,
): Operation<ServiceWithDestinations | undefined> {
  const destinations = yield* ask(context, requests.getDestinations(service));
  if (destinations.length === 0) {
    try {
      yield* ask(context, requests.getService(service));
    } catch (error) {
      if (error instanceof KernelError && error.errno === ESRCH) return undefined;
      throw error;
    }
  }
  service.destinations.push(...uniqueDestinations(destinations));
  return service;
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

// The operations of IpvsMethods that are one request. Bad input throws a FieldError at the call.

export const info = (context: Context): Operation<Info> => askOne(context, requests.getInfo());

export const service = (context: Context, key: ServiceKey): Operation<Service> =>
  askOne(context, requests.getService(key));

export const destinations = (context: Context, key: ServiceKey): Operation<Destination[]> =>
  eachOnce(context, requests.getDestinations(key));

export const addService = (context: Context, service: ServiceDefinition): Operation<void> =>
  ask(context, requests.newService(service));

export const updateService = (context: Context, service: ServiceDefinition): Operation<void> =>
  ask(context, requests.setService(service));

export const deleteService = (context: Context, key: ServiceKey): Operation<void> =>
  ask(context, requests.deleteService(key));

export const addDestination = (
  context: Context,
  service: ServiceKey,
  destination: DestinationDefinition,
): Operation<void> => ask(context, requests.newDestination(service, destination));

export const updateDestination = (
  context: Context,
  service: ServiceKey,
  destination: DestinationDefinition,
): Operation<void> => ask(context, requests.setDestination(service, destination));

export const deleteDestination = (
  context: Context,
  service: ServiceKey,
  destination: DestinationKey,
): Operation<void> => ask(context, requests.deleteDestination(service, destination));

export const zero = (context: Context, service?: ServiceKey): Operation<void> =>
  ask(context, requests.zero(service));

export const flush = (context: Context): Operation<void> => ask(context, requests.flush());

export const timeouts = (context: Context): Operation<Timeouts> => askOne(context, requests.getTimeouts());

export const setTimeouts = (context: Context, timeouts: Timeouts): Operation<void> =>
  ask(context, requests.setTimeouts(timeouts));

export const daemons = (context: Context): Operation<Daemon[]> => ask(context, requests.getDaemons());

export const startDaemon = (context: Context, daemon: Daemon): Operation<void> =>
  ask(context, requests.newDaemon(daemon));

export const stopDaemon = (context: Context, daemon: Pick<Daemon, 'role' | 'syncId'>): Operation<void> =>
  stopped(context, requests.deleteDaemon(daemon), daemon);

/** The destinations, each once: the kernel's dump resumes by index and can repeat some. */
function* eachOnce(context: Context, request: IpvsRequest<Destination[]>): Operation<Destination[]> {
  const found = yield* ask(context, request);
  return found.length > 1 ? uniqueDestinations(found) : found;
}

/**
 * Stops a daemon. The kernel does not acknowledge that for one whose thread had not begun to run
 * (kthread_stop gives EINTR, for which netlink_rcv_skb sends no ack), so without a reply it is asked
 * whether the daemon has gone.
 */
function* stopped(
  context: Context,
  request: IpvsRequest<void>,
  { role, syncId }: Pick<Daemon, 'role' | 'syncId'>,
): Operation<void> {
  try {
    yield* ask(context, request);
  } catch (error) {
    if (!(error instanceof ReplyLostError)) throw error;
    const running = yield* ask(context, requests.getDaemons());
    if (running.some((daemon) => daemon.role === role && daemon.syncId === syncId)) throw error;
  }
}
