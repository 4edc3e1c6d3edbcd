import { CommandLineError } from './command-line-error.ts';
import { type CommandName, fieldOptionNames, type OptionName } from './options.ts';

/** The options that a command accepts. */
interface OptionRule {
  readonly needs: readonly OptionName[];
  readonly allows: readonly OptionName[];
  /** Groups of options of which at most one may be given. */
  readonly oneOf: readonly (readonly OptionName[])[];
}

/** Options of commands that read the table. */
const READ_OPTIONS: readonly OptionName[] = ['json', 'json-numbers', 'compat', 'from'];
/** Options for listings of connections. */
const CONNECTIONS: readonly OptionName[] = [
  ...(['client', 'state', 'protocol', 'expires-within', 'expires-after', 'count-by'] as const),
];
const STRATEGIES: readonly OptionName[] = ['single', 'per-service'];

function rule(
  needs: readonly OptionName[],
  allows: readonly OptionName[] = [],
  oneOf: readonly (readonly OptionName[])[] = [],
): OptionRule {
  return { needs, allows: [...allows, 'netns', 'fake', 'sort', 'ipv6'], oneOf };
}

const service = rule(['service'], fieldOptionNames('service'));
const server = rule(['service', 'server'], fieldOptionNames('destination'));

const optionRules: Readonly<Record<Exclude<CommandName, 'help' | 'version'>, OptionRule>> = {
  'add-service': service,
  'edit-service': service,
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
      ...CONNECTIONS,
      'wide',
      'json-lines',
      ...READ_OPTIONS,
    ],
    [['connection', 'timeout', 'daemon'], ['service', 'timeout', 'daemon'], STRATEGIES],
  ),
  'add-server': server,
  'edit-server': server,
  'delete-server': rule(['service', 'server']),
  set: rule([]),
  'start-daemon': rule([], fieldOptionNames('daemon')),
  'stop-daemon': rule([], ['daemon.syncId']),
  restore: rule([], ['check', 'keep-going', 'compat']),
  save: rule([], ['numeric', 'json', 'json-numbers', 'from'], [['compat', 'lossless'], STRATEGIES]),
  zero: rule([], ['service']),
};

type Conflicts = readonly (readonly [readonly OptionName[], readonly OptionName[]])[];

/** Options that tell where the table is, of which at most one may be given. */
export const SOURCES: readonly OptionName[] = ['netns', 'from', 'fake'];

/** Options of -L that cannot be combined, besides those in its rule. */
const LIST_CONFLICTS: Conflicts = [
  [
    ['connection', 'timeout', 'daemon'],
    ['stats', 'rate', 'thresholds'],
  ],
  [
    ['timeout', 'daemon'],
    ['persistent-conn', 'server', 'destination.weight', 'wide', 'json-lines'],
  ],
  [['connection'], ['destination.weight', 'wide', 'single', 'per-service']],
  [['service'], ['protocol']],
];

const NEEDED: Readonly<Record<string, string>> = {
  service: '-t, -u, --sctp-service or -f',
  server: '-r',
};

/**
 * Checks the options of a command line against the rules of its command. `given` has every option with its
 * spelling. Throws a CommandLineError that names the option.
 */
export function checkOptionRules(
  command: CommandName,
  typed: string,
  given: ReadonlyMap<OptionName, string>,
): void {
  if (command === 'help' || command === 'version') return;
  const { needs, allows, oneOf } = optionRules[command];
  for (const name of needs) {
    if (!given.has(name)) throw new CommandLineError(`${NEEDED[name]}: needed with ${typed}`);
  }
  const exclusive = oneOf.flat();
  for (const [name, option] of given) {
    if (!needs.includes(name) && !allows.includes(name) && !exclusive.includes(name)) {
      throw new CommandLineError(`${option}: cannot be used with ${typed}`);
    }
  }
  for (const names of [...oneOf, SOURCES]) {
    const [first, second] = names.filter((name) => given.has(name));
    if (second !== undefined) {
      throw new CommandLineError(`${given.get(second)}: cannot be used with ${given.get(first!)}`);
    }
  }
  if (command !== 'list') return;
  const about = CONNECTIONS.find((name) => given.has(name));
  if (about !== undefined && !given.has('connection'))
    throw new CommandLineError(`${given.get(about)}: needs -c`);
  for (const [some, others] of LIST_CONFLICTS) {
    const one = some.find((name) => given.has(name));
    const other = others.find((name) => given.has(name));
    if (one !== undefined && other !== undefined)
      throw new CommandLineError(`${given.get(other)}: cannot be used with ${given.get(one)}`);
  }
}

const TUNNEL_TYPE: OptionName = 'destination.tunnel.type';
const TUNNEL_PORT: OptionName = 'destination.tunnel.port';
const TUNNEL_CHECKSUM: OptionName = 'destination.tunnel.checksum';

/** The tunnel options that are not allowed with a tunnel type. */
const NOT_ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ipip: ['--tun-port', '--tun-nocsum', '--tun-csum', '--tun-remcsum'],
  gue: [],
  gre: ['--tun-port', '--tun-remcsum'],
};

/**
 * Checks the tunnel options of a real server against its forwarding method and tunnel type. Throws a
 * CommandLineError that names the option.
 */
export function checkTunnelOptions(
  tunnelled: boolean,
  type: string,
  given: ReadonlyMap<OptionName, string>,
): void {
  const options = [TUNNEL_TYPE, TUNNEL_PORT, TUNNEL_CHECKSUM].flatMap((name) => given.get(name) ?? []);
  if (!tunnelled) {
    if (options.length > 0) throw new CommandLineError(`${options[0]}: needs -i`);
    return;
  }
  if (type === 'gue' && !given.has(TUNNEL_PORT))
    throw new CommandLineError('--tun-port: needed with --tun-type gue');
  const wrong = options.find((option) => NOT_ALLOWED[type]?.includes(option));
  if (wrong !== undefined) throw new CommandLineError(`${wrong}: cannot be used with --tun-type ${type}`);
}
