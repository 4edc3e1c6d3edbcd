import { type ServiceKey, serviceKeyText } from '../../../protocol/ipvs/index.ts';
import { serviceOfLine } from '../change/server-of-service.ts';
import { withClient } from '../kernel/open-client.ts';
import { writeChunks } from '../list/write-chunks.ts';
import type { SortKey } from '../parse/command.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import { usesColour } from '../state/options.ts';
import type { Client, System } from '../system.ts';
import { plainTable } from './plain-table.ts';

import { ServersSnapshot } from './snapshots/servers-snapshot.ts';
import { ServicesSnapshot } from './snapshots/services-snapshot.ts';
import type { TopReader } from './table-reader.ts';
import { firstView } from './view.ts';

/** Default time between two reads, in seconds: the interval of the kernel's rate estimators. */
const INTERVAL = 2;
/**
 * Number of lines besides the rows if it is printed several times: an empty line, time, titles, and the line of
 * the cursor.
 */
const LINES_AROUND = 4;

/** The parsed options. */
interface TopOptions {
  readonly sort: SortKey;
  readonly filter: string;
  readonly service: ServiceKey | undefined;
  readonly interval: number;
  /** How many times to print; undefined for no limit. */
  readonly count: number | undefined;
  /** Maximum number of rows of a table. */
  readonly rows: number;
}

/** Shows services with their rates and connections: live on a terminal, else as printed text. */
export async function runTop(line: SubcommandLine, system: System): Promise<number> {
  const { options, location } = line;
  const requested = options.has('once') ? 1 : numberOf(line, 'count');
  if (options.has('once') && options.has('count'))
    throw new CommandError('--count: cannot be used with --once', Status.USAGE_ERROR);
  const interval = numberOf(line, 'interval');
  const rows = numberOf(line, 'rows');
  const service = await serviceOfLine(line, system);
  const screen = requested === undefined && rows === undefined ? await system.screen() : undefined;
  const isTerminal = await system.isTerminal();
  const count = requested ?? (isTerminal || interval !== undefined ? undefined : 1);
  const top: TopOptions = {
    sort: (options.get('sort') ?? 'conns') as SortKey,
    filter: options.get('filter') ?? '',
    service,
    interval: interval ?? INTERVAL,
    count: location.from === undefined ? count : 1,
    rows: rows ?? (isTerminal && requested === undefined ? rowsThatFit() : Number.POSITIVE_INFINITY),
  };
  return await withReader(line, system, async (reader) => {
    if (screen === undefined) {
      await printTables(reader, top, system);
      return Status.DONE;
    }
    const { showLive } = await import('./live.ts');
    const { errorText } = await import('../kernel/error-text.ts');
    await showLive(reader, screen, {
      view: firstView(top.sort, top.filter, service && { key: service, title: serviceKeyText(service) }),
      interval: top.interval,
      styled: usesColour(true, process.env),
      explain: (error) => errorText(error, system),
    });
    return Status.DONE;
  });
}

/** Returns the number of rows that fit on a terminal without cursor control, below time and titles. */
function rowsThatFit(): number {
  return Math.max(1, (process.stdout.rows || 24) - LINES_AROUND);
}

function numberOf({ options }: SubcommandLine, long: string): number | undefined {
  const value = options.get(long);
  if (value === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(value))
    throw new CommandError(`--${long} ${value}: must be a whole number, 1 or more`, Status.USAGE_ERROR);
  return Number(value);
}

/**
 * Calls `use` with a reader of the table. The file of a fake kernel is opened for each read, as other
 * commands replace it.
 */
async function withReader(
  { location }: SubcommandLine,
  system: System,
  use: (reader: TopReader) => Promise<number>,
): Promise<number> {
  const { strategy, from } = location;
  const readOnce = (client: Client, service: ServiceKey | undefined) =>
    client.records({ strategy, service }).services;
  if (location.fake?.file !== undefined)
    return await use({
      isFixed: false,
      read: (service) => withClient(location, system, (client) => readOnce(client, service)),
    });
  return await withClient(location, system, (client) =>
    use({ isFixed: from !== undefined, read: async (service) => readOnce(client, service) }),
  );
}

async function printTables(reader: TopReader, options: TopOptions, system: System): Promise<void> {
  const { count = Number.POSITIVE_INFINITY, interval } = options;
  for (let number = 1; number <= count; number++) {
    if (number > 1) await new Promise((resolve) => setTimeout(resolve, interval * 1000));
    if (count > 1) system.write(`${number === 1 ? '' : '\n'}${new Date().toISOString()}\n`);
    await printTable(reader, options, system);
  }
}

async function printTable(
  reader: TopReader,
  { sort, filter, service, rows }: TopOptions,
  system: System,
): Promise<void> {
  const records = await reader.read(service);
  const snapshot =
    service === undefined ? new ServicesSnapshot(records) : new ServersSnapshot(records, service);
  if (snapshot.totals.services === 0 && service !== undefined)
    throw new CommandError('there is no such service', Status.READ_FAILED);
  const page = snapshot.page({ sort, filter }, 0, rows);
  writeChunks(plainTable(page.rows, service === undefined ? 'services' : 'servers'), system);
}
