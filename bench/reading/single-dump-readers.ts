import { openSocket, type TableAddress } from '../kernels/table-address.ts';
import { DiscardingReader } from './discard.ts';
import {
  destinationsIn,
  openClient,
  openSyncClient,
  type TableReader,
  trafficFromNow,
} from './table-reader.ts';

/** Opens a reader of the single dump into objects, synchronous. */
export async function openSingle(address: TableAddress): Promise<TableReader> {
  const client = openSyncClient(address);
  client.info();
  return {
    read: () => destinationsIn(client.dump({ strategy: 'single' }).services),
    traffic: trafficFromNow([client]),
    close: () => client.close(),
  };
}

/** Opens a reader of the single dump into records, without objects. */
export async function openRecords(address: TableAddress): Promise<TableReader> {
  const client = openSyncClient(address);
  client.info();
  return {
    read: () => {
      let count = 0;
      const cursor = client.records({ strategy: 'single' }).services.cursor();
      while (cursor.nextService()) count += cursor.destinationCount;
      return count;
    },
    traffic: trafficFromNow([client]),
    close: () => client.close(),
  };
}

/** Opens a reader of the single dump into objects, asynchronous. */
export async function openSingleAsync(address: TableAddress): Promise<TableReader> {
  const client = await openClient(address);
  return {
    read: async () => destinationsIn((await client.dump({ strategy: 'single' })).services),
    traffic: trafficFromNow([client]),
    close: () => client.close(),
  };
}

/** Opens a reader of the single dump as a stream of services. */
export async function openStreamed(address: TableAddress): Promise<TableReader> {
  const client = await openClient(address);
  return {
    read: async () => {
      let count = 0;
      for await (const { destinations } of client.stream({ strategy: 'single' }))
        count += destinations.length;
      return count;
    },
    traffic: trafficFromNow([client]),
    close: () => client.close(),
  };
}

/** Opens a reader of the single dump without decoding: datagrams are read and discarded. */
export async function openDiscarding(address: TableAddress): Promise<TableReader> {
  const reader = new DiscardingReader(() => openSocket(address));
  return {
    read: () => {
      reader.read();
      return undefined;
    },
    traffic: () => reader.counts,
    close: () => reader.close(),
  };
}
