import { type RecordCursor, type Service, ServiceRecords } from '../../protocol/ipvs/index.ts';
import { ByteView } from '../../protocol/netlink/index.ts';
import { family } from '../ipvs/operations/context.ts';
import { ConnectionSync } from '../netlink/connection/connection-sync.ts';
import { FamilyDirectory } from '../netlink/families/family-directory.ts';
import type { Transport } from '../netlink/socket/transport.ts';
import { DestinationDump, type PieceTransport, type RawDestinations } from './destination-dump.ts';
import { type DestinationRequests, destinationRequests } from './destination-requests.ts';
import { UnexpectedReply } from './dump-parts.ts';
import { dumpServices } from './service-dump.ts';
import { Answer, Control, ENDED, GROUP, groupsOf, type SharedDumps, shareDumps } from './shared-dumps.ts';

/** A thread that reads destinations on a socket of its own. */
export interface DumpHelper {
  /** The address of its socket. */
  readonly portId: number;
  /** Gives it its work. */
  begin(shared: SharedDumps): void;
  close(): void;
}

/** The sockets and threads that {@link readPerService} works with. */
export interface DumpSockets {
  readonly forServices: Transport;
  readonly forDestinations: PieceTransport;
  /** How many services there must be for a thread to help. */
  readonly helpedFrom: number;
  /** Starts a thread that helps; `undefined` where there is none to be had. */
  help(): Promise<DumpHelper | undefined>;
}

/**
 * The whole table by a dump of the services and one for the destinations of each: what the client's
 * per-service dump gives, in less time. The sockets are used for nothing else, and not closed.
 *
 * `exists` asks for a service: the kernel's answer about one that is gone is that of one without destinations.
 *
 * Undefined where the kernel answers in a way that only the client is made for. Throws what it throws.
 */
export async function readPerService(
  sockets: DumpSockets,
  exists: (service: Service) => boolean,
): Promise<ServiceRecords | undefined> {
  const connection = new ConnectionSync(sockets.forServices);
  const { id } = connection.perform(
    family({ families: new FamilyDirectory(), statistics: connection.stats }),
  );
  let helper: DumpHelper | undefined;
  try {
    const services = new ServiceRecords({ merge: true });
    for (const _part of dumpServices(sockets.forServices, id, services)) {
      // It starts while the rest is read.
      if (services.length >= sockets.helpedFrom) helper ??= await sockets.help();
    }
    const destinations = new Destinations(services, id, sockets.forDestinations, exists);
    if (helper !== undefined) destinations.readWith(helper);
    destinations.readRest();
    destinations.finish();
    return services;
  } catch (error) {
    if (error instanceof UnexpectedReply) return undefined;
    throw error;
  } finally {
    helper?.close();
  }
}

/** How long the helper may take for what it has begun, in milliseconds; what is missing then is asked again. */
const PATIENCE = 2000;

class Destinations {
  readonly #services: ServiceRecords;
  readonly #cursor: RecordCursor;
  readonly #exists: (service: Service) => boolean;
  readonly #requests: DestinationRequests;
  readonly #dump: DestinationDump;
  /** Which services have been read, by number. */
  readonly #read: Uint8Array;
  readonly #vanished = new Set<number>();

  constructor(
    services: ServiceRecords,
    family: number,
    transport: PieceTransport,
    exists: (service: Service) => boolean,
  ) {
    this.#services = services;
    this.#cursor = services.cursor();
    this.#exists = exists;
    this.#requests = destinationRequests(services, family);
    this.#dump = new DestinationDump(transport, family, this.#requests);
    this.#read = new Uint8Array(services.length);
  }

  /** Reads with a helper as much as the two of them can. */
  readWith(helper: DumpHelper): void {
    const shared = shareDumps(this.#requests);
    const { control, read } = shared;
    const replies = new ByteView(shared.replies);
    const groups = groupsOf(this.#requests);
    helper.begin(shared);
    for (let decoded = 0, own = 0; decoded + own < groups; ) {
      const progress = Atomics.load(control, Control.READ);
      // What the helper has read goes first: it reads on meanwhile.
      if (decoded < (progress & ~ENDED)) {
        this.#decodeGroup(read[decoded++]!, shared, replies, helper.portId);
        continue;
      }
      const group = Atomics.add(control, Control.NEXT, 1);
      if (group < groups) {
        this.#readGroup(group);
        own++;
      } else if ((progress & ENDED) !== 0) return;
      else if (Atomics.wait(control, Control.READ, progress, PATIENCE) === 'timed-out') return;
    }
  }

  /** Reads all that has not been read yet. */
  readRest(): void {
    for (let group = 0; group < groupsOf(this.#requests); group++) this.#readGroup(group);
  }

  /** Leaves out what has vanished. */
  finish(): void {
    this.#services.finish();
    this.#services.remove(this.#vanished);
  }

  #readGroup(group: number): void {
    const end = Math.min((group + 1) * GROUP, this.#services.length);
    for (let index = group * GROUP; index < end; index++) {
      if (this.#read[index] !== 0) continue;
      this.#take(index, this.#dump.read(index));
    }
  }

  #decodeGroup(group: number, { answers }: SharedDumps, replies: ByteView, portId: number): void {
    const end = Math.min((group + 1) * GROUP, this.#services.length);
    for (let index = group * GROUP; index < end; index++) {
      const at = index * Answer.LENGTH;
      const answer = {
        view: replies,
        start: answers[at + Answer.START]!,
        end: answers[at + Answer.END]!,
        parts: answers[at + Answer.PARTS]!,
        portId,
      };
      this.#take(index, this.#dump.take(index, answer));
    }
  }

  #take(index: number, { objects, parts }: RawDestinations): void {
    const services = this.#services;
    this.#read[index] = 1;
    this.#cursor.moveTo(index);
    const { service } = this.#cursor;
    services.resume(index, service.family, parts > 1);
    for (const { view, start, end } of objects) services.addDestination(view, start, end);
    if (objects.length === 0 && !this.#exists(service)) this.#vanished.add(index);
  }
}
