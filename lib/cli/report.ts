import type { ServiceWithDestinations } from '../../protocol/ipvs/index.ts';
import { KernelError } from '../errors.ts';
import type { Command, Source } from './command.ts';
import { CommandLineError, Status } from './command-line-error.ts';
import type { ShownNames } from './labels.ts';
import { listingText, versionLine } from './listing.ts';
import { sortDestinations, sortServices } from './order.ts';
import { withClient } from './reach.ts';
import { daemonRule, rulesText, timeoutsRule } from './saving.ts';
import type { Client, System } from './system.ts';

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
      system.write(command.json ? await json({ timeouts }) : timeoutsText(timeouts));
      break;
    }
    case 'list-daemons': {
      const daemons = await withClient(source, system, (client) => client.daemons());
      const { daemonsText } = await import('./settings-listing.ts');
      system.write(command.json ? await json({ daemons }) : daemonsText(daemons));
      break;
    }
  }
  return Status.DONE;
}

async function json(document: unknown): Promise<string> {
  const { jsonText } = await import('./json.ts');
  return jsonText(document);
}

async function listTable(
  command: Command & { readonly do: 'list-table' },
  client: Client,
  system: System,
): Promise<void> {
  const { source, format, service } = command;
  const info = service === undefined ? optional(source, () => client.info()) : undefined;
  const services = service === undefined ? wholeTable(client, source) : [oneService(client, command)];
  if (command.json) {
    system.write(await json({ ...info, services: sortedForJson(services, format.sorted) }));
    return;
  }
  const names = format.numeric ? undefined : await namesFor(services, system);
  system.write((info === undefined ? '' : versionLine(info)) + listingText(services, format, names));
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

/** Whether a capture just does not hold what was asked. */
function isMissing(error: unknown, { from }: Source): boolean {
  return from !== undefined && error instanceof KernelError;
}

function wholeTable(client: Client, { strategy }: Source): readonly ServiceWithDestinations[] {
  return client.dump({ strategy }).services;
}

function oneService(
  client: Client,
  { source, service }: Command & { readonly do: 'list-table' },
): ServiceWithDestinations {
  const key = service!;
  if (source.strategy === 'single') {
    const [found] = client.dump({ strategy: 'single', service: key }).services;
    if (found !== undefined) return found;
    throw new CommandLineError('there is no such service', Status.LISTING_FAILED);
  }
  const found = client.service(key);
  return { ...found, counters: found.counters, destinations: client.destinations(key) };
}

async function save(
  { source, numeric, lossless, compat, json: asJson }: Command & { readonly do: 'save' },
  client: Client,
  system: System,
): Promise<void> {
  const services = wholeTable(client, source);
  const timeouts = compat ? undefined : optional(source, () => client.timeouts());
  const daemons = lossless ? optional(source, () => client.daemons()) : undefined;
  if (asJson) {
    system.write(await json({ services: sortedForJson(services, true), timeouts, daemons }));
    return;
  }
  const names = numeric ? undefined : await namesFor(services, system);
  let text = rulesText(services, compat, names);
  if (timeouts !== undefined) text += timeoutsRule(timeouts, lossless);
  for (const daemon of daemons ?? []) text += daemonRule(daemon);
  system.write(text);
}

function optional<Result>(source: Source, ask: () => Result): Result | undefined {
  try {
    return ask();
  } catch (error) {
    if (isMissing(error, source)) return undefined;
    throw error;
  }
}

async function namesFor(services: readonly ServiceWithDestinations[], system: System): Promise<ShownNames> {
  const { addressesOf, shownNames } = await import('./shown-names.ts');
  return await shownNames(addressesOf(services), system);
}
