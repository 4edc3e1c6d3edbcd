import type { CounterValues } from '../../../protocol/ipvs/index.ts';
import type { RecordDump } from '../../ipvs/dump.ts';
import { openAsyncClient, withClient } from '../kernel/open-client.ts';
import type { TableSource } from '../parse/command.ts';
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
export async function openTableReader(source: TableSource, system: System): Promise<TableReader> {
  if (source.fake !== undefined) return await fakeReader(source, system);
  const client = await openAsyncClient(source, system);
  return {
    async read() {
      const started = performance.now();
      const dump = await client.records({ strategy: source.strategy });
      const seconds = (performance.now() - started) / 1000;
      // In some containers the statistics cannot be read; the table is served without them.
      const statistics = await system.readStatistics(source).catch(() => undefined);
      return { ...dump, statistics, seconds };
    },
    async check() {
      await client.info();
    },
    close: () => client.close(),
  };
}

/** Returns a reader for the table of a fake kernel, whose file is read each time because other commands replace it. */
async function fakeReader(source: TableSource, system: System): Promise<TableReader> {
  const read = (): Promise<TableDump> =>
    withClient(source, system, (client) => {
      const started = performance.now();
      const dump = client.records({ strategy: source.strategy });
      return { ...dump, statistics: undefined, seconds: (performance.now() - started) / 1000 };
    });
  const check = async (): Promise<void> => void (await read());
  await check();
  return { read, check, close: async () => undefined };
}
