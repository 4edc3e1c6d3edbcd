import { constants } from 'node:os';
import {
  type Destination,
  type Service,
  type ServiceWithDestinations,
  serviceKeyText,
} from '../../protocol/ipvs/index.ts';
import { ByteView } from '../../protocol/netlink/index.ts';
import { ConnectionSync } from '../connection-sync.ts';
import { KernelError } from '../errors.ts';
import { FamilyDirectory } from '../generic-netlink.ts';
import * as operations from '../ipvs/operations.ts';
import { getServices, type ReceivedService } from '../ipvs/requests.ts';
import { perform } from '../operation.ts';
import type { Transport } from '../transport.ts';
import { DestinationDumps, UnexpectedReply } from './destination-dumps.ts';
import { dumpRequests } from './dump-requests.ts';
import { Control, DUMPS_AT_A_TIME, HelperState, type SharedDumps, shareDumps } from './shared-dumps.ts';

const { ESRCH } = constants.errno;

/** From so many services on, another thread helps: it takes longer to start than fewer take to read. */
const MANY_SERVICES = 8192;

/** A thread that reads destinations on a socket of its own. */
export interface DumpHelper {
  /** The address of its socket. */
  readonly portId: number;
  close(): void;
}

/** The sockets and threads that {@link readPerService} works with. */
export interface DumpSockets {
  readonly forServices: Transport;
  readonly forDestinations: Transport;
  /** Starts a thread that helps; `undefined` where there is none to be had. */
  help(shared: SharedDumps): Promise<DumpHelper | undefined>;
}

/**
 * The whole table by a dump of the services and one for the destinations of each: what the client's
 * per-service dump gives, in less time. The sockets are used for nothing else, and not closed. A second
 * thread helps where there are `helpedFrom` services or more.
 *
 * Undefined where the kernel answers in a way that only the client is made for. Throws what it throws.
 */
export async function readPerService(
  sockets: DumpSockets,
  helpedFrom: number = MANY_SERVICES,
): Promise<ServiceWithDestinations[] | undefined> {
  const connection = new ConnectionSync(sockets.forServices);
  const context: operations.Context = { families: new FamilyDirectory() };
  const call = connection.perform(operations.callTo(context, getServices()));
  const services = eachOnce(connection.perform(perform(call)));

  /** The kernel's answer about a service that is gone is that of one without destinations. */
  const exists = (service: Service): boolean => {
    try {
      connection.perform(operations.service(context, service));
      return true;
    } catch (error) {
      if (error instanceof KernelError && error.errno === ESRCH) return false;
      throw error;
    }
  };

  try {
    const all = await readDestinations(services, call.type, sockets, helpedFrom);
    const found: ServiceWithDestinations[] = [];
    for (const [index, { service }] of services.entries()) {
      const destinations = all[index]!;
      if (destinations.length === 0 && !exists(service)) continue;
      const whole = service as Service & { destinations: Destination[] };
      whole.destinations = destinations;
      found.push(whole);
    }
    return found;
  } catch (error) {
    if (error instanceof UnexpectedReply) return undefined;
    throw error;
  }
}

/** A dump resumes by index, so a change in the meantime can make it repeat a service. */
function eachOnce(services: readonly ReceivedService[]): ReceivedService[] {
  const met = new Set<string>();
  return services.filter(({ service }) => met.size < met.add(serviceKeyText(service)).size);
}

async function readDestinations(
  services: readonly ReceivedService[],
  family: number,
  sockets: DumpSockets,
  helpedFrom: number,
): Promise<Destination[][]> {
  const requests = dumpRequests(services, family);
  const dumps = new DestinationDumps(sockets.forDestinations, family, requests);
  if (services.length < helpedFrom)
    return services.map(({ service }, index) => dumps.read(index, service.family));

  const shared = shareDumps(requests);
  const helper = await sockets.help(shared);
  try {
    const all: Destination[][] = new Array(services.length);
    for (;;) {
      const first = Atomics.add(shared.control, Control.NEXT, DUMPS_AT_A_TIME);
      if (first >= services.length) break;
      const end = Math.min(first + DUMPS_AT_A_TIME, services.length);
      for (let index = first; index < end; index++)
        all[index] = dumps.read(index, services[index]!.service.family);
    }
    if (helper !== undefined) awaitHelper(shared);
    const view = new ByteView(shared.replies);
    for (const [index, { service }] of services.entries()) {
      if (all[index] !== undefined) continue;
      const end = Atomics.load(shared.bounds, 2 * index + 1);
      all[index] =
        end === 0
          ? dumps.read(index, service.family)
          : dumps.decode(index, service.family, view, shared.bounds[2 * index]!, end, helper!.portId);
    }
    return all;
  } finally {
    helper?.close();
  }
}

/** How long the helper may take for what it has begun, in milliseconds; what is missing then is asked again. */
const PATIENCE = 2000;

function awaitHelper({ control }: SharedDumps): void {
  const { STATE } = Control;
  const { STARTING, RUNNING, ENDED } = HelperState;
  if (Atomics.compareExchange(control, STATE, STARTING, ENDED) === RUNNING)
    Atomics.wait(control, STATE, RUNNING, PATIENCE);
}
