import type { UnknownAttribute } from '../../../protocol/netlink/index.ts';
import type { DesiredState, Mistakes, StatePath } from '../plan/desired-state.ts';
import { checkNames, type Fields, isObject } from '../plan/settings/check-names.ts';
import { findSettingMistakes } from '../plan/settings/check-settings.ts';
import type { DesiredSettings, DesiredTable } from '../plan/settings/desired-table.ts';
import { FIELDS } from './schema.ts';

const ATTRIBUTE_TYPES = 65536;

/**
 * Turns what a file says into a table: every name that the schema does not have is a mistake, and bytes
 * come as hexadecimal digits. The values of services are left to `findMistakes`.
 */
export function tableOf(root: unknown, mistakes: Mistakes): DesiredTable | undefined {
  if (!isObject(root)) {
    mistakes.add([], 'the file must hold an object with a list of services');
    return undefined;
  }
  checkNames(root, FIELDS.root, [], mistakes);
  if (root.$schema !== undefined && typeof root.$schema !== 'string') {
    mistakes.add(['$schema'], 'must be the address of a schema');
  }
  const services = servicesOf(root.services, mistakes);
  const { timeouts, daemons, sysctls } = root as DesiredSettings;
  findSettingMistakes({ timeouts, daemons, sysctls }, mistakes);
  return services === undefined ? undefined : { services, timeouts, daemons, sysctls };
}

function servicesOf(list: unknown, mistakes: Mistakes): DesiredState | undefined {
  if (!Array.isArray(list)) {
    mistakes.add(['services'], list === undefined ? 'is missing' : 'must be a list of services');
    return undefined;
  }
  return list.map((service: unknown, index) => {
    if (!isObject(service) || mistakes.full) return service;
    const path: StatePath = ['services', index];
    const named = checkNames(service, FIELDS.service, path, mistakes);
    const whole = checkInner(named, 'persistence', FIELDS.persistence, path, mistakes);
    const read = withUnknown(whole, path, mistakes);
    if (!Array.isArray(service.destinations)) return read;
    const destinations = service.destinations.map((destination: unknown, position) => {
      if (!isObject(destination) || mistakes.full) return destination;
      const inner: StatePath = [...path, 'destinations', position];
      const known = checkNames(destination, FIELDS.destination, inner, mistakes);
      return withUnknown(checkInner(known, 'tunnel', FIELDS.tunnel, inner, mistakes), inner, mistakes);
    });
    return { ...read, destinations };
  }) as unknown as DesiredState;
}

function checkInner(
  object: Fields,
  name: string,
  known: ReadonlySet<string>,
  path: StatePath,
  mistakes: Mistakes,
): Fields {
  const inner = object[name];
  if (!isObject(inner)) return object;
  const checked = checkNames(inner, known, [...path, name], mistakes);
  return checked === inner ? object : { ...object, [name]: checked };
}

function withUnknown(object: Fields, path: StatePath, mistakes: Mistakes): Fields {
  if (object.unknown === undefined) return object;
  const { unknown: list, ...rest } = object;
  const listPath: StatePath = [...path, 'unknown'];
  if (!Array.isArray(list)) {
    mistakes.add(listPath, 'must be a list of attributes');
    return rest;
  }
  const unknown: UnknownAttribute[] = [];
  for (const [index, attribute] of list.entries()) {
    const attributePath: StatePath = [...listPath, index];
    if (!isObject(attribute)) {
      mistakes.add(attributePath, 'must be an attribute with type and bytes');
      continue;
    }
    checkNames(attribute, FIELDS.unknown, attributePath, mistakes);
    const { type, bytes } = attribute;
    if (typeof type !== 'number' || !Number.isInteger(type) || type < 0 || type >= ATTRIBUTE_TYPES) {
      mistakes.add([...attributePath, 'type'], 'must be a whole number from 0 to 65535');
    } else if (typeof bytes !== 'string' || !/^(?:[0-9a-f]{2})*$/i.test(bytes)) {
      mistakes.add([...attributePath, 'bytes'], 'must be hexadecimal digits, two for each byte');
    } else unknown.push({ type, bytes: Uint8Array.from(Buffer.from(bytes, 'hex')) });
  }
  return { ...rest, unknown };
}
