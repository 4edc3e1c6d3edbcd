import { FieldError, LITTLE_ENDIAN } from '../../netlink/index.ts';
import { parseAddress } from '../fields/address.ts';
import {
  MAX_PERSISTENCE_ENGINE_NAME,
  MAX_SCHEDULER_NAME,
  NAMED_SERVICE_FLAGS,
  ServiceFlag,
} from '../fields/constants.ts';
import { WHOLE_PREFIX } from '../fields/defaults.ts';
import { PERSISTENCE_NAMES, SERVICE_NAMES } from '../fields/field-names.ts';
import {
  FAMILY_NUMBERS,
  type Family,
  PROTOCOL_NUMBERS,
  SCHEDULER_FLAG_BITS,
  type SchedulerFlag,
} from '../fields/names.ts';
import type { Persistence, ServiceDefinition, ServiceKey } from '../fields/types.ts';
import {
  boolean,
  checkNames,
  integer,
  name,
  numberOrName,
  object,
  optionalInteger,
  optionalName,
  text,
  unknownAttributes,
} from './checks.ts';
import type { ServiceValues } from './values.ts';

/** Every bit: the flags that are written replace all that were there. */
const ALL_FLAGS = 0xffffffff;
/** The kernel keeps the timeout times HZ (at most 1000) in 32 bits, unchecked. */
const MAX_PERSISTENCE_TIMEOUT: number = Math.floor(0xffffffff / 1000);
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
