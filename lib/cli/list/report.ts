import {
  type Daemon,
  type RecordCursor,
  type ServiceRecords,
  type ServiceWithDestinations,
  serviceKeyText,
  type Timeouts,
} from '../../../protocol/ipvs/index.ts';
import { DecodeError } from '../../../protocol/netlink/index.ts';
import { KernelError } from '../../netlink/errors.ts';
import { withClient } from '../kernel/reach.ts';
import type { Command, JsonStyle, TableSource } from '../parse/command.ts';
import { CommandLineError, Status } from '../parse/command-line-error.ts';
import type { Client, System } from '../system.ts';
import type { ShownNames } from './labels.ts';
import { serviceLines, titles, UNKNOWN_VERSION, versionLine } from './listing.ts';
import { type Order, orderServices, visitDestinations } from './order.ts';
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
  const order = orderOf(sorted, compat && !command.json);
  const info = service === undefined ? optional(source, () => client.info()) : undefined;
  const table =
    service === undefined
      ? client.records({ strategy: source.strategy }).services
      : oneService(client, command);
  if (command.json) {
    const services = objectsOf(table, order, order);
    system.write(await json({ ...info, services }, command.json));
    return;
  }
  const text: ServiceText = (cursor, names) => serviceLines(cursor, format, order, names);
  const missing = service === undefined ? UNKNOWN_VERSION : '';
  const start = (info === undefined ? missing : versionLine(info)) + titles(format);
  const parts = await listed(start, table, text, order, numeric, system);
  system.write(Buffer.concat(parts));
}

/** The lines of the service that a cursor is at, with names where these are given. */
type ServiceText = (cursor: RecordCursor, names: ShownNames | undefined) => string;

/** Length of the parts in which text is made, in characters: short ones are collected while they are young. */
const PART_LENGTH = 8192;

/** The parts of a text that begins with `start` and continues with that of every service. */
async function listed(
  start: string,
  table: ServiceRecords,
  text: ServiceText,
  order: Order,
  numeric: boolean,
  system: System,
): Promise<Buffer[]> {
  const names = numeric ? undefined : await namesFor(table, system);
  const cursor = table.cursor();
  const parts: Buffer[] = [];
  let part = start;
  for (const index of orderServices(table, order)) {
    cursor.moveTo(index);
    part += text(cursor, names);
    if (part.length < PART_LENGTH) continue;
    parts.push(Buffer.from(part));
    part = '';
  }
  parts.push(Buffer.from(part));
  return parts;
}

/** A table as objects, services and the destinations of each in their orders. */
function objectsOf(table: ServiceRecords, order: Order, destinations: Order): ServiceWithDestinations[] {
  const cursor = table.cursor();
  return orderServices(table, order).map((index) => {
    cursor.moveTo(index);
    const service = cursor.object();
    const all = [...service.destinations];
    let next = 0;
    visitDestinations(cursor, destinations, (number) => {
      service.destinations[next++] = all[number]!;
    });
    return service;
  });
}

/** Whether a request failed only because the capture lacks its reply, or has it damaged. */
function isMissing(error: unknown, { from }: TableSource): boolean {
  return from !== undefined && (error instanceof KernelError || error instanceof DecodeError);
}

function oneService(
  client: Client,
  { source, service }: Command & { readonly do: 'list-table' },
): ServiceRecords {
  const { strategy } = source;
  const { services } = client.records({ strategy, service });
  if (services.length > 0) return services;
  // This request fails with the kernel's own error.
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
    const services = objectsOf(table, 'sorted', 'kernel');
    system.write(await desiredFileText(services, 'json', { timeouts: timeouts(), daemons: daemons() }));
    return;
  }
  const problems = new Map<string, string>();
  const order = orderOf(true, compat);
  const text: ServiceText = (cursor, names) => {
    const { service } = cursor;
    const problem = restoreProblem(service);
    if (problem !== undefined) problems.set(serviceKeyText(service), problem);
    return serviceRules(cursor, compat, order, names && { ...names, whole: !compat });
  };
  const parts = await listed('', table, text, order, numeric, system);
  const set = timeouts();
  if (set !== undefined) parts.push(Buffer.from(timeoutsRule(set, lossless)));
  for (const daemon of daemons() ?? []) parts.push(Buffer.from(daemonRule(daemon)));
  system.write(Buffer.concat(parts));
  for (const [service, problem] of problems)
    system.writeError(`ipvs: service ${service}: -R will refuse its rule (${problem}); --json keeps it`);
}

function orderOf(sorted: boolean, compat: boolean): Order {
  if (!sorted) return 'kernel';
  return compat ? 'ipvsadm' : 'sorted';
}

function optional<Result>(source: TableSource, ask: () => Result): Result | undefined {
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
