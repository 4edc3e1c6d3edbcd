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
import type { Command, JsonStyle, TableLocation } from './command.ts';
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
  /** The values of the options. */
  readonly parsed: ParsedOptions;
  /** The options as they were typed. */
  readonly given: ReadonlyMap<OptionName, string>;
  readonly operands: readonly string[];
}

/**
 * Parses a command line by ipvsadm's rules. Throws a CommandError whose message names the wrong option,
 * or an UnresolvedHosts if a host has to be looked up first.
 */
export function parseCommandLine(args: readonly string[], context: ParseContext): Command {
  if (args.length === 0) return listTable(new Map(), new ParsedOptions(context));
  const line = readLine(args, context);
  const { command: name } = line.command;
  if (name === 'help' || name === 'version') return { do: name };
  checkOperands(line);
  const flags = line.parsed.schedulerFlags();
  checkOptionRules(name, line.typed, line.given);
  const command = listSaveOrRestore(line);
  if (command !== undefined) return command;
  return {
    do: 'change',
    location: locationOf(line.given, line.parsed),
    change: changeOf(line, flags),
    warning: unusedPort(line),
  };
}

function readLine(args: readonly string[], context: ParseContext): Line {
  const reader = new OptionReader(args, commandOptions);
  const parsed = new ParsedOptions(context);
  const given = new Map<OptionName, string>();
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
    if (first === undefined && !option.common) {
      throw commandMissing(typed);
    }
    if (given.has(option.name) && !REPEATABLE.has(option.name)) {
      const before = given.get(option.name);
      throw new CommandError(
        before === typed ? `${typed}: given twice` : `${typed}: cannot be used with ${before}`,
      );
    }
    given.set(option.name, typed);
    parsed.add(occurrence);
  }
  if (first === undefined) {
    const word = reader.operands[0];
    if (word === undefined) return lineWithoutCommand(parsed, given);
    throw commandMissing(word);
  }
  return {
    command: first.option,
    typed: first.typed,
    value: first.value,
    parsed,
    given,
    operands: reader.operands,
  };
}

/** What users may type instead of `-L -c` to list connections. */
const CONNECTIONS = /^(-c|(--)?conn(s|ections?)?)$/;

function commandMissing(word: string): CommandError {
  const hint = CONNECTIONS.test(word) ? '; to list connections use -L -c' : didYouMean(word, subcommandNames);
  return new CommandError(
    `${word}: the first option must say what to do (see ipvs --help)${hint}`,
    Status.REFUSED,
  );
}

const LIST: CommandOption = { command: 'list', long: 'list', short: 'L', help: '' };

/** Returns the command line for common options without a command, which lists the table. */
function lineWithoutCommand(parsed: ParsedOptions, given: ReadonlyMap<OptionName, string>): Line {
  return { command: LIST, typed: '-L', value: undefined, parsed, given, operands: [] };
}

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

function locationOf(given: ReadonlyMap<OptionName, string>, parsed: ParsedOptions): TableLocation {
  return {
    netns: parsed.netns,
    from: parsed.from,
    fake: parsed.fake,
    strategy: given.has('single') ? 'single' : given.has('per-service') ? 'per-service' : 'auto',
  };
}

function jsonStyle(given: ReadonlyMap<OptionName, string>): JsonStyle | undefined {
  if (given.has('json-numbers')) return 'numbers';
  return given.has('json') || given.has('json-lines') ? 'text' : undefined;
}

function listTable(given: ReadonlyMap<OptionName, string>, parsed: ParsedOptions): Command {
  return tableListing(given, parsed, locationOf(given, parsed), jsonStyle(given));
}

/** Returns the command for -L, -S or -R; undefined for other commands. */
function listSaveOrRestore({ command, parsed, given }: Line): Command | undefined {
  const location = locationOf(given, parsed);
  const json = jsonStyle(given);
  const numeric = given.has('numeric');
  const compat = given.has('compat');
  if (command.command === 'save')
    return { do: 'save', location, numeric, lossless: given.has('lossless'), compat, json };
  if (command.command === 'restore')
    return { do: 'restore', location, check: given.has('check'), keepGoing: given.has('keep-going'), compat };
  if (command.command !== 'list') return undefined;
  if (given.has('timeout')) return { do: 'list-timeouts', location, json };
  if (given.has('daemon')) return { do: 'list-daemons', location, json };
  if (!given.has('connection')) return listTable(given, parsed);
  return connectionListing(given, parsed, location, json);
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
  { parsed, given }: Line,
  schedulerFlags: ReturnType<ParsedOptions['schedulerFlags']>,
): ServiceUpdate {
  const { mark, port, protocol } = parsed;
  const fields = parsed.fields('service', serviceFields) as unknown as ScalarServiceSettings;
  const persistence = parsed.persistence();
  const typed = given.get('service');
  if (mark === 0 && port === 0 && persistence === undefined)
    throw new CommandError(portMissingText(`${typed} ${parsed.endpointText}`, parsed));
  if (fields.onePacket && mark === 0 && protocol !== 'udp')
    throw new CommandError(
      `${given.get('service.onePacket')}: can only be used with -u or -f, not with ${typed}`,
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
function unusedPort({ command, parsed, given }: Line): string | undefined {
  const { server, mark, port } = parsed;
  const { forwarding } = parsed.fields('destination', destinationFields);
  if (command.command !== 'add-server' && command.command !== 'edit-server') return undefined;
  const unused = server?.givenPort;
  if (unused === undefined || unused === port || mark !== 0 || forwarding === 'masq') return undefined;
  return `${given.get('server')}: port ${unused} is not used: without -m packets are sent to the service's port, ${port}`;
}

function destinationOf({ parsed, given }: Line): DestinationUpdate {
  const { address, family, port } = parsed.server!;
  const fields = parsed.fields('destination', destinationFields);
  const tunnel = parsed.fields('destination.tunnel', tunnelFields) as unknown as Tunnel;
  const tunnelled = fields.forwarding === 'tunnel';
  if (family !== parsed.family && !tunnelled) {
    throw new CommandError(
      `${given.get('server')} ${address}: must be of the service's family unless -i is given`,
    );
  }
  checkTunnelOptions(tunnelled, String(tunnel.type), given);
  const keepsPort = parsed.mark !== 0 || fields.forwarding === 'masq';
  return {
    address,
    port: keepsPort ? port : parsed.port,
    ...fields,
    tunnel: tunnelled ? tunnel : null,
  } as DestinationUpdate;
}
