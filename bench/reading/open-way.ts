import { Ipvs, IpvsSync, type ServiceWithDestinations } from '../../lib/index.ts';
import { openSocket, type TableAddress } from '../kernels/table-address.ts';

/** System calls of reading and writing, datagrams and bytes received. */
export interface Traffic {
  readonly calls: number;
  readonly datagrams: number;
  readonly bytes: number;
}

/** A way of reading the whole table, opened on one. */
export interface OpenWay {
  /**
   * Reads the table once; how many destinations it has (of a share: those of the share), none where they are
   * not looked at.
   */
  read(): number | undefined | Promise<number>;
  /**
   * Milliseconds to add for the services that all readings so far have not asked; none where it is missing.
   */
  readonly added?: () => number;
  /** What it has sent and received so far. */
  readonly traffic: () => Traffic;
  close(): void | Promise<void>;
}

interface Counted {
  readonly stats: {
    readonly sends: number;
    readonly receives: number;
    readonly datagrams: number;
    readonly bytesReceived: number;
  };
}

/** What clients have sent and received together. */
export function trafficOf(clients: readonly Counted[]): Traffic {
  let calls = 0;
  let datagrams = 0;
  let bytes = 0;
  for (const { stats } of clients) {
    calls += stats.sends + stats.receives;
    datagrams += stats.datagrams;
    bytes += stats.bytesReceived;
  }
  return { calls, datagrams, bytes };
}

/** What clients send and receive from now on. */
export function trafficFromNow(clients: readonly Counted[]): OpenWay['traffic'] {
  const before = trafficOf(clients);
  return () => {
    const now = trafficOf(clients);
    return {
      calls: now.calls - before.calls,
      datagrams: now.datagrams - before.datagrams,
      bytes: now.bytes - before.bytes,
    };
  };
}

export function openSyncClient(address: TableAddress): IpvsSync {
  return IpvsSync.open({ transport: openSocket(address) });
}

/** A client that knows the family already. */
export async function openClient(address: TableAddress): Promise<Ipvs> {
  const client = await Ipvs.open({ transport: openSocket(address) });
  await client.info();
  return client;
}

/** The number of destinations of all services. */
export function destinationsIn(services: readonly ServiceWithDestinations[]): number {
  let count = 0;
  for (const { destinations } of services) count += destinations.length;
  return count;
}
