import {
  type Daemon,
  type RecordCursor,
  type ServiceRecords,
  type ServiceWithDestinations,
  serviceKeyText,
  type Timeouts,
} from '../../../protocol/ipvs/index.ts';
import { DecodeError } from '../../../protocol/netlink/index.ts';
import type { RecordDumpOptions } from '../../ipvs/dump.ts';
import { KernelError } from '../../netlink/errors.ts';
import { withClient } from '../kernel/open-client.ts';
import type { Command, JsonCounterFormat, TableLocation } from '../parse/command.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import type { Client, System } from '../system.ts';
import type { ReverseLookup } from './labels.ts';
import { extraWidth, serviceLines, titles, UNKNOWN_VERSION, versionLine } from './listing.ts';
import { mapDestinations, type Order, type Selection, wholeTable } from './order.ts';
import { restoreProblem } from './rule-text.ts';
import { daemonRule, serviceRules, timeoutsRule } from './saving.ts';

type ListingCommand = Exclude<Command, { readonly do: 'help' | 'version' | 'restore' | 'change' }>;

/** Lists or saves the table of the kernel or of a capture. */
export async function runListing(command: ListingCommand, system: System): Promise<number> {
  const { location } = command;
  switch (command.do) {
    case 'list-table':
      await withClient(location, system, (client) => listTable(command, client, system));
      break;
    case 'save':
      await withClient(location, system, (client) => save(command, client, system));
      break;
    case 'list-connections': {
      const { listConnections } = await import('./connections/list-connections.ts');
      await listConnections(command, system);
      break;
    }
    case 'list-timeouts': {
      const timeouts = await withClient(location, system, (client) => client.timeouts());
      const { timeoutsText } = await import('./settings-listing.ts');
      system.write(command.json ? await json({ timeouts }, command.json) : timeoutsText(timeouts));
      break;
    }
    case 'list-daemons': {
      const daemons = await withClient(location, system, (client) => client.daemons());
      const { daemonsText } = await import('./settings-listing.ts');
      system.write(command.json ? await json({ daemons }, command.json) : daemonsText(daemons));
      break;
    }
  }
  return Status.DONE;
}

async function json(document: unknown, counterFormat: JsonCounterFormat): Promise<string> {
  const { jsonText } = await import('./json.ts');
  return jsonText(document, counterFormat);
}

async function listTable(
  command: Command & { readonly do: 'list-table' },
  client: Client,
  system: System,
): Promise<void> {
  const { location, format, service } = command;
  const { sorted, compat, numeric } = format;
  const order = orderOf(sorted, compat && !command.json);
  const showsVersion = service === undefined && command.filter?.address === undefined;
  const info = showsVersion ? optional(location, () => client.info()) : undefined;
  const table =
    service === undefined
      ? readTable(client, { strategy: location.strategy, counters: showsCounters(command) }, system)
      : oneService(client, command);
  const selection = await selectionFor(command, table, order);
  if (command.filter?.address !== undefined && selection.services.length === 0)
    throw new CommandError('there is no such service', Status.READ_FAILED);
  if (command.json) {
    if (command.jsonLines) await writeJsonLines(table, selection, command.json, system);
    else system.write(await json({ ...info, services: [...objectsOf(table, selection)] }, command.json));
    return;
  }
  const unknownVersion = showsVersion ? UNKNOWN_VERSION : '';
  const names = numeric ? undefined : await namesFor(table, system);
  const extra = format.wide ? extraWidth(table.cursor(), selection, format, names) : 0;
  const formatService: FormatService = (cursor) => serviceLines(cursor, format, selection, names, extra);
  const start = (info === undefined ? unknownVersion : versionLine(info)) + titles(format, extra);
  system.write(Buffer.concat(chunksOf(start, table, formatService, selection, system)));
}

/** Size of a capture, in bytes, from which listing it is faster without inlining. */
const LARGE_CAPTURE = 1 << 20;

function readTable(client: Client, options: RecordDumpOptions, system: System): ServiceRecords {
  if ((client.capture?.size ?? 0) > LARGE_CAPTURE) system.stopInlining();
  return client.records(options).services;
}

/** Whether a listing shows counters or is sorted by them. */
function showsCounters({ json: asJson, format }: Command & { readonly do: 'list-table' }): boolean {
  const { columns, sortKey } = format;
  return (
    asJson !== undefined ||
    columns === 'stats' ||
    columns === 'rate' ||
    (sortKey !== 'address' && sortKey !== 'conns')
  );
}

/** Returns the services and destinations of a table that are to be listed, in order. */
async function selectionFor(
  { filter, format }: Command & { readonly do: 'list-table' },
  table: ServiceRecords,
  order: Order,
): Promise<Selection> {
  if (filter === undefined && format.sortKey === 'address') return wholeTable(table, order);
  const { selectionOf } = await import('./selection.ts');
  return selectionOf(table, order, filter, format.sortKey);
}

async function writeJsonLines(
  table: ServiceRecords,
  selection: Selection,
  counterFormat: JsonCounterFormat,
  system: System,
): Promise<void> {
  const { jsonLine } = await import('./json.ts');
  const { writeChunks } = await import('./write-chunks.ts');
  function* lines(): Generator<string> {
    for (const service of objectsOf(table, selection)) yield jsonLine(service, counterFormat);
  }
  writeChunks(lines(), system);
}

/** Formats the service at a cursor. */
type FormatService = (cursor: RecordCursor) => string;

/** Length of a chunk of text, in characters: short ones are freed early, in V8's young generation. */
const CHUNK_LENGTH = 8192;
/** Number of chunks from which making the rest of a listing is faster without inlining. */
const LONG_LISTING = 4;

/** Returns a text in chunks: `start`, then the text of every service. */
function chunksOf(
  start: string,
  table: ServiceRecords,
  formatService: FormatService,
  { services }: Selection,
  system: System,
): Buffer[] {
  const cursor = table.cursor();
  const chunks: Buffer[] = [];
  let chunk = start;
  for (const index of services) {
    cursor.moveTo(index);
    chunk += formatService(cursor);
    if (chunk.length < CHUNK_LENGTH) continue;
    if (chunks.push(Buffer.from(chunk)) === LONG_LISTING) system.stopInlining();
    chunk = '';
  }
  chunks.push(Buffer.from(chunk));
  return chunks;
}

/** Yields the selected services of a table as objects, with their selected destinations. */
function* objectsOf(table: ServiceRecords, selection: Selection): Generator<ServiceWithDestinations> {
  const cursor = table.cursor();
  for (const index of selection.services) {
    cursor.moveTo(index);
    const service = cursor.object();
    const { destinations } = service;
    service.destinations = selection.mapDestinations(cursor, (index) => destinations[index]!);
    yield service;
  }
}

function oneService(
  client: Client,
  { location, service }: Command & { readonly do: 'list-table' },
): ServiceRecords {
  const { strategy } = location;
  const { services } = client.records({ strategy, service });
  if (services.length > 0) return services;
  // Asks for the service itself, which fails with the kernel's own error.
  if (strategy !== 'single') client.service(service!);
  throw new CommandError('there is no such service', Status.READ_FAILED);
}

async function save(
  { location, numeric, lossless, compat, json: asJson }: Command & { readonly do: 'save' },
  client: Client,
  system: System,
): Promise<void> {
  const table = readTable(client, { strategy: location.strategy, counters: false }, system);
  const timeouts = (): Timeouts | undefined =>
    compat ? undefined : optional(location, () => client.timeouts());
  const daemons = (): readonly Daemon[] | undefined =>
    lossless ? optional(location, () => client.daemons()) : undefined;
  if (asJson) {
    const { desiredFileText } = await import('../../ipvs/desired-file/index.ts');
    const selection: Selection = {
      ...wholeTable(table, 'sorted'),
      mapDestinations: (cursor, make) => mapDestinations(cursor, 'kernel', make),
    };
    const services = [...objectsOf(table, selection)];
    system.write(await desiredFileText(services, 'json', { timeouts: timeouts(), daemons: daemons() }));
    return;
  }
  const problems = new Map<string, string>();
  const order = orderOf(true, compat);
  const names = numeric ? undefined : { ...(await namesFor(table, system)), numericIfTooLong: !compat };
  const formatService: FormatService = (cursor) => {
    const { service } = cursor;
    const problem = restoreProblem(service);
    if (problem !== undefined) problems.set(serviceKeyText(service), problem);
    return serviceRules(cursor, compat, order, names);
  };
  const chunks = chunksOf('', table, formatService, wholeTable(table, order), system);
  const currentTimeouts = timeouts();
  if (currentTimeouts !== undefined) chunks.push(Buffer.from(timeoutsRule(currentTimeouts, lossless)));
  for (const daemon of daemons() ?? []) chunks.push(Buffer.from(daemonRule(daemon)));
  system.write(Buffer.concat(chunks));
  for (const [service, problem] of problems)
    system.writeError(`ipvs: service ${service}: -R will reject its rule (${problem}); save it with --json`);
}

function orderOf(sorted: boolean, compat: boolean): Order {
  if (!sorted) return 'kernel';
  return compat ? 'ipvsadm' : 'sorted';
}

/** Returns the result of a request; undefined if a capture has no reply to it, or only a malformed one. */
function optional<Result>({ from }: TableLocation, request: () => Result): Result | undefined {
  try {
    return request();
  } catch (error) {
    if (from !== undefined && (error instanceof KernelError || error instanceof DecodeError))
      return undefined;
    throw error;
  }
}

async function namesFor(services: ServiceRecords, system: System): Promise<ReverseLookup> {
  const { addressesOf, reverseLookup } = await import('../names/reverse-lookup.ts');
  return await reverseLookup(addressesOf(services), system);
}
