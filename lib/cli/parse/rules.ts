import { CommandLineError } from './command-line-error.ts';
import type { CommandName, OptionName } from './options.ts';

/** Which options go with a command. What is not named does not. */
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

const service = rule(['service'], ['scheduler', 'persistent', 'netmask', 'ops', 'pe', 'sched-flags']);
const server = rule(
  ['service', 'server'],
  [
    'forwarding',
    'weight',
    'u-threshold',
    'l-threshold',
    'tun-type',
    'tun-port',
    'tun-nocsum',
    'tun-csum',
    'tun-remcsum',
  ],
);

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
      'syncid',
      'server',
      'weight',
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
  'start-daemon': rule(
    [],
    ['mcast-interface', 'mcast-group', 'mcast-port', 'mcast-ttl', 'sync-maxlen', 'syncid'],
  ),
  'stop-daemon': rule([], ['syncid']),
  restore: rule([], ['check', 'keep-going', 'compat']),
  save: rule([], ['numeric', 'json', 'json-numbers', 'from'], [['compat', 'lossless'], WAYS]),
  zero: rule([], ['service']),
};

type Conflicts = readonly (readonly [readonly OptionName[], readonly OptionName[]])[];

/** Each of these says where the table is. */
export const SOURCES: readonly OptionName[] = ['netns', 'from', 'fake'];

/** Options of -L that cannot be joined, besides those of its rule. */
const LIST_CONFLICTS: Conflicts = [
  [
    ['connection', 'timeout', 'daemon'],
    ['stats', 'rate', 'thresholds'],
  ],
  [
    ['timeout', 'daemon'],
    ['persistent-conn', 'server', 'weight', 'wide', 'json-lines'],
  ],
  [['connection'], ['weight', 'wide', 'single', 'per-service']],
  [['service'], ['protocol']],
];

const NEEDED: Readonly<Record<string, string>> = {
  service: '-t, -u, --sctp-service or -f',
  server: '-r',
};

/**
 * Holds the options of a command line to the rules of its command. `given` has every option that
 * was met with how it was typed. Throws a CommandLineError that names the option.
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

/** Which options go with a kind of tunnel; those of `oneOf` exclude each other. */
const tunnelRules: Readonly<
  Record<string, { readonly needs: readonly OptionName[]; readonly oneOf: readonly OptionName[] }>
> = {
  ipip: { needs: [], oneOf: [] },
  gue: { needs: ['tun-port'], oneOf: ['tun-nocsum', 'tun-csum', 'tun-remcsum'] },
  gre: { needs: [], oneOf: ['tun-nocsum', 'tun-csum'] },
};

const TUNNEL_OPTIONS: readonly OptionName[] = ['tun-port', 'tun-nocsum', 'tun-csum', 'tun-remcsum'];

/**
 * Holds the tunnel options of a real server to its forwarding method and kind of tunnel. Throws a
 * CommandLineError that names the option.
 */
export function checkTunnelRules(
  tunnelled: boolean,
  type: string,
  given: ReadonlyMap<OptionName, string>,
): void {
  const options = TUNNEL_OPTIONS.filter((name) => given.has(name));
  if (!tunnelled) {
    const option = given.get('tun-type') ?? given.get(options[0]!);
    if (option !== undefined) throw new CommandLineError(`${option}: goes only with -i`);
    return;
  }
  const { needs, oneOf } = tunnelRules[type]!;
  for (const name of needs) {
    if (!given.has(name)) throw new CommandLineError(`--${name}: needed with --tun-type ${type}`);
  }
  for (const name of options) {
    if (!needs.includes(name) && !oneOf.includes(name))
      throw new CommandLineError(`--${name}: does not go with --tun-type ${type}`);
  }
  const [first, second] = oneOf.filter((name) => given.has(name));
  if (second !== undefined) throw new CommandLineError(`--${second}: does not go with --${first}`);
}
