import {
  daemonFields,
  destinationFields,
  type Field,
  type FieldOption,
  type Fields,
  serviceFields,
} from '../../../protocol/ipvs/index.ts';

/** An option as rules and the parser know it. Several options of the command line may share one. */
export type OptionName =
  | 'service'
  | 'ipv6'
  | 'server'
  | 'numeric'
  | 'connection'
  | 'timeout'
  | 'daemon'
  | 'stats'
  | 'rate'
  | 'exact'
  | 'thresholds'
  | 'persistent-conn'
  | 'tun-info'
  | 'nosort'
  | 'sort'
  | 'client'
  | 'state'
  | 'protocol'
  | 'expires-within'
  | 'expires-after'
  | 'count-by'
  | 'wide'
  | 'json-lines'
  | 'json'
  | 'json-numbers'
  | 'compat'
  | 'lossless'
  | 'check'
  | 'keep-going'
  | 'from'
  | 'netns'
  | 'fake'
  | 'single'
  | 'per-service'
  | FieldOptionName;

/** The options that give a field are named after it: `destination.weight`, `service.persistence.timeout`. */
export type FieldOptionName = `${'service' | 'destination' | 'daemon'}.${string}`;

/** The commands; each has an option of its own. */
export type CommandName =
  | 'add-service'
  | 'edit-service'
  | 'delete-service'
  | 'clear'
  | 'list'
  | 'add-server'
  | 'edit-server'
  | 'delete-server'
  | 'set'
  | 'start-daemon'
  | 'stop-daemon'
  | 'restore'
  | 'save'
  | 'zero'
  | 'help'
  | 'version';

/** The names of an option, and its description in help. */
export interface Described {
  readonly long: string;
  readonly short?: string;
  /** Name of the value as help shows it; absent for an option without one. */
  readonly value?: string;
  /** The value may be left out; `attached`: it is never the next word, but follows an `=`. */
  readonly valueOptional?: boolean | 'attached';
  readonly help: string;
}

/** An option that is a command. */
export interface CommandOption extends Described {
  readonly command: CommandName;
}

/** An option of commands. */
export interface PlainOption extends Described {
  readonly option: OptionName;
  /** Whether it goes with every command, and may stand before the command. */
  readonly anywhere?: boolean;
  /** The field that it gives, and how. */
  readonly gives?: { readonly field: Field; readonly by: FieldOption };
}

export type CommandLineOption = CommandOption | PlainOption;

const commands: readonly CommandOption[] = [
  { command: 'add-service', long: 'add-service', short: 'A', help: 'add a service' },
  { command: 'edit-service', long: 'edit-service', short: 'E', help: 'change a service' },
  { command: 'delete-service', long: 'delete-service', short: 'D', help: 'delete a service' },
  { command: 'clear', long: 'clear', short: 'C', help: 'delete every service' },
  { command: 'add-server', long: 'add-server', short: 'a', help: 'add a real server' },
  { command: 'edit-server', long: 'edit-server', short: 'e', help: 'change a real server' },
  { command: 'delete-server', long: 'delete-server', short: 'd', help: 'delete a real server' },
  { command: 'list', long: 'list', short: 'L', help: 'list the table; -l does the same' },
  { command: 'list', long: 'list', short: 'l', help: 'list the table' },
  { command: 'save', long: 'save', short: 'S', help: 'write the table as rules' },
  { command: 'restore', long: 'restore', short: 'R', help: 'read rules from standard input' },
  { command: 'zero', long: 'zero', short: 'Z', help: 'zero the counters of a service, or of all' },
  { command: 'set', long: 'set', help: 'set timeouts: tcp tcpfin udp, in seconds, 0 keeps one' },
  { command: 'start-daemon', long: 'start-daemon', value: 'master|backup', help: 'start a sync daemon' },
  { command: 'stop-daemon', long: 'stop-daemon', value: 'master|backup', help: 'stop a sync daemon' },
  { command: 'help', long: 'help', short: 'h', help: 'show this help' },
  { command: 'version', long: 'version', short: 'v', help: 'show the version' },
];

/** The options that give the fields of an object, and those of the objects in it. */
function fieldOptions(
  object: FieldOptionName | 'service' | 'destination' | 'daemon',
  fields: Fields,
): PlainOption[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const option: FieldOptionName = `${object as 'service'}.${name}`;
    const own = (field.options ?? []).map((by): PlainOption => {
      const { long, short, value, without, help } = by;
      const spelling = {
        option,
        long,
        ...(short === undefined ? {} : { short }),
        help,
        gives: { field, by },
      };
      if (value === undefined) return spelling;
      return { ...spelling, value, ...(without === undefined ? {} : { valueOptional: true }) };
    });
    return field.value.kind === 'object' ? [...own, ...fieldOptions(option, field.value.fields)] : own;
  });
}

/** The names of the options that give the fields of an object. */
export function fieldOptionNames(object: 'service' | 'destination' | 'daemon'): readonly FieldOptionName[] {
  const options = { service: services, destination: servers, daemon: daemons }[object];
  return [
    ...new Set(
      options.flatMap(({ option, gives }) => (gives === undefined ? [] : [option as FieldOptionName])),
    ),
  ];
}

const services: readonly PlainOption[] = [
  { option: 'service', long: 'tcp-service', short: 't', value: 'host[:port]', help: 'a TCP service' },
  { option: 'service', long: 'udp-service', short: 'u', value: 'host[:port]', help: 'a UDP service' },
  { option: 'service', long: 'sctp-service', value: 'host[:port]', help: 'an SCTP service' },
  { option: 'service', long: 'fwmark-service', short: 'f', value: 'mark', help: 'a firewall mark, from 1' },
  { option: 'ipv6', long: 'ipv6', short: '6', help: 'the firewall mark is for IPv6; comes after -f' },
  ...fieldOptions('service', serviceFields),
];

const servers: readonly PlainOption[] = [
  { option: 'server', long: 'real-server', short: 'r', value: 'host[:port]', help: 'the real server' },
  ...fieldOptions('destination', destinationFields),
];

const listings: readonly PlainOption[] = [
  { option: 'numeric', long: 'numeric', short: 'n', help: 'numbers instead of names' },
  { option: 'connection', long: 'connection', short: 'c', help: 'list connections' },
  { option: 'timeout', long: 'timeout', help: 'list timeouts' },
  { option: 'daemon', long: 'daemon', help: 'list sync daemons' },
  { option: 'stats', long: 'stats', help: 'with totals of traffic' },
  { option: 'rate', long: 'rate', help: 'with rates of traffic' },
  { option: 'exact', long: 'exact', short: 'X', help: 'every digit of a number' },
  { option: 'thresholds', long: 'thresholds', help: 'with thresholds' },
  { option: 'persistent-conn', long: 'persistent-conn', help: 'with persistent connections' },
  { option: 'tun-info', long: 'tun-info', help: 'with tunnels' },
  { option: 'nosort', long: 'nosort', help: "in the kernel's order" },
  {
    option: 'sort',
    long: 'sort',
    value: 'key',
    valueOptional: 'attached',
    help: 'by address, the default, or conns, rate, bytes, total',
  },
];

const filters: readonly PlainOption[] = [
  { option: 'client', long: 'client', value: 'address[/bits]', help: 'with -c: of a client or network' },
  { option: 'state', long: 'state', value: 'name', help: 'with -c: in a state, such as ESTABLISHED' },
  { option: 'protocol', long: 'protocol', value: 'tcp|udp|sctp', help: 'with -c: of a protocol' },
  { option: 'expires-within', long: 'expires-within', value: 'seconds', help: 'with -c: ending this soon' },
  {
    option: 'expires-after',
    long: 'expires-after',
    value: 'seconds',
    help: 'with -c: lasting this long yet',
  },
  {
    option: 'count-by',
    long: 'count-by',
    value: 'client|destination|state',
    help: 'with -c: count connections',
  },
  { option: 'wide', long: 'wide', help: 'columns as wide as what they hold' },
  { option: 'json-lines', long: 'json-lines', help: 'list as JSON, an object a line' },
];

const daemons: readonly PlainOption[] = fieldOptions('daemon', daemonFields);

const additions: readonly PlainOption[] = [
  { option: 'json', long: 'json', anywhere: true, help: 'list and save as JSON' },
  { option: 'json-numbers', long: 'json-numbers', anywhere: true, help: 'the same, counters as numbers' },
  { option: 'compat', long: 'compat', anywhere: true, help: "ipvsadm's output even where it is wrong" },
  { option: 'lossless', long: 'lossless', help: 'save timeouts and daemons as well' },
  { option: 'check', long: 'check', help: 'restore: only say what is wrong' },
  { option: 'keep-going', long: 'keep-going', help: 'restore: leave bad lines out' },
  { option: 'from', long: 'from', value: 'file', anywhere: true, help: 'list from a capture (pcap, pcapng)' },
  {
    option: 'netns',
    long: 'netns',
    value: 'name',
    anywhere: true,
    help: 'in a network namespace, or a path',
  },
  {
    option: 'fake',
    long: 'fake',
    value: 'file',
    valueOptional: 'attached',
    anywhere: true,
    help: 'on a fake kernel with the table in the file',
  },
  { option: 'single', long: 'single', anywhere: true, help: 'read the table in a single dump' },
  { option: 'per-service', long: 'per-service', anywhere: true, help: 'read the table service by service' },
];

/** Every option, in the sections that help shows. */
export const optionSections: readonly {
  readonly title: string;
  readonly options: readonly CommandLineOption[];
}[] = [
  { title: 'Commands', options: commands },
  { title: 'Services', options: services },
  { title: 'Real servers', options: servers },
  { title: 'Listings', options: listings },
  { title: 'Listings in part, and in other forms', options: filters },
  { title: 'Sync daemons', options: daemons },
  { title: 'Beyond ipvsadm', options: additions },
];

/** The names of the subcommands. */
export const subcommands: readonly string[] = [
  ...[
    'info',
    'decode',
    'apply',
    'diff',
    'export',
    'import',
    'reconcile',
    'weight',
    'drain',
    'watch',
    'top',
    'exporter',
    'completion',
  ],
];

/** The option that gives a field, where there is just one: `--weight` for `destination.weight`. */
export function optionOf(field: string): string | undefined {
  const [option, ...others] = [...services, ...servers, ...daemons].filter(({ option }) => option === field);
  return option === undefined || others.length > 0 ? undefined : `--${option.long}`;
}
