import {
  ATTRIBUTE_HEADER_LENGTH,
  type AttributeValues,
  FieldError,
  LITTLE_ENDIAN,
  MAX_ATTRIBUTE_LENGTH,
  textBytes,
  type UnknownAttribute,
} from '../netlink/index.ts';
import { formatAddress, parseAddress, type WireAddress } from './address.ts';
import type { ipvsAttributes } from './attributes.ts';
import {
  DaemonState,
  MAX_INTERFACE_NAME,
  MAX_PERSISTENCE_ENGINE_NAME,
  MAX_SCHEDULER_NAME,
  MAX_WEIGHT,
  NAMED_SERVICE_FLAGS,
  ServiceFlag,
} from './constants.ts';
import { DESTINATION_DEFAULTS, WHOLE_PREFIX } from './defaults.ts';
import {
  checkNames,
  DESTINATION_NAMES,
  PERSISTENCE_NAMES,
  SERVICE_NAMES,
  TUNNEL_NAMES,
} from './field-names.ts';
import {
  FAMILY_NUMBERS,
  type Family,
  FORWARDING_NUMBERS,
  PROTOCOL_NUMBERS,
  SCHEDULER_FLAG_BITS,
  type SchedulerFlag,
  TUNNEL_CHECKSUM_NUMBERS,
  TUNNEL_TYPE_NUMBERS,
} from './names.ts';
import type {
  Daemon,
  DestinationDefinition,
  DestinationKey,
  Persistence,
  ServiceDefinition,
  ServiceKey,
  Timeouts,
} from './types.ts';

/** The raw attributes of a service. */
export type ServiceValues = AttributeValues<typeof ipvsAttributes, 'service'>;
/** The raw attributes of a destination. */
export type DestinationValues = AttributeValues<typeof ipvsAttributes, 'destination'>;
/** The raw attributes of a sync daemon. */
export type DaemonValues = AttributeValues<typeof ipvsAttributes, 'daemon'>;
/** The raw attributes of the top level. */
export type CommandValues = AttributeValues<typeof ipvsAttributes, 'command'>;

/** Every bit: the flags that are written replace all that were there. */
const ALL_FLAGS = 0xffffffff;
/** The kernel keeps the timeout times HZ (at most 1000) in 32 bits, unchecked. */
const MAX_PERSISTENCE_TIMEOUT: number = Math.floor(0xffffffff / 1000);
/** The kernel itself refuses what times HZ does not fit a signed int (ip_vs_set_timeout). */
const MAX_TIMEOUT = 0x7fffffff;
const MAX_PORT = 65535;
const WHOLE_IPV4 = new Uint8Array([255, 255, 255, 255]);

/**
 * The identifying attributes of a service. Throws a {@link FieldError} that names the field, such
 * as `service.port`.
 */
export function serviceKeyValues(key: ServiceKey): ServiceValues {
  object('service', key);
  checkNames('service', key, SERVICE_NAMES);
  const givenFamily = optionalName('service.family', key.family, FAMILY_NUMBERS) as Family | undefined;
  if (key.mark !== undefined) {
    const mark = integer('service.mark', key.mark, 1, 0xffffffff);
    for (const field of ['protocol', 'address', 'port'] as const) {
      if (key[field] !== undefined) {
        throw new FieldError(`service.${field}`, key[field], 'must be absent where a firewall mark is given');
      }
    }
    return { family: FAMILY_NUMBERS[givenFamily ?? 'ipv4'], mark };
  }
  const protocol = numberOrName('service.protocol', key.protocol, PROTOCOL_NUMBERS, 0xff);
  const address = parseAddress('service.address', key.address, givenFamily);
  const port = integer('service.port', key.port, 0, MAX_PORT);
  return { family: FAMILY_NUMBERS[address.family], protocol, address: address.bytes, port };
}

/**
 * All attributes that NEW_SERVICE and SET_SERVICE need. Throws a {@link FieldError} that names the
 * field.
 */
export function serviceValues(service: ServiceDefinition): ServiceValues {
  const key = serviceKeyValues(service);
  const family: Family = key.family === FAMILY_NUMBERS.ipv6 ? 'ipv6' : 'ipv4';
  const { otherFlags = 0, onePacket = false, schedulerFlags = [] } = service;
  const persistence = service.persistence ?? undefined;
  const persistenceEngine = service.persistenceEngine ?? undefined;
  let flags = integer('service.otherFlags', otherFlags, 0, 0xffffffff);
  if ((flags & NAMED_SERVICE_FLAGS) !== 0) {
    throw new FieldError('service.otherFlags', otherFlags, 'must hold no flag that has a field of its own');
  }
  if (persistence !== undefined) flags |= ServiceFlag.PERSISTENT;
  if (boolean('service.onePacket', onePacket)) flags |= ServiceFlag.ONE_PACKET;
  if (!Array.isArray(schedulerFlags)) {
    throw new FieldError('service.schedulerFlags', schedulerFlags, 'must be a list of names');
  }
  for (const flag of schedulerFlags as readonly SchedulerFlag[]) {
    flags |= SCHEDULER_FLAG_BITS[name('service.schedulerFlags', flag, SCHEDULER_FLAG_BITS) as SchedulerFlag];
  }
  const { timeout, netmask } = persistenceValues(persistence, family);
  // Without spreading: thousands of these are made at a time.
  return {
    family: key.family,
    protocol: key.protocol,
    address: key.address,
    port: key.port,
    mark: key.mark,
    scheduler: text('service.scheduler', service.scheduler, MAX_SCHEDULER_NAME),
    flags: { flags: flags >>> 0, mask: ALL_FLAGS },
    timeout,
    netmask,
    persistenceEngine:
      persistenceEngine === undefined
        ? undefined
        : text('service.persistenceEngine', persistenceEngine, MAX_PERSISTENCE_ENGINE_NAME),
    unknown: unknownAttributes('service.unknown', service.unknown),
  };
}

function persistenceValues(
  persistence: Persistence | undefined,
  family: Family,
): { readonly timeout: number; readonly netmask: Uint8Array } {
  if (persistence === undefined) return { timeout: 0, netmask: netmaskBytes(undefined, undefined, family) };
  object('service.persistence', persistence);
  checkNames('service.persistence', persistence, PERSISTENCE_NAMES);
  const { timeout, netmask, prefixLength } = persistence;
  return {
    timeout: integer('service.persistence.timeout', timeout, 0, MAX_PERSISTENCE_TIMEOUT),
    netmask: netmaskBytes(netmask ?? undefined, prefixLength ?? undefined, family),
  };
}

function netmaskBytes(
  netmask: string | undefined,
  prefixLength: number | undefined,
  family: Family,
): Uint8Array {
  if (family === 'ipv4') {
    if (prefixLength !== undefined) {
      throw new FieldError(
        'service.persistence.prefixLength',
        prefixLength,
        'must be absent for IPv4 (use netmask)',
      );
    }
    if (netmask === undefined) return WHOLE_IPV4;
    return parseAddress('service.persistence.netmask', netmask, 'ipv4').bytes.slice(0, 4);
  }
  if (netmask !== undefined) {
    throw new FieldError(
      'service.persistence.netmask',
      netmask,
      'must be absent for IPv6 (use prefixLength)',
    );
  }
  const length =
    optionalInteger('service.persistence.prefixLength', prefixLength, 1, WHOLE_PREFIX) ?? WHOLE_PREFIX;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length, LITTLE_ENDIAN);
  return bytes;
}

/**
 * The identifying attributes of a destination. Throws a {@link FieldError} that names the field,
 * such as `destination.port`.
 */
export function destinationKeyValues(key: DestinationKey): DestinationValues {
  object('destination', key);
  checkNames('destination', key, DESTINATION_NAMES);
  const family = optionalName('destination.family', key.family, FAMILY_NUMBERS) as Family | undefined;
  const address: WireAddress = parseAddress('destination.address', key.address, family);
  return {
    address: address.bytes,
    family: FAMILY_NUMBERS[address.family],
    port: integer('destination.port', key.port, 0, MAX_PORT),
  };
}

/**
 * All attributes that NEW_DEST and SET_DEST need. Throws a {@link FieldError} that names the field.
 */
export function destinationValues(destination: DestinationDefinition): DestinationValues {
  const key = destinationKeyValues(destination);
  const {
    forwarding,
    weight = DESTINATION_DEFAULTS.weight,
    upperThreshold = DESTINATION_DEFAULTS.upperThreshold,
    lowerThreshold = DESTINATION_DEFAULTS.lowerThreshold,
    tunnel,
  } = destination;
  const upper = integer('destination.upperThreshold', upperThreshold, 0, 0xffffffff);
  const lower = integer('destination.lowerThreshold', lowerThreshold, 0, 0xffffffff);
  if (lower > upper) {
    throw new FieldError(
      'destination.lowerThreshold',
      lower,
      `must not be above the upper threshold (${upper})`,
    );
  }
  const wrapped = tunnel === undefined || tunnel === null ? undefined : tunnelValues(tunnel);
  return {
    address: key.address,
    family: key.family,
    port: key.port,
    forwarding: numberOrName('destination.forwarding', forwarding, FORWARDING_NUMBERS, 7),
    weight: integer('destination.weight', weight, 0, MAX_WEIGHT),
    upperThreshold: upper,
    lowerThreshold: lower,
    tunnelType: wrapped?.tunnelType,
    tunnelPort: wrapped?.tunnelPort,
    tunnelFlags: wrapped?.tunnelFlags,
    unknown: unknownAttributes('destination.unknown', destination.unknown),
  };
}

function tunnelValues(tunnel: NonNullable<DestinationDefinition['tunnel']>): DestinationValues {
  object('destination.tunnel', tunnel);
  checkNames('destination.tunnel', tunnel, TUNNEL_NAMES);
  const { type = 'ipip', port = 0, checksum = 'nocsum' } = tunnel;
  const tunnelType = numberOrName('destination.tunnel.type', type, TUNNEL_TYPE_NUMBERS, 0xff);
  const gue = tunnelType === TUNNEL_TYPE_NUMBERS.gue;
  const tunnelPort = integer('destination.tunnel.port', port, 0, MAX_PORT);
  if (gue && tunnelPort === 0) throw new FieldError('destination.tunnel.port', port, 'must be given for gue');
  return {
    tunnelType,
    tunnelPort,
    tunnelFlags: numberOrName('destination.tunnel.checksum', checksum, TUNNEL_CHECKSUM_NUMBERS, 0xffff),
  };
}

/** The attributes of a sync daemon. Throws a {@link FieldError} that names the field. */
export function daemonValues(daemon: Daemon): DaemonValues {
  object('daemon', daemon);
  const { role, syncMaxLength, multicastGroup, multicastPort, multicastTtl } = daemon;
  const state = { master: DaemonState.MASTER, backup: DaemonState.BACKUP };
  const group =
    multicastGroup === undefined ? undefined : parseAddress('daemon.multicastGroup', multicastGroup);
  return {
    state: state[name('daemon.role', role, state) as keyof typeof state],
    interface: text('daemon.interface', daemon.interface, MAX_INTERFACE_NAME),
    syncId: integer('daemon.syncId', daemon.syncId, 0, 255),
    syncMaxLength: optionalInteger('daemon.syncMaxLength', syncMaxLength, 0, 65535),
    multicastGroup: group?.family === 'ipv4' ? group.bytes.slice(0, 4) : undefined,
    multicastGroup6: group?.family === 'ipv6' ? group.bytes : undefined,
    multicastPort: optionalInteger('daemon.multicastPort', multicastPort, 0, MAX_PORT),
    multicastTtl: optionalInteger('daemon.multicastTtl', multicastTtl, 0, 255),
  };
}

/** The attributes of DEL_DAEMON: which daemon. Throws a {@link FieldError} that names the field. */
export function daemonKeyValues(key: Pick<Daemon, 'role' | 'syncId'>): DaemonValues {
  object('daemon', key);
  const state = { master: DaemonState.MASTER, backup: DaemonState.BACKUP };
  return {
    state: state[name('daemon.role', key.role, state) as keyof typeof state],
    syncId: integer('daemon.syncId', key.syncId, 0, 255),
  };
}

/** The attributes of SET_CONFIG. Throws a {@link FieldError} that names the field. */
export function timeoutValues(timeouts: Timeouts): CommandValues {
  object('timeouts', timeouts);
  return {
    timeoutTcp: optionalInteger('timeouts.tcp', timeouts.tcp, 0, MAX_TIMEOUT) ?? 0,
    timeoutTcpFin: optionalInteger('timeouts.tcpFin', timeouts.tcpFin, 0, MAX_TIMEOUT) ?? 0,
    timeoutUdp: optionalInteger('timeouts.udp', timeouts.udp, 0, MAX_TIMEOUT) ?? 0,
  };
}

/** The text of a daemon's multicast group. */
export function multicastGroupText(values: DaemonValues): string | undefined {
  if (values.multicastGroup !== undefined) return formatAddress('ipv4', values.multicastGroup);
  if (values.multicastGroup6 !== undefined) return formatAddress('ipv6', values.multicastGroup6);
  return undefined;
}

const MAX_UNKNOWN_LENGTH: number = MAX_ATTRIBUTE_LENGTH - ATTRIBUTE_HEADER_LENGTH;

function unknownAttributes(
  field: string,
  value: readonly UnknownAttribute[] | undefined,
): readonly UnknownAttribute[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new FieldError(field, value, 'must be a list of attributes');
  for (const [index, entry] of (value as readonly UnknownAttribute[]).entries()) {
    const path = `${field}[${index}]`;
    object(path, entry);
    integer(`${path}.type`, entry.type, 0, 0xffff);
    if (!(entry.bytes instanceof Uint8Array) || entry.bytes.length > MAX_UNKNOWN_LENGTH)
      throw new FieldError(`${path}.bytes`, entry.bytes, `must be at most ${MAX_UNKNOWN_LENGTH} bytes`);
  }
  return value;
}

function object(field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FieldError(field, value, 'must be an object');
  }
}

function integer(field: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new FieldError(field, value, `must be a whole number from ${least} to ${most}`);
  }
  return value;
}

function optionalInteger(field: string, value: unknown, least: number, most: number): number | undefined {
  return value === undefined ? undefined : integer(field, value, least, most);
}

function boolean(field: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new FieldError(field, value, 'must be true or false');
  return value;
}

function name(field: string, value: unknown, names: Readonly<Record<string, number>>): string {
  if (typeof value !== 'string' || !Object.hasOwn(names, value)) {
    throw new FieldError(field, value, `must be one of ${Object.keys(names).join(', ')}`);
  }
  return value;
}

function optionalName(
  field: string,
  value: unknown,
  names: Readonly<Record<string, number>>,
): string | undefined {
  return value === undefined ? undefined : name(field, value, names);
}

function numberOrName(
  field: string,
  value: unknown,
  names: Readonly<Record<string, number>>,
  most: number,
): number {
  if (typeof value === 'number') return integer(field, value, 0, most);
  return names[name(field, value, names)]!;
}

function text(field: string, value: unknown, most: number): string {
  const bytes = textBytes(value);
  if (bytes === undefined || bytes.length === 0)
    throw new FieldError(field, value, 'must be a name without NUL');
  if (bytes.length > most) throw new FieldError(field, value, `must be at most ${most} bytes`);
  return value as string;
}
