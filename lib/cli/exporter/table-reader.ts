import type { CounterValues } from '../../../protocol/ipvs/index.ts';
import type { RecordDump } from '../../ipvs/dump.ts';
import { FamilyNotFoundError } from '../../netlink/errors.ts';
import { reachError, withClient } from '../kernel/reach.ts';
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
 * Opens a reader of the kernel, whose module is loaded if it is missing, or of a fake kernel. Rejects if IPVS
 * does not respond.
 */
export async function openTableReader(source: TableSource, system: System): Promise<TableReader> {
  const reader = source.fake === undefined ? await kernelReader(source, system) : fakeReader(source, system);
  try {
    await reader.check().catch(async (error: unknown) => {
      if (!(error instanceof FamilyNotFoundError) || !(await system.loadModule())) throw error;
      await reader.check();
    });
    return reader;
  } catch (error) {
    await reader.close();
    throw await reachError(error, system);
  }
}

async function kernelReader(source: TableSource, system: System): Promise<TableReader> {
  const client = await system.openAsync(source);
  return {
    async read() {
      const started = performance.now();
      const dump = await client.records({ strategy: source.strategy });
      const seconds = (performance.now() - started) / 1000;
      // Some containers may not read the statistics; the table is served without them.
      const statistics = await system.readStatistics(source).catch(() => undefined);
      return { ...dump, statistics, seconds };
    },
    async check() {
      await client.info();
    },
    close: () => client.close(),
  };
}

/** Returns a reader of a fake kernel, whose file is read each time because other commands replace it. */
function fakeReader(source: TableSource, system: System): TableReader {
  const read = (): Promise<TableDump> =>
    withClient(source, system, (client) => {
      const started = performance.now();
      const dump = client.records({ strategy: source.strategy });
      return { ...dump, statistics: undefined, seconds: (performance.now() - started) / 1000 };
    });
  return {
    read,
    async check() {
      await read();
    },
    close: async () => undefined,
  };
}
