import { Ipvs, IpvsSync, type ServiceWithDestinations } from '../../lib/index.ts';
import { openSocket, type TableLocation } from '../kernels/table-location.ts';

/** Number of system calls that read or write a socket, and of datagrams and bytes received. */
export interface SocketCounts {
  readonly systemCalls: number;
  readonly datagrams: number;
  readonly bytes: number;
}

/** Reads a table by one of the benchmarked reading methods. */
export interface TableReader {
  /**
   * Reads the table, or a subset of its services, once, and returns the number of destinations read; undefined if they
   * are not decoded.
   */
  read(): number | undefined | Promise<number>;
  /**
   * Milliseconds that the services skipped so far, summed over all reads, would have taken (an estimate); they are
   * added to the measured time. Absent if none are skipped.
   */
  readonly skippedTime?: () => number;
  /** Returns the counts so far. */
  readonly socketCounts: () => SocketCounts;
  close(): void | Promise<void>;
}

/** A client or a connection, which counts what its socket sends and receives. */
interface WithStatistics {
  readonly stats: {
    readonly sends: number;
    readonly receives: number;
    readonly datagrams: number;
    readonly bytesReceived: number;
  };
}

/** Returns the total counts of clients. */
export function socketCountsOf(clients: readonly WithStatistics[]): SocketCounts {
  let systemCalls = 0;
  let datagrams = 0;
  let bytes = 0;
  for (const { stats } of clients) {
    systemCalls += stats.sends + stats.receives;
    datagrams += stats.datagrams;
    bytes += stats.bytesReceived;
  }
  return { systemCalls, datagrams, bytes };
}

/** Returns a function that returns the counts of clients from now on. */
export function socketCountsFromNow(clients: readonly WithStatistics[]): TableReader['socketCounts'] {
  const before = socketCountsOf(clients);
  return () => {
    const now = socketCountsOf(clients);
    return {
      systemCalls: now.systemCalls - before.systemCalls,
      datagrams: now.datagrams - before.datagrams,
      bytes: now.bytes - before.bytes,
    };
  };
}

export function openSyncClient(location: TableLocation): IpvsSync {
  return IpvsSync.open({ transport: openSocket(location) });
}

/** Opens a client that has already looked up the family. */
export async function openClient(location: TableLocation): Promise<Ipvs> {
  const client = await Ipvs.open({ transport: openSocket(location) });
  await client.info();
  return client;
}

/** Returns the number of destinations of all services. */
export function countDestinations(services: readonly ServiceWithDestinations[]): number {
  let count = 0;
  for (const { destinations } of services) count += destinations.length;
  return count;
}
