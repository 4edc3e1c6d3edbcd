import {
  type IpvsSync,
  type Service,
  type ServiceWithDestinations,
  serviceKeyText,
} from '../../lib/index.ts';
import { type Context, family, send } from '../../lib/ipvs/operations/context.ts';
import { DestinationReader } from '../../lib/ipvs/operations/destination-reader.ts';
import { getServicesInto } from '../../lib/ipvs/requests/index.ts';
import { FamilyDirectory } from '../../lib/netlink/families/family-directory.ts';
import type { Operation } from '../../lib/netlink/request/operation.ts';
import { ConnectionSync } from '../../lib/netlink.ts';
import { ServiceRecords } from '../../protocol/index.ts';
import { inNamespaceOf, openSocket, type TableLocation } from '../kernels/table-location.ts';
import { type Subset, SubsetTimer } from './subset.ts';
import {
  countDestinations,
  openClient,
  openSyncClient,
  type SocketCounts,
  socketCountsFromNow,
  socketCountsOf,
  type TableReader,
} from './table-reader.ts';

/** Number of sockets in the pool. */
export const POOL_SIZE = 4;

/** Opens a reader that dumps the services and then the destinations of each, with one client. */
export async function openPerService(location: TableLocation, subset: Subset): Promise<TableReader> {
  if (subset.stride > 1) return openSubset(location, subset);
  const client = openSyncClient(location);
  client.info();
  return {
    read: () => countDestinations(client.dump({ strategy: 'per-service' }).services),
    socketCounts: socketCountsFromNow([client]),
    close: () => client.close(),
  };
}

/**
 * Opens a reader of a subset of the services. It runs the operations that make up the client's dump, but without the
 * worker thread that a full dump of very many services uses.
 */
function openSubset(location: TableLocation, subset: Subset): TableReader {
  const transport = openSocket(location);
  const connection = new ConnectionSync(transport);
  const context: Context = { families: new FamilyDirectory(), statistics: connection.stats, transport };
  const timer = new SubsetTimer(subset);
  return {
    read: () => connection.perform(readSubset(context, timer)),
    skippedTime: timer.skippedTime,
    socketCounts: socketCountsFromNow([connection]),
    close: () => connection.close(),
  };
}

function* readSubset(context: Context, timer: SubsetTimer): Operation<number> {
  const services = new ServiceRecords({ mergeRepeated: true });
  yield* send(context, getServicesInto(services, undefined));
  const started = performance.now();
  const reader = new DestinationReader(context, yield* family(context), services, {});
  const chosen = new Set(timer.selected(Array.from({ length: services.length }, (_, index) => index)));
  try {
    const cursor = services.cursor();
    while (cursor.nextService())
      if (chosen.has(cursor.index)) yield* reader.read(cursor.service, cursor.index);
  } finally {
    reader.close();
  }
  const cursor = services.cursor();
  const objects: ServiceWithDestinations[] = [];
  while (cursor.nextService()) if (chosen.has(cursor.index)) objects.push(cursor.object());
  timer.record(chosen.size, services.length, performance.now() - started);
  return countDestinations(objects);
}

/** Opens a reader that works as ipvsadm does: a new socket and a family lookup for every command. */
export async function openSocketPerCommand(location: TableLocation, subset: Subset): Promise<TableReader> {
  let total: SocketCounts = { systemCalls: 0, datagrams: 0, bytes: 0 };
  const timer = new SubsetTimer(subset);
  const withClient = <Result>(here: TableLocation, use: (client: IpvsSync) => Result): Result => {
    const client = openSyncClient(here);
    try {
      return use(client);
    } finally {
      const { systemCalls, datagrams, bytes } = socketCountsOf([client]);
      total = {
        systemCalls: total.systemCalls + systemCalls,
        datagrams: total.datagrams + datagrams,
        bytes: total.bytes + bytes,
      };
      client.close();
    }
  };
  return {
    // The namespace is entered once, as ipvsadm runs in the namespace that it reads.
    read: () =>
      inNamespaceOf(location, (here) => {
        const services = withClient(here, (client) => client.services());
        const chosen = timer.selected(services);
        const started = performance.now();
        let destinations = 0;
        for (const service of chosen)
          destinations += withClient(here, (client) => client.destinations(service)).length;
        timer.record(chosen.length, services.length, performance.now() - started);
        return destinations;
      }),
    skippedTime: timer.skippedTime,
    socketCounts: () => total,
    close: () => {},
  };
}

/** Opens a reader that reads the destinations of services over several sockets concurrently. */
export async function openPool(location: TableLocation, subset: Subset): Promise<TableReader> {
  const pool = await Promise.all(Array.from({ length: POOL_SIZE }, () => openClient(location)));
  const timer = new SubsetTimer(subset);
  return {
    read: async () => {
      const services = unique(await pool[0]!.services());
      const chosen = timer.selected(services);
      const started = performance.now();
      let next = 0;
      const parts = pool.map(async (client) => {
        let destinations = 0;
        for (let service = chosen[next++]; service !== undefined; service = chosen[next++])
          destinations += (await client.destinations(service)).length;
        return destinations;
      });
      const destinations = (await Promise.all(parts)).reduce((sum, count) => sum + count, 0);
      timer.record(chosen.length, services.length, performance.now() - started);
      return destinations;
    },
    skippedTime: timer.skippedTime,
    socketCounts: socketCountsFromNow(pool),
    close: async () => {
      await Promise.all(pool.map((client) => client.close()));
    },
  };
}

function unique(services: readonly Service[]): Service[] {
  return [...new Map(services.map((service) => [serviceKeyText(service), service])).values()];
}
