import { serviceKeyText } from '../../../protocol/ipvs/index.ts';
import type { UnknownAttribute } from '../../../protocol/netlink/index.ts';
import { isPrintable } from '../../../protocol/netlink/text/printable.ts';
import { normalServiceKey } from '../plan/compare/normal-form.ts';
import type { DesiredServices, ErrorList, StatePath } from '../plan/desired-services.ts';
import { checkNames, isObject, type UncheckedObject } from '../plan/settings/check-names.ts';
import { findSettingErrors } from '../plan/settings/check-settings.ts';
import type { DesiredSettings, DesiredState } from '../plan/settings/desired-state.ts';
import { FIELDS, MAXIMUM_NAME } from './schema.ts';

/** Number of possible attribute types. */
const ATTRIBUTE_TYPES = 65536;

/**
 * Converts the parsed contents of a file to a desired state, decoding hexadecimal digits to bytes. Every field that
 * is not in the schema is an error. The values of services are checked by `findErrors`.
 */
export function desiredStateOf(root: unknown, errors: ErrorList): DesiredState | undefined {
  if (!isObject(root)) {
    errors.add([], 'the file must hold an object with a list of services');
    return undefined;
  }
  checkNames(root, FIELDS.root, [], errors);
  if (root.$schema !== undefined && typeof root.$schema !== 'string') {
    errors.add(['$schema'], 'must be the URL of a schema');
  }
  const services = servicesOf(root.services, errors);
  const { timeouts, daemons, sysctls } = root as DesiredSettings;
  findSettingErrors({ timeouts, daemons, sysctls }, errors);
  return services === undefined ? undefined : { services, timeouts, daemons, sysctls };
}

function servicesOf(list: unknown, errors: ErrorList): DesiredServices | undefined {
  if (!Array.isArray(list)) {
    errors.add(['services'], list === undefined ? 'is missing' : 'must be a list of services');
    return undefined;
  }
  return list.map((service: unknown, index) => {
    if (!isObject(service) || errors.full) return service;
    const path: StatePath = ['services', index];
    const knownFields = checkNames(service, FIELDS.service, path, errors);
    const checked = checkNested(
      withoutName(knownFields, path, errors),
      'persistence',
      FIELDS.persistence,
      path,
      errors,
    );
    const decoded = decodeUnknown(checked, path, errors);
    if (!Array.isArray(service.destinations)) return decoded;
    const destinations = service.destinations.map((destination: unknown, destinationIndex) => {
      if (!isObject(destination) || errors.full) return destination;
      const destinationPath: StatePath = [...path, 'destinations', destinationIndex];
      const knownFields = checkNames(destination, FIELDS.destination, destinationPath, errors);
      return decodeUnknown(
        checkNested(knownFields, 'tunnel', FIELDS.tunnel, destinationPath, errors),
        destinationPath,
        errors,
      );
    });
    return { ...decoded, destinations };
  }) as unknown as DesiredServices;
}

/** Checks the name of a service, and returns the service without it: the kernel does not store names. */
function withoutName(service: UncheckedObject, path: StatePath, errors: ErrorList): UncheckedObject {
  if (service.name === undefined) return service;
  const { name, ...rest } = service;
  const isValid = typeof name === 'string' && name !== '' && name.length <= MAXIMUM_NAME && isPrintable(name);
  if (!isValid) errors.add([...path, 'name'], `must be printable text of 1 to ${MAXIMUM_NAME} characters`);
  return rest;
}

/**
 * Returns the names of the services in a file without errors by key; undefined if there are none.
 * `services` are those that `desiredStateOf` returned for the file.
 */
export function namesOf(root: unknown, services: DesiredServices): ReadonlyMap<string, string> | undefined {
  const names = new Map<string, string>();
  for (const [index, { name }] of (root as { services: { name?: string }[] }).services.entries())
    if (name !== undefined) names.set(serviceKeyText(normalServiceKey(services[index]!)), name);
  return names.size === 0 ? undefined : names;
}

/** Checks the field names of the object in the field `name`, and returns `object` with the known ones only. */
function checkNested(
  object: UncheckedObject,
  name: string,
  fieldNames: ReadonlySet<string>,
  path: StatePath,
  errors: ErrorList,
): UncheckedObject {
  const nested = object[name];
  if (!isObject(nested)) return object;
  const checked = checkNames(nested, fieldNames, [...path, name], errors);
  return checked === nested ? object : { ...object, [name]: checked };
}

/**
 * Checks the list of unknown attributes, and returns the object with their hexadecimal digits decoded to
 * bytes.
 */
function decodeUnknown(object: UncheckedObject, path: StatePath, errors: ErrorList): UncheckedObject {
  if (object.unknown === undefined) return object;
  const { unknown: list, ...rest } = object;
  const listPath: StatePath = [...path, 'unknown'];
  if (!Array.isArray(list)) {
    errors.add(listPath, 'must be a list of attributes');
    return rest;
  }
  const unknown: UnknownAttribute[] = [];
  for (const [index, attribute] of list.entries()) {
    const attributePath: StatePath = [...listPath, index];
    if (!isObject(attribute)) {
      errors.add(attributePath, 'must be an attribute with type and bytes');
      continue;
    }
    checkNames(attribute, FIELDS.unknown, attributePath, errors);
    const { type, bytes } = attribute;
    if (typeof type !== 'number' || !Number.isInteger(type) || type < 0 || type >= ATTRIBUTE_TYPES) {
      errors.add([...attributePath, 'type'], 'must be a whole number from 0 to 65535');
    } else if (typeof bytes !== 'string' || !/^(?:[0-9a-f]{2})*$/i.test(bytes)) {
      errors.add([...attributePath, 'bytes'], 'must be hexadecimal digits, two for each byte');
    } else unknown.push({ type, bytes: Uint8Array.from(Buffer.from(bytes, 'hex')) });
  }
  return { ...rest, unknown };
}
