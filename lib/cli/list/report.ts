import {
  type Daemon,
  type ServiceRecords,
  type ServiceWithDestinations,
  serviceKeyText,
  type Timeouts,
} from '../../../protocol/ipvs/index.ts';
import { DecodeError } from '../../../protocol/netlink/index.ts';
import { KernelError } from '../../netlink/errors.ts';
import { withClient } from '../kernel/reach.ts';
import type { Command, JsonStyle, ListingFormat, Source } from '../parse/command.ts';
import { CommandLineError, Status } from '../parse/command-line-error.ts';
import type { Client, System } from '../system.ts';
import type { ShownNames } from './labels.ts';
import { type Listed, mapServices } from './listed.ts';
import { serviceLines, titles, UNKNOWN_VERSION, versionLine } from './listing.ts';
import { serviceSortKey, sortByService, sortDestinations, sortServices } from './order.ts';
import { restoreProblem } from './rule-text.ts';
import { daemonRule, serviceRules, timeoutsRule } from './saving.ts';

type Report = Exclude<Command, { readonly do: 'help' | 'version' | 'restore' | 'change' }>;

/** Lists or saves what the kernel, or a capture, has. */
export async function report(command: Report, system: System): Promise<number> {
  const { source } = command;
  switch (command.do) {
    case 'list-table':
      await withClient(source, system, (client) => listTable(command, client, system));
      break;
    case 'save':
      await withClient(source, system, (client) => save(command, client, system));
      break;
    case 'list-connections': {
      const { listConnections } = await import('./list-connections.ts');
      await listConnections(command, system);
      break;
    }
    case 'list-timeouts': {
      const timeouts = await withClient(source, system, (client) => client.timeouts());
      const { timeoutsText } = await import('./settings-listing.ts');
      system.write(command.json ? await json({ timeouts }, command.json) : timeoutsText(timeouts));
      break;
    }
    case 'list-daemons': {
      const daemons = await withClient(source, system, (client) => client.daemons());
      const { daemonsText } = await import('./settings-listing.ts');
      system.write(command.json ? await json({ daemons }, command.json) : daemonsText(daemons));
      break;
    }
  }
  return Status.DONE;
}

async function json(document: unknown, style: JsonStyle): Promise<string> {
  const { jsonText } = await import('./json.ts');
  return jsonText(document, style);
}

async function listTable(
  command: Command & { readonly do: 'list-table' },
  client: Client,
  system: System,
): Promise<void> {
  const { source, format, service } = command;
  const { sorted, compat, numeric } = format;
  const info = service === undefined ? optional(source, () => client.info()) : undefined;
  const table =
    service === undefined
      ? client.records({ strategy: source.strategy }).services
      : oneService(client, command);
  if (command.json) {
    const services = sortedForJson(objectsOf(table), sorted);
    system.write(await json({ ...info, services }, command.json));
    return;
  }
  const text: ServiceText = (listed, names) => serviceLines(listed, format, names);
  const texts = await textsOf(table, text, { numeric, sorted, compat }, system);
  const missing = service === undefined ? UNKNOWN_VERSION : '';
  writeInParts([info === undefined ? missing : versionLine(info), titles(format), ...texts], system);
}

/** The lines of a service; names are given where there are to be some. */
type ServiceText = (listed: Listed, names: ShownNames | undefined) => string;

/** The text of every service, in the order in which they are listed. */
async function textsOf(
  table: ServiceRecords,
  text: ServiceText,
  { numeric, sorted, compat }: Pick<ListingFormat, 'numeric' | 'sorted' | 'compat'>,
  system: System,
): Promise<readonly string[]> {
  const names = numeric ? undefined : await namesFor(table, system);
  if (!sorted) return mapServices(table, (listed) => text(listed, names));
  const keyed = mapServices(table, (listed) => ({
    key: serviceSortKey(listed.service),
    item: text(listed, names),
  }));
  return sortByService(keyed, compat);
}

function objectsOf(table: ServiceRecords): ServiceWithDestinations[] {
  const cursor = table.cursor();
  const objects: ServiceWithDestinations[] = [];
  while (cursor.nextService()) objects.push(cursor.object());
  return objects;
}

/** How long a text is at least that is written at a time, in characters. */
const PART = 65536;

/** Writes in few calls, and yet does not keep all of a long text once more. */
function writeInParts(texts: readonly string[], system: System): void {
  let part = '';
  for (const text of texts) {
    part += text;
    if (part.length < PART) continue;
    system.write(part);
    part = '';
  }
  system.write(part);
}

function sortedForJson(
  services: readonly ServiceWithDestinations[],
  sorted: boolean,
): readonly ServiceWithDestinations[] {
  if (!sorted) return services;
  return sortServices(services, false).map((service) => ({
    ...service,
    counters: service.counters,
    destinations: sortDestinations(service.destinations, false),
  }));
}

/** Whether a capture just does not hold what was asked, or not legibly. */
function isMissing(error: unknown, { from }: Source): boolean {
  return from !== undefined && (error instanceof KernelError || error instanceof DecodeError);
}

function oneService(
  client: Client,
  { source, service }: Command & { readonly do: 'list-table' },
): ServiceRecords {
  const { strategy } = source;
  const { services } = client.records({ strategy, service });
  if (services.length > 0) return services;
  // Asking for it says what the kernel says.
  if (strategy !== 'single') client.service(service!);
  throw new CommandLineError('there is no such service', Status.LISTING_FAILED);
}

async function save(
  { source, numeric, lossless, compat, json: asJson }: Command & { readonly do: 'save' },
  client: Client,
  system: System,
): Promise<void> {
  const table = client.records({ strategy: source.strategy }).services;
  const timeouts = (): Timeouts | undefined =>
    compat ? undefined : optional(source, () => client.timeouts());
  const daemons = (): readonly Daemon[] | undefined =>
    lossless ? optional(source, () => client.daemons()) : undefined;
  if (asJson) {
    const { desiredFileText } = await import('../../ipvs/desired-file/index.ts');
    const services = sortServices(objectsOf(table), false);
    system.write(await desiredFileText(services, 'json', { timeouts: timeouts(), daemons: daemons() }));
    return;
  }
  const problems = new Map<string, string>();
  const text: ServiceText = (listed, names) => {
    const { service } = listed;
    const problem = restoreProblem(service);
    if (problem !== undefined) problems.set(serviceKeyText(service), problem);
    return serviceRules(listed, compat, names && { ...names, whole: !compat });
  };
  const texts = await textsOf(table, text, { numeric, sorted: true, compat }, system);
  const set = timeouts();
  const settings = [
    set === undefined ? '' : timeoutsRule(set, lossless),
    ...(daemons() ?? []).map((daemon) => daemonRule(daemon)),
  ];
  writeInParts([...texts, ...settings], system);
  for (const [service, problem] of problems)
    system.writeError(`ipvs: service ${service}: -R will refuse its rule (${problem}); --json keeps it`);
}

function optional<Result>(source: Source, ask: () => Result): Result | undefined {
  try {
    return ask();
  } catch (error) {
    if (isMissing(error, source)) return undefined;
    throw error;
  }
}

async function namesFor(services: ServiceRecords, system: System): Promise<ShownNames> {
  const { addressesOf, shownNames } = await import('../names/shown-names.ts');
  return await shownNames(addressesOf(services), system);
}
