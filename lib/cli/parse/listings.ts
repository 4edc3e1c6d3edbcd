import { destinationFields, type Protocol } from '../../../protocol/ipvs/index.ts';
import { FieldError } from '../../../protocol/netlink/index.ts';
import { type ConnectionFilter, filterChecks } from '../../ipvs/proc/connection-filter.ts';
import type {
  Command,
  CountKey,
  JsonCounterFormat,
  ListingFormat,
  SortKey,
  TableFilter,
  TableLocation,
} from './command.ts';
import { CommandError } from './command-error.ts';
import type { ParsedOptions } from './parsed-options.ts';
import { optionChoices } from './values/choices.ts';

const COLUMNS = ['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info'] as const;

/** Returns the command for a listing of the table. Throws a CommandError. */
export function tableListing(
  parsed: ParsedOptions,
  location: TableLocation,
  json: JsonCounterFormat | undefined,
): Command {
  const given = parsed.occurrences;
  const filter = tableFilter(parsed, given.has('compat'));
  const format: ListingFormat = {
    columns: COLUMNS.find((name) => given.has(name)) ?? 'default',
    numeric: given.has('numeric'),
    exact: given.has('exact'),
    sorted: !given.has('nosort'),
    compat: given.has('compat'),
    sortKey: (choiceOf(parsed, 'sort') ?? 'address') as SortKey,
    wide: given.has('wide'),
  };
  return {
    do: 'list-table',
    location,
    format,
    json,
    jsonLines: given.has('json-lines'),
    service: filter?.address === undefined ? parsed.serviceKey() : undefined,
    filter,
  };
}

/** Returns the command for a listing of connections. Throws a CommandError. */
export function connectionListing(
  parsed: ParsedOptions,
  location: TableLocation,
  json: JsonCounterFormat | undefined,
): Command {
  const given = parsed.occurrences;
  return {
    do: 'list-connections',
    location,
    numeric: given.has('numeric'),
    engineData: given.has('persistent-conn'),
    json,
    jsonLines: given.has('json-lines'),
    filter: connectionFilter(parsed),
    countBy: choiceOf(parsed, 'count-by') as CountKey | undefined,
  };
}

/** Returns the filter for connections from the options. Throws a CommandError. */
function connectionFilter(parsed: ParsedOptions): ConnectionFilter {
  const { protocol, address, givenPort, server, occurrences } = parsed;
  if (parsed.mark !== 0)
    throw new CommandError('-f: cannot be used with -c: the kernel does not show the marks of connections');
  const isService = parsed.family !== undefined;
  const client = occurrences.get('client');
  if (client !== undefined) checkClient(client.typed, client.value!);
  return {
    virtual: isService ? { address, port: givenPort } : undefined,
    protocol: isService ? protocol : (choiceOf(parsed, 'protocol') as Protocol | undefined),
    destination: server === undefined ? undefined : { address: server.address, port: server.givenPort },
    client: client?.value,
    state: occurrences.get('state')?.value,
    minimumExpires: secondsOf(parsed, 'expires-after'),
    maximumExpires: secondsOf(parsed, 'expires-within'),
  };
}

/** Returns the filter for the table from the options; undefined for the whole table. */
function tableFilter(parsed: ParsedOptions, compat: boolean): TableFilter | undefined {
  const { protocol, address, givenPort, mark, server, occurrences } = parsed;
  const anyPort = parsed.family !== undefined && mark === 0 && givenPort === undefined && !compat;
  const weight = occurrences.has('destination.weight')
    ? (parsed.fields('destination', destinationFields).weight as number)
    : undefined;
  if (!anyPort && server === undefined && weight === undefined) return undefined;
  return {
    address: anyPort ? { protocol: protocol!, address } : undefined,
    server: server && { address: server.address, port: server.givenPort },
    weight,
  };
}

type Name = Parameters<ParsedOptions['occurrences']['get']>[0];

function choiceOf({ occurrences }: ParsedOptions, name: Name): string | undefined {
  const { typed, value } = occurrences.get(name) ?? {};
  if (value === undefined) return undefined;
  const choices = optionChoices[name]!;
  if (!choices.includes(value))
    throw new CommandError(`${typed} ${value}: must be one of ${choices.join(', ')}`);
  return value;
}

function secondsOf({ occurrences }: ParsedOptions, name: Name): number | undefined {
  const { typed, value } = occurrences.get(name) ?? {};
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value))
    throw new CommandError(`${typed} ${value}: must be a whole number of seconds`);
  return Number(value);
}

function checkClient(typed: string, value: string): void {
  try {
    filterChecks.client('client', value);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new CommandError(`${typed} ${value}: must be an address, or a network as address/prefix-length`);
  }
}
