import { ObjectDecoder, type Service, type ServiceWithDestinations } from '../../protocol/ipvs/index.ts';
import { ByteView } from '../../protocol/netlink/index.ts';
import { family } from '../ipvs/operations/context.ts';
import { ConnectionSync } from '../netlink/connection/connection-sync.ts';
import { FamilyDirectory } from '../netlink/families/family-directory.ts';
import type { Transport } from '../netlink/socket/transport.ts';
import {
  DestinationDump,
  decodeDestinations,
  type PieceTransport,
  type RawDestinations,
} from './destination-dump.ts';
import { type DestinationRequests, destinationRequests } from './destination-requests.ts';
import { UnexpectedReply } from './dump-parts.ts';
import { dumpServices, type ListedService } from './service-dump.ts';
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

/** What a table is read for. */
export interface Reading<Item> {
  /** What is wanted of a service; asked as soon as it has been read, so that it need not be kept. */
  use(service: ServiceWithDestinations): Item;
  /** The kernel's answer about a service that is gone is that of one without destinations. */
  exists(service: Service): boolean;
}

/**
 * The whole table by a dump of the services and one for the destinations of each: what the client's
 * per-service dump gives, in less time and in the kernel's order. The sockets are used for nothing else,
 * and not closed.
 *
 * Undefined where the kernel answers in a way that only the client is made for. Throws what it throws.
 */
export async function readPerService<Item>(
  sockets: DumpSockets,
  reading: Reading<Item>,
): Promise<Item[] | undefined> {
  const connection = new ConnectionSync(sockets.forServices);
  const { id } = connection.perform(
    family({ families: new FamilyDirectory(), statistics: connection.stats }),
  );
  let helper: DumpHelper | undefined;
  try {
    const services: ListedService[] = [];
    for (const part of dumpServices(sockets.forServices, id)) {
      services.push(...part);
      // It starts while the rest is read.
      if (services.length >= sockets.helpedFrom) helper ??= await sockets.help();
    }
    const destinations = new Destinations(services, id, sockets.forDestinations, reading);
    if (helper !== undefined) destinations.readWith(helper);
    destinations.readRest();
    return destinations.items();
  } catch (error) {
    if (error instanceof UnexpectedReply) return undefined;
    throw error;
  } finally {
    helper?.close();
  }
}

/** How far a service is: its destinations are still to be read, it is there, or it is gone. */
const State = { UNREAD: 0, THERE: 1, GONE: 2 } as const;

/** How long the helper may take for what it has begun, in milliseconds; what is missing then is asked again. */
const PATIENCE = 2000;

class Destinations<Item> {
  readonly #services: readonly ListedService[];
  readonly #reading: Reading<Item>;
  readonly #requests: DestinationRequests;
  readonly #dump: DestinationDump;
  readonly #states: Uint8Array;
  readonly #items: Item[];
  readonly #decoder = new ObjectDecoder();

  constructor(
    services: readonly ListedService[],
    family: number,
    transport: PieceTransport,
    reading: Reading<Item>,
  ) {
    this.#services = services;
    this.#reading = reading;
    this.#requests = destinationRequests(services, family);
    this.#dump = new DestinationDump(transport, family, this.#requests);
    this.#states = new Uint8Array(services.length);
    this.#items = new Array(services.length);
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

  /** What was made of the services that are there, in the kernel's order. */
  items(): Item[] {
    return this.#items.filter((_, index) => this.#states[index] === State.THERE);
  }

  #readGroup(group: number): void {
    const end = Math.min((group + 1) * GROUP, this.#services.length);
    for (let index = group * GROUP; index < end; index++) {
      if (this.#states[index] !== State.UNREAD) continue;
      this.#use(index, this.#dump.read(index));
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
      this.#use(index, this.#dump.take(index, answer));
    }
  }

  #use(index: number, destinations: RawDestinations): void {
    const { service } = this.#services[index]!;
    service.destinations.push(...decodeDestinations(this.#decoder, destinations, service.family));
    if (service.destinations.length === 0 && !this.#reading.exists(service)) {
      this.#states[index] = State.GONE;
      return;
    }
    this.#items[index] = this.#reading.use(service);
    this.#states[index] = State.THERE;
  }
}
