import { SCHEDULER_FLAG_BITS } from '../../../protocol/ipvs/fields/names.ts';
import {
  type CompletePersistence,
  type Family,
  type Fields,
  fieldsOf,
  type Protocol,
  type SchedulerFlag,
  type ServiceKey,
  serviceFields,
} from '../../../protocol/ipvs/index.ts';
import { didYouMean } from '../../text/closest-name.ts';
import { parseIPv4 } from '../list/ipv4-text.ts';
import type { NameLookup } from '../names/names.ts';
import { CommandError } from './command-error.ts';
import type { Occurrence } from './option-reader.ts';
import type { FieldOptionName, ModifyingOption, OptionName } from './options.ts';
import { isIPv6, parseEndpoint } from './values/endpoint.ts';
import { MAX_TIMEOUT } from './values/limits.ts';
import { namespacePath } from './values/namespace-path.ts';
import { wholeNumber } from './values/numbers.ts';

const MAX_MARK = 0xffffffff;

/** The context in which values are parsed. */
export interface ParseContext {
  readonly names: NameLookup;
  /**
   * Whether the line is from a file of rules, in which negative marks are accepted: ipvsadm writes them
   * there, although it rejects them itself.
   */
  readonly fromRules: boolean;
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  'tcp-service': 'tcp',
  'udp-service': 'udp',
  'sctp-service': 'sctp',
};

/**
 * The values of the options of one command line, which are added in the order in which they are given: as in
 * ipvsadm, the meaning of `-M`, `-r` and `-6` depends on the options before them.
 */
export class ParsedOptions {
  family: Family | undefined;
  protocol: Protocol | undefined;
  address = '';
  port = 0;
  mark = 0;
  /** The real server; `givenPort` is undefined if it has the service's port by default. */
  server: { family: Family; address: string; port: number; givenPort: number | undefined } | undefined;
  netns: string | undefined;
  /** The service's endpoint as given. */
  endpointText = '';
  /** The port of the service; undefined if none was given. */
  givenPort: number | undefined;
  /** Every option that was given, by name. */
  readonly occurrences: Map<OptionName, Occurrence> = new Map();
  readonly #context: ParseContext;
  /** The values of options that set a field, by name. */
  readonly #values = new Map<OptionName, unknown>();
  #netmask = '255.255.255.255';
  #prefixLength = 128;
  #schedulerFlags: Occurrence | undefined;

  constructor(context: ParseContext) {
    this.#context = context;
  }

  /** Adds one option. Throws a CommandError that names it. */
  add(occurrence: Occurrence): void {
    const { option } = occurrence;
    if (!('name' in option)) throw new CommandError(`${occurrence.typed}: only one command at a time`);
    this.occurrences.set(option.name, occurrence);
    const setter = this.#setters[option.name];
    if (setter !== undefined) setter(occurrence);
    else if (option.setsField !== undefined)
      this.#values.set(option.name, parsedValue(occurrence, option.setsField));
  }

  /** Returns the key of the service; undefined if none was given. */
  serviceKey(): ServiceKey | undefined {
    if (this.family === undefined) return undefined;
    if (this.mark !== 0) return { mark: this.mark, family: this.family };
    return { protocol: this.protocol!, address: this.address, port: this.port };
  }

  /** Returns the fields of an object as set by options or by default, without nested objects. */
  fields(
    object: FieldOptionName | 'service' | 'destination' | 'daemon',
    fields: Fields,
  ): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const { name, accepts, cliDefault, default: defaultValue } of fieldsOf(fields, 'setting')) {
      if (accepts.kind === 'object') continue;
      const fieldValue = this.#values.get(`${object as 'service'}.${name}`) ?? cliDefault ?? defaultValue;
      // A default of null becomes undefined; a field without a default is left out.
      if (fieldValue !== undefined) values[name] = fieldValue ?? undefined;
    }
    return values;
  }

  /** Returns the persistence of a service; undefined without -p. */
  persistence(): CompletePersistence | undefined {
    const timeout = this.#values.get('service.persistence.timeout') as number | undefined;
    if (timeout === undefined) return undefined;
    return this.family === 'ipv6'
      ? { timeout, prefixLength: this.#prefixLength }
      : { timeout, netmask: this.#netmask };
  }

  /**
   * Returns the scheduler flags. Throws a CommandError for unknown flags and for those of another
   * scheduler.
   */
  schedulerFlags(): SchedulerFlag[] {
    if (this.#schedulerFlags === undefined) return [];
    const { typed, value } = this.#schedulerFlags;
    if (value === '') return [];
    const flags = value!.split(',').filter((flag) => flag !== '');
    if (flags.length === 0) throw new CommandError(`${typed} ${value}: contains no flag`);
    const { scheduler } = this.fields('service', serviceFields);
    for (const flag of flags) {
      if (!Object.hasOwn(SCHEDULER_FLAG_BITS, flag)) {
        const names = Object.keys(SCHEDULER_FLAG_BITS);
        const suggestion = didYouMean(flag, names) || `; the flags are ${names.join(', ')}`;
        throw new CommandError(`${typed} ${flag}: no such flag${suggestion}`);
      }
      const [owner] = flag.split('-');
      if (owner !== 'flag' && owner !== scheduler)
        throw new CommandError(`${typed} ${flag}: a flag of the scheduler ${owner}, not of ${scheduler}`);
    }
    return flags as SchedulerFlag[];
  }

  readonly #setters: { readonly [Name in OptionName]?: (occurrence: Occurrence) => void } = {
    service: (occurrence) => this.#setService(occurrence),
    ipv6: ({ typed }) => {
      if (this.mark === 0) throw new CommandError(`${typed}: must follow -f`);
      this.family = 'ipv6';
      this.#prefixLength = 128;
    },
    'service.persistence.netmask': ({ typed, value }) => this.#setNetmask(typed, value!),
    'service.schedulerFlags': (occurrence) => {
      this.#schedulerFlags = occurrence;
    },
    server: ({ typed, value }) => {
      const endpoint = parseEndpoint(value!, this.protocol, this.#context.names);
      if (typeof endpoint === 'string') throw new CommandError(`${typed} ${value}: ${endpoint}`);
      this.server = { ...endpoint, port: endpoint.port ?? this.port, givenPort: endpoint.port };
    },
    'daemon.multicastGroup': ({ typed, value }) => {
      const group = value!;
      const multicast = group.includes(':')
        ? /^ff[\da-f]{2}:/i.test(group) && isIPv6(group)
        : /^2(?:2[4-9]|3\d)\.\d+\.\d+\.\d+$/.test(group) && parseIPv4(group) === group;
      if (!multicast) throw new CommandError(`${typed} ${group}: must be a multicast address`);
      this.#values.set('daemon.multicastGroup', group);
    },
    netns: ({ typed, value }) => {
      this.netns = namespacePath(typed, value!);
    },
  };

  #setService({ option, typed, value }: Occurrence): void {
    if (option.long === 'fwmark-service') {
      const minimum = this.#context.fromRules ? -0x80000000 : 1;
      const mark = wholeNumber(value!, minimum, MAX_MARK);
      if (mark === undefined || mark === 0)
        throw new CommandError(`${typed} ${value}: must be a mark from 1 to 4294967295`);
      this.mark = mark >>> 0;
      this.family = 'ipv4';
      // The protocol is only used to look up the port of a real server by name.
      this.protocol = 'tcp';
      return;
    }
    this.protocol = PROTOCOLS[option.long]!;
    const endpoint = parseEndpoint(value!, this.protocol, this.#context.names);
    if (typeof endpoint === 'string') throw new CommandError(`${typed} ${value}: ${endpoint}`);
    this.endpointText = value!;
    this.family = endpoint.family;
    this.address = endpoint.address;
    this.givenPort = endpoint.port;
    this.port = endpoint.port ?? 0;
    this.#prefixLength = 128;
  }

  #setNetmask(typed: string, value: string): void {
    if (this.family === 'ipv6') {
      const length = Number(/^[ \t\n\v\f\r]*([+-]?\d+)/.exec(value)?.[1] ?? 0);
      if (length < 1 || length > 128)
        throw new CommandError(`${typed} ${value}: must be a prefix length from 1 to 128`);
      this.#prefixLength = length;
      return;
    }
    const mask =
      parseIPv4(value) ?? (value === '' ? undefined : this.#context.names.addressOf(value, 'ipv4'));
    if (mask === undefined) throw new CommandError(`${typed} ${value}: must be a mask such as 255.255.255.0`);
    this.#netmask = mask;
  }
}

/** Parses the value of an option that sets a field. Throws a CommandError that names the option. */
function parsedValue(
  { typed, value }: Occurrence,
  { field, fieldOption: option }: NonNullable<ModifyingOption['setsField']>,
): unknown {
  if (option.impliedValue !== undefined) return option.impliedValue;
  if (value === undefined) return option.valueIfOmitted;
  if (value === '' && option.emptyIsNone) return undefined;
  const expected = field.accepts;
  switch (expected.kind) {
    case 'integer':
      return number(typed, value, option.minimum ?? expected.minimum, option.maximum ?? expected.maximum);
    case 'enum':
    case 'enum-or-number': {
      const names = Object.keys(expected.values);
      if (names.includes(value)) return value;
      throw new CommandError(
        `${typed} ${value}: must be ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`,
      );
    }
    default:
      return value;
  }
}

/** Parses a timeout of connections in seconds; 0 does not change it. Throws a CommandError. */
export function connectionTimeout(typed: string, value: string): number {
  return number(typed, value, 0, MAX_TIMEOUT);
}

function number(typed: string, value: string, minimum: number, maximum: number): number {
  const parsed = wholeNumber(value, minimum, maximum);
  if (parsed === undefined)
    throw new CommandError(`${typed} ${value}: must be a whole number from ${minimum} to ${maximum}`);
  return parsed;
}
