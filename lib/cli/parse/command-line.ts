import {
  type Daemon,
  type DaemonRole,
  type DestinationUpdate,
  daemonFields,
  destinationFields,
  type ServiceUpdate,
  serviceFields,
  type Tunnel,
  tunnelFields,
} from '../../../protocol/ipvs/index.ts';
import type { BatchOperation } from '../../ipvs/batch-operations.ts';
import { didYouMean } from '../../text/closest-name.ts';
import type { Command, JsonCounterFormat, TableLocation } from './command.ts';
import { CommandError, Status } from './command-error.ts';
import { connectionListing, tableListing } from './listings.ts';
import { commandOptions, type Occurrence, OptionReader } from './option-reader.ts';
import { checkOptionRules, checkTunnelOptions } from './option-rules.ts';
import { type CommandOption, type OptionName, subcommandNames } from './options.ts';
import { connectionTimeout, type ParseContext, ParsedOptions } from './parsed-options.ts';
import { bracketed, isIPv6 } from './values/endpoint.ts';

/** Options that may be given twice: ipvsadm does not record them in the bit mask that detects repetitions. */
const REPEATABLE: ReadonlySet<OptionName> = new Set(['sort', 'ipv6']);

/** The parts of a command line, before the rules for its options are checked. */
interface Line {
  readonly command: CommandOption;
  /** The command as it was typed. */
  readonly typed: string;
  readonly value: string | undefined;
  /** The options as they were typed, and their values. */
  readonly parsed: ParsedOptions;
  readonly operands: readonly string[];
}

/**
 * Parses a command line by ipvsadm's rules. Throws a CommandError whose message names the wrong option,
 * or an UnresolvedHosts if a host has to be looked up first.
 */
export function parseCommandLine(args: readonly string[], context: ParseContext): Command {
  if (args.length === 0) return listTable(new ParsedOptions(context));
  const line = readLine(args, context);
  const { command: name } = line.command;
  if (name === 'help' || name === 'version') return { do: name };
  checkOperands(line);
  const flags = line.parsed.schedulerFlags();
  checkOptionRules(name, line.typed, line.parsed.occurrences);
  const command = listSaveOrRestore(line);
  if (command !== undefined) return command;
  return {
    do: 'change',
    location: locationOf(line.parsed),
    change: changeOf(line, flags),
    warning: unusedPortWarning(line),
  };
}

function readLine(args: readonly string[], context: ParseContext): Line {
  const reader = new OptionReader(args, commandOptions);
  const parsed = new ParsedOptions(context);
  let first: Occurrence<CommandOption> | undefined;
  for (let occurrence = reader.next(); occurrence !== undefined; occurrence = reader.next()) {
    const { option, typed } = occurrence;
    if ('command' in option) {
      if (first !== undefined)
        throw new CommandError(`${typed}: cannot be used with ${first.typed}, only one command at a time`);
      first = { ...occurrence, option };
      if (option.command === 'help' || option.command === 'version') break;
      // Only the commands for sync daemons take a value: a role, which is checked here.
      if (option.value !== undefined) roleOf(typed, occurrence.value!);
      continue;
    }
    if (first === undefined && !option.mayPrecedeCommand) {
      throw commandMissing(typed);
    }
    const before = parsed.occurrences.get(option.name)?.typed;
    if (before !== undefined && !REPEATABLE.has(option.name)) {
      throw new CommandError(
        before === typed ? `${typed}: given twice` : `${typed}: cannot be used with ${before}`,
      );
    }
    parsed.add(occurrence);
  }
  if (first === undefined) {
    const word = reader.operands[0];
    if (word !== undefined) throw commandMissing(word);
    // If there are common options only, and no command, the table is listed.
    return { command: LIST, typed: '-L', value: undefined, parsed, operands: [] };
  }
  return {
    command: first.option,
    typed: first.typed,
    value: first.value,
    parsed,
    operands: reader.operands,
  };
}

/** What users may type instead of `-L -c` to list connections. */
const CONNECTIONS = /^(-c|(--)?conn(s|ections?)?)$/;

function commandMissing(word: string): CommandError {
  const hint = CONNECTIONS.test(word) ? '; to list connections use -L -c' : didYouMean(word, subcommandNames);
  return new CommandError(
    `${word}: the first option must say what to do (see ipvs --help)${hint}`,
    Status.INVALID_OPTION,
  );
}

const LIST: CommandOption = { command: 'list', long: 'list', short: 'L', help: '' };

function roleOf(typed: string, value: string): DaemonRole {
  if (value !== 'master' && value !== 'backup')
    throw new CommandError(`${typed} ${value}: must be master or backup`);
  return value;
}

function checkOperands({ command, typed, operands }: Line): void {
  const expected = command.command === 'set' ? 3 : 0;
  if (operands.length < expected)
    throw new CommandError(`${typed}: needs three timeouts in seconds: tcp tcpfin udp`);
  if (command.command === 'set')
    for (const operand of operands.slice(0, 3)) connectionTimeout(typed, operand);
  if (operands.length > expected)
    throw new CommandError(`${operands[expected]}: unexpected operand with ${typed}`);
}

function locationOf({ netns, occurrences }: ParsedOptions): TableLocation {
  const fake = occurrences.get('fake');
  return {
    netns,
    from: occurrences.get('from')?.value,
    fake: fake && { file: fake.value },
    strategy: occurrences.has('single') ? 'single' : occurrences.has('per-service') ? 'per-service' : 'auto',
  };
}

function jsonCounterFormat({ occurrences }: ParsedOptions): JsonCounterFormat | undefined {
  if (occurrences.has('json-numbers')) return 'numbers';
  return occurrences.has('json') || occurrences.has('json-lines') ? 'strings' : undefined;
}

function listTable(parsed: ParsedOptions): Command {
  return tableListing(parsed, locationOf(parsed), jsonCounterFormat(parsed));
}

/** Returns the command for -L, -S or -R; undefined for other commands. */
function listSaveOrRestore({ command, parsed }: Line): Command | undefined {
  const given = parsed.occurrences;
  const location = locationOf(parsed);
  const json = jsonCounterFormat(parsed);
  const numeric = given.has('numeric');
  const compat = given.has('compat');
  if (command.command === 'save')
    return { do: 'save', location, numeric, lossless: given.has('lossless'), compat, json };
  if (command.command === 'restore')
    return { do: 'restore', location, check: given.has('check'), keepGoing: given.has('keep-going'), compat };
  if (command.command !== 'list') return undefined;
  if (given.has('timeout')) return { do: 'list-timeouts', location, json };
  if (given.has('daemon')) return { do: 'list-daemons', location, json };
  if (!given.has('connection')) return listTable(parsed);
  return connectionListing(parsed, location, json);
}

function changeOf(line: Line, schedulerFlags: ReturnType<ParsedOptions['schedulerFlags']>): BatchOperation {
  const { command, typed, value, parsed, operands } = line;
  switch (command.command) {
    case 'add-service':
    case 'edit-service': {
      const service = serviceOf(line, schedulerFlags);
      return command.command === 'add-service'
        ? { do: 'add-service', service }
        : { do: 'update-service', service };
    }
    case 'delete-service':
      return { do: 'delete-service', service: parsed.serviceKey()! };
    case 'zero':
      return { do: 'zero', service: serviceToZero(parsed) };
    case 'clear':
      return { do: 'flush' };
    case 'add-server':
    case 'edit-server': {
      const service = parsed.serviceKey()!;
      const destination = destinationOf(line);
      return command.command === 'add-server'
        ? { do: 'add-destination', service, destination }
        : { do: 'update-destination', service, destination };
    }
    case 'delete-server': {
      const { address, port } = parsed.server!;
      return { do: 'delete-destination', service: parsed.serviceKey()!, destination: { address, port } };
    }
    case 'set': {
      const [tcp = 0, tcpFin = 0, udp = 0] = operands.map((operand) => connectionTimeout(typed, operand));
      return { do: 'set-timeouts', timeouts: { tcp, tcpFin, udp } };
    }
    case 'start-daemon': {
      const role = roleOf(typed, value!);
      const daemon = { role, ...parsed.fields('daemon', daemonFields) } as Daemon;
      return { do: 'start-daemon', daemon };
    }
    default: {
      const role = roleOf(typed, value!);
      const { syncId } = parsed.fields('daemon', daemonFields) as Pick<Daemon, 'syncId'>;
      return { do: 'stop-daemon', daemon: { role, syncId } };
    }
  }
}

/** Returns the service whose counters are zeroed; undefined for all: if none is given, or, as in ipvsadm, 0.0.0.0:0. */
function serviceToZero(parsed: ParsedOptions): ReturnType<ParsedOptions['serviceKey']> {
  const key = parsed.serviceKey();
  const any = key?.address === '0.0.0.0' || key?.address === '::';
  return any && key.port === 0 ? undefined : key;
}

type ScalarServiceSettings = Pick<ServiceUpdate, 'scheduler' | 'onePacket' | 'persistenceEngine'>;

function serviceOf(
  { parsed }: Line,
  schedulerFlags: ReturnType<ParsedOptions['schedulerFlags']>,
): ServiceUpdate {
  const { mark, port, protocol, occurrences } = parsed;
  const fields = parsed.fields('service', serviceFields) as unknown as ScalarServiceSettings;
  const persistence = parsed.persistence();
  const typed = occurrences.get('service')?.typed;
  if (mark === 0 && port === 0 && persistence === undefined)
    throw new CommandError(portMissingText(`${typed} ${parsed.endpointText}`, parsed));
  if (fields.onePacket && mark === 0 && protocol !== 'udp')
    throw new CommandError(
      `${occurrences.get('service.onePacket')?.typed}: can only be used with -u or -f, not with ${typed}`,
    );
  return {
    ...fields,
    ...parsed.serviceKey()!,
    persistence,
    schedulerFlags,
    // ipvsadm clears unknown flags; an update without this field would leave them as they are.
    otherFlags: 0,
  };
}

/** Says why a service that has no port, or port 0, needs -p. */
function portMissingText(typed: string, { endpointText }: ParsedOptions): string {
  const every = 'means every port and needs -p';
  if (isIPv6(endpointText))
    return `${typed}: is an address without a port, which ${every}; with a port write ${bracketed(endpointText)}`;
  if (endpointText.includes(':')) return `${typed}: port 0 ${every}`;
  return `${typed}: has no port, which ${every}; with a port write ${endpointText}:PORT`;
}

/** Returns the warning that the port given for a real server is not used. */
function unusedPortWarning({ command, parsed }: Line): string | undefined {
  const { server, mark, port } = parsed;
  const { forwarding } = parsed.fields('destination', destinationFields);
  if (command.command !== 'add-server' && command.command !== 'edit-server') return undefined;
  const unused = server?.givenPort;
  if (unused === undefined || unused === port || mark !== 0 || forwarding === 'masq') return undefined;
  const typed = parsed.occurrences.get('server')?.typed;
  return `${typed}: port ${unused} is not used: without -m packets are sent to the service's port, ${port}`;
}

function destinationOf({ parsed }: Line): DestinationUpdate {
  const { occurrences } = parsed;
  const { address, family, port } = parsed.server!;
  const fields = parsed.fields('destination', destinationFields);
  const tunnel = parsed.fields('destination.tunnel', tunnelFields) as unknown as Tunnel;
  const tunnelled = fields.forwarding === 'tunnel';
  if (family !== parsed.family && !tunnelled) {
    throw new CommandError(
      `${occurrences.get('server')?.typed} ${address}: must be of the service's family unless -i is given`,
    );
  }
  checkTunnelOptions(tunnelled, String(tunnel.type), occurrences);
  const keepsPort = parsed.mark !== 0 || fields.forwarding === 'masq';
  return {
    address,
    port: keepsPort ? port : parsed.port,
    ...fields,
    tunnel: tunnelled ? tunnel : null,
  } as DestinationUpdate;
}
