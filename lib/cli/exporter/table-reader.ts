import type { CounterValues } from '../../../protocol/ipvs/index.ts';
import type { RecordDump } from '../../ipvs/dump.ts';
import { openAsyncClient, withClient } from '../kernel/open-client.ts';
import type { TableLocation } from '../parse/command.ts';
import type { System } from '../system.ts';

/** A dump of the table, with statistics. */
export interface TableDump extends RecordDump {
  /** The traffic through all of IPVS; undefined if it cannot be read. */
  readonly statistics: CounterValues | undefined;
  /** Duration of the dump. */
  readonly seconds: number;
}

/** Reads the table whenever it is asked to. */
export interface TableReader {
  read(): Promise<TableDump>;
  /** Rejects if IPVS does not respond. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a reader for the table of the kernel, loading the kernel module if it is missing, or of a fake kernel.
 * Rejects if IPVS does not respond.
 */
export async function openTableReader(location: TableLocation, system: System): Promise<TableReader> {
  if (location.fake !== undefined) return await fakeReader(location, system);
  const client = await openAsyncClient(location, system);
  return {
    async read() {
      const started = performance.now();
      const dump = await client.records({ strategy: location.strategy });
      const seconds = (performance.now() - started) / 1000;
      // In some containers the statistics cannot be read; the table is served without them.
      const statistics = await system.readStatistics(location).catch(() => undefined);
      return { ...dump, statistics, seconds };
    },
    async check() {
      await client.info();
    },
    close: () => client.close(),
  };
}

/** Returns a reader for the table of a fake kernel, whose file is read each time because other commands replace it. */
async function fakeReader(location: TableLocation, system: System): Promise<TableReader> {
  const read = (): Promise<TableDump> =>
    withClient(location, system, (client) => {
      const started = performance.now();
      const dump = client.records({ strategy: location.strategy });
      return { ...dump, statistics: undefined, seconds: (performance.now() - started) / 1000 };
    });
  const check = async (): Promise<void> => void (await read());
  await check();
  return { read, check, close: async () => undefined };
}
