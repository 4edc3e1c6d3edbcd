import { CommandError } from './command-error.ts';
import type { Occurrence } from './option-reader.ts';
import { type CommandName, fieldOptionNames, type OptionName } from './options.ts';

/** The options that a command accepts. */
interface OptionRule {
  readonly required: readonly OptionName[];
  readonly allowed: readonly OptionName[];
  /** Groups of allowed options of which at most one may be given. */
  readonly exclusive: readonly (readonly OptionName[])[];
}

/** Options for listings of connections (-L -c). */
const CONNECTION_OPTIONS: readonly OptionName[] = [
  'client',
  'state',
  'protocol',
  'expires-within',
  'expires-after',
  'count-by',
];
/** Options that choose how the table is dumped. */
const DUMP_STRATEGIES: readonly OptionName[] = ['single', 'per-service'];

function rule(
  required: readonly OptionName[],
  allowed: readonly OptionName[] = [],
  exclusive: readonly (readonly OptionName[])[] = [],
): OptionRule {
  // As in ipvsadm, --sort and -6 are accepted with every command.
  return { required, allowed: [...allowed, 'netns', 'fake', 'sort', 'ipv6'], exclusive };
}

const serviceRule = rule(['service'], fieldOptionNames('service'));
const serverRule = rule(['service', 'server'], fieldOptionNames('destination'));

const optionRules: Readonly<Record<Exclude<CommandName, 'help' | 'version'>, OptionRule>> = {
  'add-service': serviceRule,
  'edit-service': serviceRule,
  'delete-service': rule(['service']),
  clear: rule([]),
  list: rule(
    [],
    [
      'numeric',
      'stats',
      'rate',
      'exact',
      'thresholds',
      'persistent-conn',
      'tun-info',
      'nosort',
      'daemon.syncId',
      'server',
      'destination.weight',
      ...CONNECTION_OPTIONS,
      'wide',
      'json-lines',
      'json',
      'json-numbers',
      'compat',
      'from',
    ],
    [['connection', 'timeout', 'daemon'], ['service', 'timeout', 'daemon'], DUMP_STRATEGIES],
  ),
  'add-server': serverRule,
  'edit-server': serverRule,
  'delete-server': rule(['service', 'server']),
  set: rule([]),
  'start-daemon': rule([], fieldOptionNames('daemon')),
  'stop-daemon': rule([], ['daemon.syncId']),
  restore: rule([], ['check', 'keep-going', 'compat']),
  save: rule([], ['numeric', 'json', 'json-numbers', 'from'], [['compat', 'lossless'], DUMP_STRATEGIES]),
  zero: rule([], ['service']),
};

/** Options that choose which table is used, of which at most one may be given. */
export const LOCATION_OPTIONS: readonly OptionName[] = ['netns', 'from', 'fake'];

/** Options of -L that list something other than services. */
const OTHER_LISTINGS: readonly OptionName[] = ['timeout', 'daemon'];
/** Options of -L that conflict, besides those in its rule: each option of the first list with each of the second. */
const LIST_CONFLICTS: readonly (readonly [readonly OptionName[], readonly OptionName[]])[] = [
  [
    ['connection', ...OTHER_LISTINGS],
    ['stats', 'rate', 'thresholds'],
  ],
  [OTHER_LISTINGS, ['persistent-conn', 'server', 'destination.weight', 'wide', 'json-lines']],
  [['connection'], ['destination.weight', 'wide', ...DUMP_STRATEGIES]],
  [['service'], ['protocol']],
];

/** The names of required options in messages. */
const REQUIRED_TEXTS: Readonly<Record<string, string>> = {
  service: '-t, -u, --sctp-service or -f',
  server: '-r',
};

/**
 * Checks the options of a command line against the rule of its command. `typed` is the command as it was typed, such
 * as `--add-service`, and `given` contains every option. Throws a CommandError that names the option.
 */
export function checkOptionRules(
  command: CommandName,
  typed: string,
  given: ReadonlyMap<OptionName, Occurrence>,
): void {
  if (command === 'help' || command === 'version') return;
  const { required, allowed, exclusive } = optionRules[command];
  for (const name of required) {
    if (!given.has(name)) throw new CommandError(`${REQUIRED_TEXTS[name]}: needed with ${typed}`);
  }
  const accepted = new Set([...required, ...allowed, ...exclusive.flat()]);
  for (const [name, { typed: option }] of given) {
    if (!accepted.has(name)) throw new CommandError(`${option}: cannot be used with ${typed}`);
  }
  const forbidBoth = (first: OptionName | undefined, second: OptionName | undefined): void => {
    if (first !== undefined && second !== undefined)
      throw new CommandError(`${given.get(second)?.typed}: cannot be used with ${given.get(first)?.typed}`);
  };
  const isGiven = (name: OptionName): boolean => given.has(name);
  for (const names of [...exclusive, LOCATION_OPTIONS]) {
    const [first, second] = names.filter(isGiven);
    forbidBoth(first, second);
  }
  if (command !== 'list') return;
  const connectionOption = CONNECTION_OPTIONS.find(isGiven);
  if (connectionOption !== undefined && !given.has('connection'))
    throw new CommandError(`${given.get(connectionOption)?.typed}: needs -c`);
  for (const [firsts, seconds] of LIST_CONFLICTS) forbidBoth(firsts.find(isGiven), seconds.find(isGiven));
}

const TUNNEL_TYPE: OptionName = 'destination.tunnel.type';
const TUNNEL_PORT: OptionName = 'destination.tunnel.port';
const TUNNEL_CHECKSUM: OptionName = 'destination.tunnel.checksum';

/** The options that cannot be used with a tunnel type. */
const TUNNEL_CONFLICTS: Readonly<Record<string, readonly string[]>> = {
  ipip: ['--tun-port', '--tun-nocsum', '--tun-csum', '--tun-remcsum'],
  gue: [],
  gre: ['--tun-port', '--tun-remcsum'],
};

/**
 * Checks the tunnel options of a real server against its forwarding method (`tunnelled`: -i) and tunnel type. Throws
 * a CommandError that names the option.
 */
export function checkTunnelOptions(
  tunnelled: boolean,
  type: string,
  given: ReadonlyMap<OptionName, Occurrence>,
): void {
  const options = [TUNNEL_TYPE, TUNNEL_PORT, TUNNEL_CHECKSUM].flatMap((name) => given.get(name)?.typed ?? []);
  if (!tunnelled) {
    if (options.length > 0) throw new CommandError(`${options[0]}: needs -i`);
    return;
  }
  if (type === 'gue' && !given.has(TUNNEL_PORT))
    throw new CommandError('--tun-port: needed with --tun-type gue');
  const wrong = options.find((option) => TUNNEL_CONFLICTS[type]?.includes(option));
  if (wrong !== undefined) throw new CommandError(`${wrong}: cannot be used with --tun-type ${type}`);
}
