import { CommandLineError } from './command-line-error.ts';
import { type CommandName, fieldOptionNames, type OptionName } from './options.ts';

/** The options that go with a command. */
interface Rule {
  readonly needs: readonly OptionName[];
  readonly allows: readonly OptionName[];
  /** At most one of these. */
  readonly oneOf: readonly (readonly OptionName[])[];
}

const DUMPING: readonly OptionName[] = ['json', 'json-numbers', 'compat', 'from'];
/** Options about connections. */
const CONNECTIONS: readonly OptionName[] = [
  ...(['client', 'state', 'protocol', 'expires-within', 'expires-after', 'count-by'] as const),
];
const WAYS: readonly OptionName[] = ['single', 'per-service'];

function rule(
  needs: readonly OptionName[],
  allows: readonly OptionName[] = [],
  oneOf: readonly (readonly OptionName[])[] = [],
): Rule {
  return { needs, allows: [...allows, 'netns', 'fake', 'sort', 'ipv6'], oneOf };
}

const service = rule(['service'], fieldOptionNames('service'));
const server = rule(['service', 'server'], fieldOptionNames('destination'));

const rules: Readonly<Record<Exclude<CommandName, 'help' | 'version'>, Rule>> = {
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
      ...DUMPING,
    ],
    [['connection', 'timeout', 'daemon'], ['service', 'timeout', 'daemon'], WAYS],
  ),
  'add-server': server,
  'edit-server': server,
  'delete-server': rule(['service', 'server']),
  set: rule([]),
  'start-daemon': rule([], fieldOptionNames('daemon')),
  'stop-daemon': rule([], ['daemon.syncId']),
  restore: rule([], ['check', 'keep-going', 'compat']),
  save: rule([], ['numeric', 'json', 'json-numbers', 'from'], [['compat', 'lossless'], WAYS]),
  zero: rule([], ['service']),
};

type Conflicts = readonly (readonly [readonly OptionName[], readonly OptionName[]])[];

/** Options that say where the table is; at most one of them. */
export const SOURCES: readonly OptionName[] = ['netns', 'from', 'fake'];

/** Options of -L that cannot be joined, besides those of its rule. */
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
 * Checks the options of a command line against the rules of its command. `given` has every option that was
 * met with how it was typed. Throws a CommandLineError that names the option.
 */
export function checkRules(
  command: CommandName,
  typed: string,
  given: ReadonlyMap<OptionName, string>,
): void {
  if (command === 'help' || command === 'version') return;
  const { needs, allows, oneOf } = rules[command];
  for (const name of needs) {
    if (!given.has(name)) throw new CommandLineError(`${NEEDED[name]}: needed with ${typed}`);
  }
  const exclusive = oneOf.flat();
  for (const [name, option] of given) {
    if (!needs.includes(name) && !allows.includes(name) && !exclusive.includes(name)) {
      throw new CommandLineError(`${option}: does not go with ${typed}`);
    }
  }
  for (const names of [...oneOf, SOURCES]) {
    const [first, second] = names.filter((name) => given.has(name));
    if (second !== undefined) {
      throw new CommandLineError(`${given.get(second)}: does not go with ${given.get(first!)}`);
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
      throw new CommandLineError(`${given.get(other)}: does not go with ${given.get(one)}`);
  }
}

const TUNNEL_TYPE: OptionName = 'destination.tunnel.type';
const TUNNEL_PORT: OptionName = 'destination.tunnel.port';
const TUNNEL_CHECKSUM: OptionName = 'destination.tunnel.checksum';

/** The options of a tunnel that do not go with a kind. */
const BARRED: Readonly<Record<string, readonly string[]>> = {
  ipip: ['--tun-port', '--tun-nocsum', '--tun-csum', '--tun-remcsum'],
  gue: [],
  gre: ['--tun-port', '--tun-remcsum'],
};

/**
 * Checks the tunnel options of a real server against its forwarding method and kind of tunnel. Throws a
 * CommandLineError that names the option.
 */
export function checkTunnelRules(
  tunnelled: boolean,
  type: string,
  given: ReadonlyMap<OptionName, string>,
): void {
  const options = [TUNNEL_TYPE, TUNNEL_PORT, TUNNEL_CHECKSUM].flatMap((name) => given.get(name) ?? []);
  if (!tunnelled) {
    if (options.length > 0) throw new CommandLineError(`${options[0]}: goes only with -i`);
    return;
  }
  if (type === 'gue' && !given.has(TUNNEL_PORT))
    throw new CommandLineError('--tun-port: needed with --tun-type gue');
  const barred = options.find((option) => BARRED[type]?.includes(option));
  if (barred !== undefined) throw new CommandLineError(`${barred}: does not go with --tun-type ${type}`);
}
