import type { CounterValues } from '../../../protocol/ipvs/index.ts';
import type { RecordDump } from '../../ipvs/dump.ts';
import { FamilyNotFoundError } from '../../netlink/errors.ts';
import { reachError, withClient } from '../kernel/reach.ts';
import type { TableSource } from '../parse/command.ts';
import type { System } from '../system.ts';

/** What one dump read. */
export interface Reading extends RecordDump {
  /** Undefined where there are none to be read. */
  readonly statistics: CounterValues | undefined;
  /** How long the dump took. */
  readonly seconds: number;
}

/** Reads the table again and again. */
export interface TableReader {
  read(): Promise<Reading>;
  /** Rejects where IPVS does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A reader of a kernel, whose module is loaded where it is missing, or of a fake one. Rejects where it does
 * not answer.
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
      // The table is worth more than the totals, which some containers may not read.
      const statistics = await system.readStatistics(source).catch(() => undefined);
      return { ...dump, statistics, seconds };
    },
    async check() {
      await client.info();
    },
    close: () => client.close(),
  };
}

/** A fake kernel's file is read each time: other commands replace it. */
function fakeReader(source: TableSource, system: System): TableReader {
  const read = (): Promise<Reading> =>
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
