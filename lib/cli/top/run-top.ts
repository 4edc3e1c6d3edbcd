import { type ServiceKey, serviceKeyText } from '../../../protocol/ipvs/index.ts';
import { serviceOfLine } from '../change/server-of-service.ts';
import { withClient } from '../kernel/reach.ts';
import type { SortKey } from '../parse/command.ts';
import { CommandLineError, Status } from '../parse/command-line-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import { wantsColour } from '../state/options.ts';
import type { Client, System } from '../system.ts';
import { plainTable } from './plain-table.ts';

import { ServersSample } from './samples/servers-sample.ts';
import { ServicesSample } from './samples/services-sample.ts';
import type { TableReader } from './table-reader.ts';
import { firstView } from './view.ts';

/** Seconds between two reads: the kernel's estimators take rates as often. */
const INTERVAL = 2;
/**
 * Lines that a table has besides its rows where several are printed: an empty one, time, titles, and the
 * cursor's.
 */
const LINES_AROUND = 4;
/** Length of the parts in which text is written, in characters. */
const PART_LENGTH = 65536;

/** What the options say. */
interface Wanted {
  readonly sort: SortKey;
  readonly filter: string;
  readonly service: ServiceKey | undefined;
  readonly interval: number;
  /** How many tables; undefined for as many as there is time for. */
  readonly count: number | undefined;
  /** How many rows a table has at most. */
  readonly rows: number;
}

/** Shows services by their rates and connections: live at a terminal, else as tables. */
export async function runTop(line: SubcommandLine, system: System): Promise<number> {
  const { own, source } = line;
  const asked = own.has('once') ? 1 : numberOf(line, 'count');
  if (own.has('once') && own.has('count'))
    throw new CommandLineError('--count: does not go with --once', Status.WRONG_USE);
  const interval = numberOf(line, 'interval');
  const rows = numberOf(line, 'rows');
  const service = await serviceOfLine(line, system);
  const screen = asked === undefined && rows === undefined ? await system.screen() : undefined;
  const isTerminal = await system.isTerminal();
  const count = asked ?? (isTerminal || interval !== undefined ? undefined : 1);
  const wanted: Wanted = {
    sort: (own.get('sort') ?? 'conns') as SortKey,
    filter: own.get('filter') ?? '',
    service,
    interval: interval ?? INTERVAL,
    count: source.from === undefined ? count : 1,
    rows: rows ?? (isTerminal && asked === undefined ? roomFor() : Number.POSITIVE_INFINITY),
  };
  return await withReader(line, system, async (reader) => {
    if (screen === undefined) {
      await printTables(reader, wanted, system);
      return Status.DONE;
    }
    const { showLive } = await import('./live.ts');
    const { errorText } = await import('../kernel/error-text.ts');
    await showLive(reader, screen, {
      view: firstView(
        wanted.sort,
        wanted.filter,
        service && { key: service, title: serviceKeyText(service) },
      ),
      interval: wanted.interval,
      styled: wantsColour(true, process.env),
      explain: (error) => errorText(error, system),
    });
    return Status.DONE;
  });
}

/** How many rows fit on a terminal that cannot be drawn on, with a time and titles above them. */
function roomFor(): number {
  return Math.max(1, (process.stdout.rows || 24) - LINES_AROUND);
}

function numberOf({ own }: SubcommandLine, long: string): number | undefined {
  const value = own.get(long);
  if (value === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(value))
    throw new CommandLineError(`--${long} ${value}: must be a whole number, 1 or more`, Status.WRONG_USE);
  return Number(value);
}

/** Opens what is read; the file of a fake kernel anew for each read, as other commands replace it. */
async function withReader(
  { source }: SubcommandLine,
  system: System,
  use: (reader: TableReader) => Promise<number>,
): Promise<number> {
  const { strategy, from } = source;
  const readOnce = (client: Client, service: ServiceKey | undefined) =>
    client.records({ strategy, service }).services;
  if (source.fake?.file !== undefined)
    return await use({
      isFixed: false,
      read: (service) => withClient(source, system, (client) => readOnce(client, service)),
    });
  return await withClient(source, system, (client) =>
    use({ isFixed: from !== undefined, read: async (service) => readOnce(client, service) }),
  );
}

async function printTables(reader: TableReader, wanted: Wanted, system: System): Promise<void> {
  const { count = Number.POSITIVE_INFINITY, interval } = wanted;
  for (let number = 1; number <= count; number++) {
    if (number > 1) await new Promise((resolve) => setTimeout(resolve, interval * 1000));
    if (count > 1) system.write(`${number === 1 ? '' : '\n'}${new Date().toISOString()}\n`);
    await printTable(reader, wanted, system);
  }
}

async function printTable(
  reader: TableReader,
  { sort, filter, service, rows }: Wanted,
  system: System,
): Promise<void> {
  const records = await reader.read(service);
  const sample = service === undefined ? new ServicesSample(records) : new ServersSample(records, service);
  if (sample.totals.services === 0 && service !== undefined)
    throw new CommandLineError('there is no such service', Status.LISTING_FAILED);
  const page = sample.page({ sort, filter }, 0, rows);
  let part = '';
  for (const text of plainTable(page.rows, service === undefined ? 'services' : 'servers')) {
    part += text;
    if (part.length < PART_LENGTH) continue;
    system.write(part);
    part = '';
  }
  system.write(part);
}
