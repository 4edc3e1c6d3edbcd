import { openSocket, type TableLocation } from '../kernels/table-location.ts';
import { DatagramReader } from './discard.ts';
import {
  countDestinations,
  openClient,
  openSyncClient,
  socketCountsFromNow,
  type TableReader,
} from './table-reader.ts';

/** Opens a reader of the single dump into objects, synchronous. */
export async function openSingle(location: TableLocation): Promise<TableReader> {
  const client = openSyncClient(location);
  client.info();
  return {
    read: () => countDestinations(client.dump({ strategy: 'single' }).services),
    socketCounts: socketCountsFromNow([client]),
    close: () => client.close(),
  };
}

/** Opens a reader of the single dump into records, without objects. */
export async function openRecords(location: TableLocation): Promise<TableReader> {
  const client = openSyncClient(location);
  client.info();
  return {
    read: () => {
      let count = 0;
      const cursor = client.records({ strategy: 'single' }).services.cursor();
      while (cursor.nextService()) count += cursor.destinationCount;
      return count;
    },
    socketCounts: socketCountsFromNow([client]),
    close: () => client.close(),
  };
}

/** Opens a reader of the single dump into objects, asynchronous. */
export async function openSingleAsync(location: TableLocation): Promise<TableReader> {
  const client = await openClient(location);
  return {
    read: async () => countDestinations((await client.dump({ strategy: 'single' })).services),
    socketCounts: socketCountsFromNow([client]),
    close: () => client.close(),
  };
}

/** Opens a reader of the single dump as a stream of services. */
export async function openStreamed(location: TableLocation): Promise<TableReader> {
  const client = await openClient(location);
  return {
    read: async () => {
      let count = 0;
      for await (const { destinations } of client.stream({ strategy: 'single' }))
        count += destinations.length;
      return count;
    },
    socketCounts: socketCountsFromNow([client]),
    close: () => client.close(),
  };
}

/** Opens a reader of the single dump without decoding: datagrams are read and discarded. */
export async function openDiscarding(location: TableLocation): Promise<TableReader> {
  const reader = new DatagramReader(() => openSocket(location));
  return {
    read: () => {
      reader.read();
      return undefined;
    },
    socketCounts: () => reader.counts,
    close: () => reader.close(),
  };
}
