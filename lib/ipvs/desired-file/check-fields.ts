import type { UnknownAttribute } from '../../../protocol/netlink/index.ts';
import type { DesiredState, Mistakes, StatePath } from '../plan/desired-state.ts';
import { FIELDS } from './schema.ts';

type Fields = Readonly<Record<string, unknown>>;

const ATTRIBUTE_TYPES = 65536;

/**
 * Turns what a file says into services: every name that the schema does not have is a mistake, and
 * bytes come as hexadecimal digits. Values are left to `findMistakes`.
 */
export function servicesOf(root: unknown, mistakes: Mistakes): DesiredState | undefined {
  if (!isObject(root)) {
    mistakes.add([], 'the file must hold an object with a list of services');
    return undefined;
  }
  checkNames(root, FIELDS.root, [], mistakes);
  if (root.$schema !== undefined && typeof root.$schema !== 'string') {
    mistakes.add(['$schema'], 'must be the address of a schema');
  }
  if (!Array.isArray(root.services)) {
    mistakes.add(['services'], root.services === undefined ? 'is missing' : 'must be a list of services');
    return undefined;
  }
  return root.services.map((service: unknown, index) => {
    if (!isObject(service) || mistakes.full) return service;
    const path: StatePath = ['services', index];
    checkNames(service, FIELDS.service, path, mistakes);
    checkInner(service, 'persistence', FIELDS.persistence, path, mistakes);
    const read = withUnknown(service, path, mistakes);
    if (!Array.isArray(service.destinations)) return read;
    const destinations = service.destinations.map((destination: unknown, position) => {
      if (!isObject(destination) || mistakes.full) return destination;
      const inner: StatePath = [...path, 'destinations', position];
      checkNames(destination, FIELDS.destination, inner, mistakes);
      checkInner(destination, 'tunnel', FIELDS.tunnel, inner, mistakes);
      return withUnknown(destination, inner, mistakes);
    });
    return { ...read, destinations };
  }) as unknown as DesiredState;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkNames(object: Fields, known: ReadonlySet<string>, path: StatePath, mistakes: Mistakes): void {
  for (const name of Object.keys(object)) {
    if (mistakes.full) return;
    if (!known.has(name)) {
      mistakes.add([...path, name], `is no field; there are ${[...known].join(', ')}`);
    }
  }
}

function checkInner(
  object: Fields,
  name: string,
  known: ReadonlySet<string>,
  path: StatePath,
  mistakes: Mistakes,
): void {
  const inner = object[name];
  if (isObject(inner)) checkNames(inner, known, [...path, name], mistakes);
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
