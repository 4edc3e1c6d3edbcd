import { FieldError, HOST_IS_LITTLE_ENDIAN } from '../../netlink/index.ts';
import { parseAddress } from '../fields/address.ts';
import { NAMED_SERVICE_FLAGS, ServiceFlag } from '../fields/constants.ts';
import { fieldsOf, namesOf } from '../fields/field.ts';
import { FAMILY_NUMBERS, type Family } from '../fields/names.ts';
import { FULL_PREFIX, type Persistence, persistenceFields } from '../fields/persistence.ts';
import { type ServiceDefinition, type ServiceKey, serviceFields } from '../fields/service.ts';
import { checkBoolean, checkFieldNames, checkObject, checkOptionalName } from './checks.ts';
import { attributeValue, FieldEncoder } from './field-encoder.ts';
import { EMPTY_SERVICE_VALUES, type ServiceValues } from './values.ts';

/** The flag mask with which the kernel replaces all flags of a service. */
const ALL_FLAGS = 0xffffffff;
const FULL_IPV4_NETMASK = new Uint8Array([255, 255, 255, 255]);

/** The fields that a service may have, also if it was read. Only its key and settings are encoded. */
const FIELD_NAMES = new Set([...namesOf(serviceFields), 'destinations', 'counters']);
const PERSISTENCE_FIELD_NAMES = namesOf(persistenceFields);
/** Encodes the settings, and unknown attributes unchanged. */
const SETTINGS = new FieldEncoder('service', serviceFields, 'setting', 'passthrough');
/** The settings that are bits of the service's flags. */
const FLAG_SETTINGS = fieldsOf(serviceFields, 'setting').flatMap(({ name, flag, default: defaultValue }) =>
  flag === undefined ? [] : [{ name, path: `service.${name}`, flag, defaultValue }],
);

/**
 * Returns the attributes of a service's key. Throws a {@link FieldError} that names the field, such
 * as `service.port`.
 */
export function serviceKeyValues(key: ServiceKey): ServiceValues {
  checkObject('service', key);
  checkFieldNames('service', key, FIELD_NAMES);
  const givenFamily = checkOptionalName('service.family', key.family, FAMILY_NUMBERS) as Family | undefined;
  if (key.mark !== undefined) {
    const mark = keyNumber('mark', key.mark);
    for (const field of ['protocol', 'address', 'port'] as const) {
      if (key[field] !== undefined) {
        throw new FieldError(`service.${field}`, key[field], 'must be absent if there is a firewall mark');
      }
    }
    return { family: FAMILY_NUMBERS[givenFamily ?? 'ipv4'], mark };
  }
  const protocol = keyNumber('protocol', key.protocol);
  const address = parseAddress('service.address', key.address, givenFamily);
  const port = keyNumber('port', key.port);
  return { family: FAMILY_NUMBERS[address.family], protocol, address: address.bytes, port };
}

function keyNumber(name: 'mark' | 'protocol' | 'port', value: unknown): number {
  return attributeValue(`service.${name}`, value, serviceFields[name].accepts) as number;
}

/** Returns the attributes of a service for NEW_SERVICE. Throws a {@link FieldError} that names the field. */
export function serviceValues(service: ServiceDefinition): ServiceValues {
  const key = serviceKeyValues(service);
  const family: Family = key.family === FAMILY_NUMBERS.ipv6 ? 'ipv6' : 'ipv4';
  // One hidden class for all, as thousands of these are created at a time.
  const values = { ...EMPTY_SERVICE_VALUES };
  values.family = key.family;
  values.protocol = key.protocol;
  values.address = key.address;
  values.port = key.port;
  values.mark = key.mark;
  values.flags = { flags: flagBits(service), mask: ALL_FLAGS };
  const { timeout, netmask } = persistenceValues(service.persistence ?? undefined, family);
  values.timeout = timeout;
  values.netmask = netmask;
  SETTINGS.encode(service, values);
  return values;
}

function flagBits(service: ServiceDefinition): number {
  const { persistence, schedulerFlags = [], otherFlags = 0 } = service;
  let flags = attributeValue('service.otherFlags', otherFlags, serviceFields.otherFlags.accepts) as number;
  if ((flags & NAMED_SERVICE_FLAGS) !== 0)
    throw new FieldError('service.otherFlags', otherFlags, 'must not contain flags that other fields set');
  if (persistence !== undefined && persistence !== null) flags |= ServiceFlag.PERSISTENT;
  for (const { name, path, flag, defaultValue } of FLAG_SETTINGS) {
    const value = service[name as 'onePacket'];
    if (checkBoolean(path, value === undefined ? defaultValue : value)) flags |= flag;
  }
  const { accepts } = serviceFields.schedulerFlags;
  flags |= attributeValue('service.schedulerFlags', schedulerFlags, accepts) as number;
  return flags >>> 0;
}

function persistenceValues(
  persistence: Persistence | undefined,
  family: Family,
): { readonly timeout: number; readonly netmask: Uint8Array } {
  if (persistence === undefined) return { timeout: 0, netmask: netmaskBytes(undefined, undefined, family) };
  checkObject('service.persistence', persistence);
  checkFieldNames('service.persistence', persistence, PERSISTENCE_FIELD_NAMES);
  const { netmask, prefixLength } = persistence;
  const timeout = attributeValue(
    'service.persistence.timeout',
    persistence.timeout,
    persistenceFields.timeout.accepts,
  );
  return {
    timeout: timeout as number,
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
    if (netmask === undefined) return FULL_IPV4_NETMASK;
    const bytes = attributeValue(
      'service.persistence.netmask',
      netmask,
      persistenceFields.netmask.accepts,
    ) as Uint8Array;
    return bytes.slice(0, 4);
  }
  if (netmask !== undefined) {
    throw new FieldError(
      'service.persistence.netmask',
      netmask,
      'must be absent for IPv6 (use prefixLength)',
    );
  }
  const length = attributeValue(
    'service.persistence.prefixLength',
    prefixLength ?? FULL_PREFIX,
    persistenceFields.prefixLength.accepts,
  ) as number;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length, HOST_IS_LITTLE_ENDIAN);
  return bytes;
}
