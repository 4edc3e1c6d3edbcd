import {
  daemonFields,
  destinationFields,
  type Field,
  type FieldOption,
  type Fields,
  serviceFields,
} from '../../../protocol/ipvs/index.ts';

/** The name of an option inside the program. Several spellings may share one. */
export type OptionName =
  | 'service'
  | 'ipv6'
  | 'server'
  | (typeof listingOptions | typeof filterOptions | typeof addedOptions)[number]['long']
  | FieldOptionName;

/** Options that set a field are named after it: `destination.weight`, `service.persistence.timeout`. */
export type FieldOptionName = `${'service' | 'destination' | 'daemon'}.${string}`;

/** The commands, which are given as options. */
export type CommandName = (typeof commands)[number]['long'];

/** The spellings of an option, and its description in help. */
export interface OptionDescription {
  readonly long: string;
  readonly short?: string | undefined;
  /** Name of the value in help; absent for an option without a value. */
  readonly value?: string | undefined;
  /** Whether the value is optional; with `attached` it is accepted only after `=`, never as the next word. */
  readonly valueOptional?: boolean | 'attached' | undefined;
  readonly help: string;
}

/** An option that is a command. */
export interface CommandOption extends OptionDescription {
  readonly command: CommandName;
}

/** An option that modifies a command. */
export interface ModifyingOption extends OptionDescription {
  readonly name: OptionName;
  /** Whether it may also precede the command. The subcommands that accept it name it in `Subcommand.common`. */
  readonly mayPrecedeCommand?: boolean;
  /** The field that it sets, and the field's description of the option. */
  readonly setsField?: { readonly field: Field; readonly fieldOption: FieldOption };
}

export type CommandLineOption = CommandOption | ModifyingOption;

const commands = [
  { long: 'add-service', short: 'A', help: 'add a service' },
  { long: 'edit-service', short: 'E', help: 'change a service' },
  { long: 'delete-service', short: 'D', help: 'delete a service' },
  { long: 'clear', short: 'C', help: 'delete every service' },
  { long: 'add-server', short: 'a', help: 'add a real server' },
  { long: 'edit-server', short: 'e', help: 'change a real server' },
  { long: 'delete-server', short: 'd', help: 'delete a real server' },
  { long: 'list', short: 'L', help: 'list the table; -l does the same' },
  { long: 'list', short: 'l', help: 'list the table' },
  { long: 'save', short: 'S', help: 'write the table as rules' },
  { long: 'restore', short: 'R', help: 'read rules from standard input' },
  { long: 'zero', short: 'Z', help: 'zero the counters of a service, or of all' },
  { long: 'set', help: 'set timeouts: tcp tcpfin udp, in seconds; 0: no change' },
  { long: 'start-daemon', value: 'master|backup', help: 'start a sync daemon' },
  { long: 'stop-daemon', value: 'master|backup', help: 'stop a sync daemon' },
  { long: 'help', short: 'h', help: 'show this help' },
  { long: 'version', short: 'v', help: 'show the version' },
] as const;

/** Returns the options that set the fields of an object, nested objects included. */
function fieldOptions(
  object: FieldOptionName | 'service' | 'destination' | 'daemon',
  fields: Fields,
): ModifyingOption[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const optionName: FieldOptionName = `${object as 'service'}.${name}`;
    const own = (field.options ?? []).map((fieldOption): ModifyingOption => {
      const { long, short, valueName: value, valueIfOmitted, help } = fieldOption;
      const valueOptional = value === undefined || valueIfOmitted === undefined ? undefined : true;
      return { name: optionName, long, short, value, valueOptional, help, setsField: { field, fieldOption } };
    });
    return field.accepts.kind === 'object'
      ? [...own, ...fieldOptions(optionName, field.accepts.fields)]
      : own;
  });
}

/** Returns the names of the options that set the fields of an object. */
export function fieldOptionNames(object: 'service' | 'destination' | 'daemon'): readonly OptionName[] {
  const options = { service: serviceOptions, destination: serverOptions, daemon: daemonOptions }[object];
  return options.filter(({ setsField }) => setsField !== undefined).map(({ name }) => name);
}

const serviceOptions: readonly ModifyingOption[] = [
  { name: 'service', long: 'tcp-service', short: 't', value: 'host[:port]', help: 'a TCP service' },
  { name: 'service', long: 'udp-service', short: 'u', value: 'host[:port]', help: 'a UDP service' },
  { name: 'service', long: 'sctp-service', value: 'host[:port]', help: 'an SCTP service' },
  { name: 'service', long: 'fwmark-service', short: 'f', value: 'mark', help: 'a firewall mark, from 1' },
  { name: 'ipv6', long: 'ipv6', short: '6', help: 'the firewall mark is for IPv6; must follow -f' },
  ...fieldOptions('service', serviceFields),
];

const serverOptions: readonly ModifyingOption[] = [
  { name: 'server', long: 'real-server', short: 'r', value: 'host[:port]', help: 'the real server' },
  ...fieldOptions('destination', destinationFields),
];

const listingOptions = [
  { long: 'numeric', short: 'n', help: 'show numbers instead of names' },
  { long: 'connection', short: 'c', help: 'list connections' },
  { long: 'timeout', help: 'list timeouts' },
  { long: 'daemon', help: 'list sync daemons' },
  { long: 'stats', help: 'show traffic totals' },
  { long: 'rate', help: 'show traffic rates' },
  { long: 'exact', short: 'X', help: 'show exact numbers' },
  { long: 'thresholds', help: 'show thresholds' },
  { long: 'persistent-conn', help: 'show persistent connections' },
  { long: 'tun-info', help: 'show tunnels' },
  { long: 'nosort', help: "list in the kernel's order" },
  {
    long: 'sort',
    value: 'key',
    valueOptional: 'attached',
    help: 'sort by address (default), conns, rate, bytes or total',
  },
] as const;

const filterOptions = [
  { long: 'client', value: 'address[/bits]', help: 'with -c: only this client or network' },
  { long: 'state', value: 'name', help: 'with -c: only this state, such as ESTABLISHED' },
  { long: 'protocol', value: 'tcp|udp|sctp', help: 'with -c: only this protocol' },
  { long: 'expires-within', value: 'seconds', help: 'with -c: expiring within this time' },
  { long: 'expires-after', value: 'seconds', help: 'with -c: expiring after this time' },
  { long: 'count-by', value: 'client|destination|state', help: 'with -c: count connections' },
  { long: 'wide', help: 'columns as wide as their longest value' },
  { long: 'json-lines', help: 'list as JSON, one object per line' },
] as const;

const daemonOptions: readonly ModifyingOption[] = fieldOptions('daemon', daemonFields);

const addedOptions = [
  { long: 'json', mayPrecedeCommand: true, help: 'list and save as JSON' },
  { long: 'json-numbers', mayPrecedeCommand: true, help: 'the same, with counters as numbers' },
  { long: 'compat', mayPrecedeCommand: true, help: "exactly ipvsadm's output, its bugs included" },
  { long: 'lossless', help: 'save timeouts and daemons as well' },
  { long: 'check', help: 'with -R: only report errors' },
  { long: 'keep-going', help: 'with -R: skip invalid lines' },
  { long: 'from', value: 'file', mayPrecedeCommand: true, help: 'list from a capture (pcap, pcapng)' },
  {
    long: 'netns',
    value: 'name',
    mayPrecedeCommand: true,
    help: 'use this network namespace: a name, or a path',
  },
  {
    long: 'fake',
    value: 'file',
    valueOptional: 'attached',
    mayPrecedeCommand: true,
    help: 'use a fake kernel with the table in the file',
  },
  { long: 'single', mayPrecedeCommand: true, help: 'read the table in a single dump' },
  { long: 'per-service', mayPrecedeCommand: true, help: 'read the table service by service' },
] as const;

/** Gives each option its long spelling as its name. */
function named(
  options: readonly (Omit<ModifyingOption, 'name'> & { readonly long: OptionName })[],
): ModifyingOption[] {
  return options.map((option) => ({ ...option, name: option.long }));
}

/** All options, in the sections of help. */
export const optionSections: readonly {
  readonly title: string;
  readonly options: readonly CommandLineOption[];
}[] = [
  { title: 'Commands', options: commands.map((option) => ({ ...option, command: option.long })) },
  { title: 'Services', options: serviceOptions },
  { title: 'Real servers', options: serverOptions },
  { title: 'Listings', options: named(listingOptions) },
  { title: 'Filters and formats of listings', options: named(filterOptions) },
  { title: 'Sync daemons', options: daemonOptions },
  { title: 'Additions to ipvsadm', options: named(addedOptions) },
];

/** The names of the subcommands. */
export const subcommandNames: readonly string[] = [
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
];

/**
 * Returns the option that sets a field, such as `--weight` for `destination.weight`; undefined unless there
 * is exactly one.
 */
export function optionOf(field: string): string | undefined {
  const options = [...serviceOptions, ...serverOptions, ...daemonOptions];
  const [option, ...others] = options.filter(({ name }) => name === field);
  return option === undefined || others.length > 0 ? undefined : `--${option.long}`;
}
