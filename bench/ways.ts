import { Ipvs, IpvsSync, type ServiceWithDestinations, serviceKeyText } from '../lib/index.ts';
import { type BedAddress, openSocket, within } from './bed.ts';
import { Floor } from './floor.ts';

/** A way of reading the whole table, opened on a bed: `read` reads it once. */
export interface OpenWay {
  /** Reads the table once; how many destinations it has, 0 where they are not looked at. */
  read(): number | Promise<number>;
  /** System calls of reading and writing so far, datagrams and bytes received. */
  readonly counts: () => { readonly calls: number; readonly datagrams: number; readonly bytes: number };
  close(): void | Promise<void>;
}

/** A way of reading the whole table. */
export interface Way {
  readonly name: WayName;
  readonly label: string;
  /** What it is called where there is little room. */
  readonly short: string;
  /** Whether the kernel must offer the single dump. */
  readonly single: boolean;
  open(address: BedAddress): Promise<OpenWay>;
}

export type WayName =
  | 'reopened'
  | 'per-service'
  | 'pool'
  | 'single-sync'
  | 'single-async'
  | 'single-streamed'
  | 'single-records'
  | 'floor';

const POOL = 4;

interface Counted {
  readonly stats: {
    readonly sends: number;
    readonly receives: number;
    readonly datagrams: number;
    readonly bytesReceived: number;
  };
}

function countsOf(clients: readonly Counted[]): ReturnType<OpenWay['counts']> {
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

function openSync(address: BedAddress): IpvsSync {
  return IpvsSync.open({ transport: openSocket(address) });
}

/** A client that knows the family already. */
async function openAsync(address: BedAddress): Promise<Ipvs> {
  const client = await Ipvs.open({ transport: openSocket(address) });
  await client.info();
  return client;
}

/** How the counts grow from now on. */
function countsFromNow(clients: readonly Counted[]): OpenWay['counts'] {
  const before = countsOf(clients);
  return () => {
    const now = countsOf(clients);
    return {
      calls: now.calls - before.calls,
      datagrams: now.datagrams - before.datagrams,
      bytes: now.bytes - before.bytes,
    };
  };
}

/** Asks every service for its destinations, so that all objects are made, and counts them. */
function destinationsIn(services: readonly ServiceWithDestinations[]): number {
  let count = 0;
  for (const { destinations } of services) count += destinations.length;
  return count;
}

async function syncWay(address: BedAddress, strategy: 'single' | 'per-service'): Promise<OpenWay> {
  const client = openSync(address);
  client.info();
  return {
    read: () => destinationsIn(client.dump({ strategy }).services),
    counts: countsFromNow([client]),
    close: () => client.close(),
  };
}

/** The table as records, no object made. */
async function recordsWay(address: BedAddress): Promise<OpenWay> {
  const client = openSync(address);
  client.info();
  return {
    read: () => {
      let count = 0;
      const cursor = client.records({ strategy: 'single' }).services.cursor();
      while (cursor.nextService()) count += cursor.destinationCount;
      return count;
    },
    counts: countsFromNow([client]),
    close: () => client.close(),
  };
}

/** As ipvsadm does it: a socket and a look at nlctrl for every command. */
async function reopenedWay(address: BedAddress): Promise<OpenWay> {
  let counts = { calls: 0, datagrams: 0, bytes: 0 };
  function withClient<Result>(here: BedAddress, use: (client: IpvsSync) => Result): Result {
    const client = openSync(here);
    try {
      return use(client);
    } finally {
      const more = countsOf([client]);
      counts = {
        calls: counts.calls + more.calls,
        datagrams: counts.datagrams + more.datagrams,
        bytes: counts.bytes + more.bytes,
      };
      client.close();
    }
  }
  return {
    // ipvsadm runs in the namespace that it reads: entering it for every socket would be held against it.
    read: () =>
      within(address, (here) => {
        let destinations = 0;
        for (const service of withClient(here, (client) => client.services())) {
          destinations += withClient(here, (client) => client.destinations(service)).length;
        }
        return destinations;
      }),
    counts: () => counts,
    close: () => {},
  };
}

/** Several sockets, each asking for its share of the services at the same time. */
async function poolWay(address: BedAddress): Promise<OpenWay> {
  const pool = await Promise.all(Array.from({ length: POOL }, () => openAsync(address)));
  return {
    read: async () => {
      const services = await pool[0]!.services();
      const unique = [...new Map(services.map((service) => [serviceKeyText(service), service])).values()];
      let next = 0;
      const shares = pool.map(async (client) => {
        let destinations = 0;
        for (let service = unique[next++]; service !== undefined; service = unique[next++]) {
          destinations += (await client.destinations(service)).length;
        }
        return destinations;
      });
      return (await Promise.all(shares)).reduce((sum, count) => sum + count, 0);
    },
    counts: countsFromNow(pool),
    close: async () => {
      await Promise.all(pool.map((client) => client.close()));
    },
  };
}

async function asyncWay(address: BedAddress): Promise<OpenWay> {
  const client = await openAsync(address);
  return {
    read: async () => destinationsIn((await client.dump({ strategy: 'single' })).services),
    counts: countsFromNow([client]),
    close: () => client.close(),
  };
}

async function streamedWay(address: BedAddress): Promise<OpenWay> {
  const client = await openAsync(address);
  return {
    read: async () => {
      let count = 0;
      for await (const { destinations } of client.stream({ strategy: 'single' }))
        count += destinations.length;
      return count;
    },
    counts: countsFromNow([client]),
    close: () => client.close(),
  };
}

async function floorWay(address: BedAddress): Promise<OpenWay> {
  const floor = new Floor(() => openSocket(address));
  return {
    read: () => {
      floor.read();
      return 0;
    },
    counts: () => floor.counts,
    close: () => floor.close(),
  };
}

/** Every way that is compared, the slowest first. */
export const ways: readonly Way[] = [
  {
    name: 'reopened',
    label: 'per service, a socket and a family lookup for each command (as ipvsadm does)',
    short: 'per service, reopened',
    single: false,
    open: reopenedWay,
  },
  {
    name: 'per-service',
    label: 'per service, one socket',
    short: 'per service',
    single: false,
    open: (address) => syncWay(address, 'per-service'),
  },
  {
    name: 'pool',
    label: `per service, ${POOL} sockets at a time`,
    short: 'per service, pool',
    single: false,
    open: poolWay,
  },
  {
    name: 'single-sync',
    label: 'single dump, synchronous',
    short: 'single, sync',
    single: true,
    open: (address) => syncWay(address, 'single'),
  },
  {
    name: 'single-async',
    label: 'single dump, asynchronous',
    short: 'single, async',
    single: true,
    open: asyncWay,
  },
  {
    name: 'single-streamed',
    label: 'single dump, streamed',
    short: 'single, streamed',
    single: true,
    open: streamedWay,
  },
  {
    name: 'single-records',
    label: 'single dump into records, synchronous',
    short: 'single, records',
    single: true,
    open: recordsWay,
  },
  {
    name: 'floor',
    label: 'floor: the same datagrams read and thrown away',
    short: 'floor',
    single: true,
    open: floorWay,
  },
];
