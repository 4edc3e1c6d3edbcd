import {
  daemonFields,
  destinationFields,
  type Field,
  type FieldOption,
  type Fields,
  serviceFields,
} from '../../../protocol/ipvs/index.ts';

/** The name of an option in the rules and the parser. Several spellings may share one. */
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

/** Options that set a field are named after it: `destination.weight`, `service.persistence.timeout`. */
export type FieldOptionName = `${'service' | 'destination' | 'daemon'}.${string}`;

/** The commands, which are given as options. */
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

/** The spellings of an option, and its description in help. */
export interface OptionDescription {
  readonly long: string;
  readonly short?: string;
  /** Name of the value in help; absent for an option without a value. */
  readonly value?: string;
  /** Whether the value is optional; with `attached` it is accepted only after `=`, never as the next word. */
  readonly valueOptional?: boolean | 'attached';
  readonly help: string;
}

/** An option that is a command. */
export interface CommandOption extends OptionDescription {
  readonly command: CommandName;
}

/** An option that modifies a command. */
export interface PlainOption extends OptionDescription {
  readonly option: OptionName;
  /** Whether every command accepts it, also before the command. */
  readonly common?: boolean;
  /** The field that it sets, and how. */
  readonly setsField?: { readonly field: Field; readonly by: FieldOption };
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
  { command: 'set', long: 'set', help: 'set timeouts: tcp tcpfin udp, in seconds; 0: no change' },
  { command: 'start-daemon', long: 'start-daemon', value: 'master|backup', help: 'start a sync daemon' },
  { command: 'stop-daemon', long: 'stop-daemon', value: 'master|backup', help: 'stop a sync daemon' },
  { command: 'help', long: 'help', short: 'h', help: 'show this help' },
  { command: 'version', long: 'version', short: 'v', help: 'show the version' },
];

/** Returns the options that set the fields of an object, and those of nested objects. */
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
        setsField: { field, by },
      };
      if (value === undefined) return spelling;
      return { ...spelling, value, ...(without === undefined ? {} : { valueOptional: true }) };
    });
    return field.value.kind === 'object' ? [...own, ...fieldOptions(option, field.value.fields)] : own;
  });
}

/** Returns the names of the options that set the fields of an object. */
export function fieldOptionNames(object: 'service' | 'destination' | 'daemon'): readonly FieldOptionName[] {
  const options = { service: services, destination: servers, daemon: daemons }[object];
  return [
    ...new Set(
      options.flatMap(({ option, setsField }) =>
        setsField === undefined ? [] : [option as FieldOptionName],
      ),
    ),
  ];
}

const services: readonly PlainOption[] = [
  { option: 'service', long: 'tcp-service', short: 't', value: 'host[:port]', help: 'a TCP service' },
  { option: 'service', long: 'udp-service', short: 'u', value: 'host[:port]', help: 'a UDP service' },
  { option: 'service', long: 'sctp-service', value: 'host[:port]', help: 'an SCTP service' },
  { option: 'service', long: 'fwmark-service', short: 'f', value: 'mark', help: 'a firewall mark, from 1' },
  { option: 'ipv6', long: 'ipv6', short: '6', help: 'the firewall mark is for IPv6; must follow -f' },
  ...fieldOptions('service', serviceFields),
];

const servers: readonly PlainOption[] = [
  { option: 'server', long: 'real-server', short: 'r', value: 'host[:port]', help: 'the real server' },
  ...fieldOptions('destination', destinationFields),
];

const listings: readonly PlainOption[] = [
  { option: 'numeric', long: 'numeric', short: 'n', help: 'show numbers instead of names' },
  { option: 'connection', long: 'connection', short: 'c', help: 'list connections' },
  { option: 'timeout', long: 'timeout', help: 'list timeouts' },
  { option: 'daemon', long: 'daemon', help: 'list sync daemons' },
  { option: 'stats', long: 'stats', help: 'show traffic totals' },
  { option: 'rate', long: 'rate', help: 'show traffic rates' },
  { option: 'exact', long: 'exact', short: 'X', help: 'show exact numbers' },
  { option: 'thresholds', long: 'thresholds', help: 'show thresholds' },
  { option: 'persistent-conn', long: 'persistent-conn', help: 'show persistent connections' },
  { option: 'tun-info', long: 'tun-info', help: 'show tunnels' },
  { option: 'nosort', long: 'nosort', help: "list in the kernel's order" },
  {
    option: 'sort',
    long: 'sort',
    value: 'key',
    valueOptional: 'attached',
    help: 'sort by address (default), conns, rate, bytes or total',
  },
];

const filters: readonly PlainOption[] = [
  { option: 'client', long: 'client', value: 'address[/bits]', help: 'with -c: only this client or network' },
  { option: 'state', long: 'state', value: 'name', help: 'with -c: only this state, such as ESTABLISHED' },
  { option: 'protocol', long: 'protocol', value: 'tcp|udp|sctp', help: 'with -c: only this protocol' },
  {
    option: 'expires-within',
    long: 'expires-within',
    value: 'seconds',
    help: 'with -c: expiring within this time',
  },
  {
    option: 'expires-after',
    long: 'expires-after',
    value: 'seconds',
    help: 'with -c: expiring after this time',
  },
  {
    option: 'count-by',
    long: 'count-by',
    value: 'client|destination|state',
    help: 'with -c: count connections',
  },
  { option: 'wide', long: 'wide', help: 'columns as wide as their longest value' },
  { option: 'json-lines', long: 'json-lines', help: 'list as JSON, one object per line' },
];

const daemons: readonly PlainOption[] = fieldOptions('daemon', daemonFields);

const additions: readonly PlainOption[] = [
  { option: 'json', long: 'json', common: true, help: 'list and save as JSON' },
  {
    option: 'json-numbers',
    long: 'json-numbers',
    common: true,
    help: 'the same, with counters as numbers',
  },
  { option: 'compat', long: 'compat', common: true, help: "exactly ipvsadm's output, errors included" },
  { option: 'lossless', long: 'lossless', help: 'save timeouts and daemons as well' },
  { option: 'check', long: 'check', help: 'with -R: only report errors' },
  { option: 'keep-going', long: 'keep-going', help: 'with -R: skip invalid lines' },
  { option: 'from', long: 'from', value: 'file', common: true, help: 'list from a capture (pcap, pcapng)' },
  {
    option: 'netns',
    long: 'netns',
    value: 'name',
    common: true,
    help: 'use this network namespace: a name, or a path',
  },
  {
    option: 'fake',
    long: 'fake',
    value: 'file',
    valueOptional: 'attached',
    common: true,
    help: 'use a fake kernel with the table in the file',
  },
  { option: 'single', long: 'single', common: true, help: 'read the table in a single dump' },
  { option: 'per-service', long: 'per-service', common: true, help: 'read the table service by service' },
];

/** All options, in the sections of help. */
export const optionSections: readonly {
  readonly title: string;
  readonly options: readonly CommandLineOption[];
}[] = [
  { title: 'Commands', options: commands },
  { title: 'Services', options: services },
  { title: 'Real servers', options: servers },
  { title: 'Listings', options: listings },
  { title: 'Filters and formats of listings', options: filters },
  { title: 'Sync daemons', options: daemons },
  { title: 'Additions to ipvsadm', options: additions },
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

/**
 * Returns the option that sets a field, such as `--weight` for `destination.weight`; undefined unless there
 * is exactly one.
 */
export function optionOf(field: string): string | undefined {
  const [option, ...others] = [...services, ...servers, ...daemons].filter(({ option }) => option === field);
  return option === undefined || others.length > 0 ? undefined : `--${option.long}`;
}
