import {
  type Daemon,
  daemonValues,
  serviceKeyText,
  type Timeouts,
  timeoutValues,
} from '../../../protocol/ipvs/index.ts';
import { FieldError, type UnknownAttribute } from '../../../protocol/netlink/index.ts';
import { isPrintable } from '../../../protocol/netlink/text/printable.ts';
import { didYouMean } from '../../text/closest-name.ts';
import { normalServiceKey } from '../plan/compare/normal-form.ts';
import { type DesiredState, MAXIMUM_MISTAKES, type Mistakes, type StatePath } from '../plan/desired-state.ts';
import type { DesiredTable } from './desired-table.ts';
import { FIELDS, MAXIMUM_NAME } from './schema.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Number of types that an attribute can have. */
const ATTRIBUTE_TYPES = 65536;

/**
 * Turns the parsed contents of a file into a table, with bytes made from hexadecimal digits. Every field that the
 * schema does not have is a mistake. The values of services are left to `findMistakes`.
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
  const timeouts = timeoutsOf(root.timeouts, mistakes);
  const daemons = daemonsOf(root.daemons, mistakes);
  return services === undefined ? undefined : { services, timeouts, daemons };
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
    const whole = checkInner(
      withoutName(named, path, mistakes),
      'persistence',
      FIELDS.persistence,
      path,
      mistakes,
    );
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

/** Checks the name of a service, and returns the service without it, as the name is not sent to the kernel. */
function withoutName(service: Fields, path: StatePath, mistakes: Mistakes): Fields {
  if (service.name === undefined) return service;
  const { name, ...rest } = service;
  const fits = typeof name === 'string' && name !== '' && name.length <= MAXIMUM_NAME && isPrintable(name);
  if (!fits) mistakes.add([...path, 'name'], `must be a printable text of 1 to ${MAXIMUM_NAME} characters`);
  return rest;
}

/**
 * The names that a file without mistakes gives to services; undefined for none. `services` are those that `tableOf`
 * returned for it.
 */
export function namesOf(root: unknown, services: DesiredState): ReadonlyMap<string, string> | undefined {
  const names = new Map<string, string>();
  for (const [index, { name }] of (root as { services: { name?: string }[] }).services.entries())
    if (name !== undefined) names.set(serviceKeyText(normalServiceKey(services[index]!)), name);
  return names.size === 0 ? undefined : names;
}

function timeoutsOf(timeouts: unknown, mistakes: Mistakes): Timeouts | undefined {
  if (timeouts === undefined) return undefined;
  if (!isObject(timeouts)) {
    mistakes.add(['timeouts'], 'must be an object with timeouts in seconds');
    return undefined;
  }
  checkNames(timeouts, FIELDS.timeouts, ['timeouts'], mistakes);
  checkValues(timeouts, {}, timeoutValues, ['timeouts'], mistakes);
  return timeouts as Timeouts;
}

/** Valid values that replace wrong ones while the other fields are checked. */
const DAEMON_STAND_INS = { role: 'master', interface: 'lo', syncId: 0 } as const;

function daemonsOf(daemons: unknown, mistakes: Mistakes): readonly Daemon[] | undefined {
  if (daemons === undefined) return undefined;
  if (!Array.isArray(daemons)) {
    mistakes.add(['daemons'], 'must be a list of sync daemons');
    return undefined;
  }
  const roles = new Set<unknown>();
  for (const [index, daemon] of daemons.entries()) {
    const path: StatePath = ['daemons', index];
    if (mistakes.full) break;
    if (!isObject(daemon)) {
      mistakes.add(path, 'must be a sync daemon');
      continue;
    }
    checkNames(daemon, FIELDS.daemon, path, mistakes);
    checkValues(daemon as unknown as Daemon, DAEMON_STAND_INS, daemonValues, path, mistakes);
    if (roles.has(daemon.role)) mistakes.add(path, `is a second daemon with the role ${daemon.role}`);
    roles.add(daemon.role);
  }
  return daemons as readonly Daemon[];
}

/**
 * Finds every mistake by means of `check`, which throws for the first one: the wrong value is replaced by that of
 * `standIns`, and the check is repeated.
 */
function checkValues<Values extends object>(
  values: Values,
  standIns: Partial<Values>,
  check: (values: Values) => unknown,
  path: StatePath,
  mistakes: Mistakes,
): void {
  const found = new Set<string>();
  for (let rest = values; ; ) {
    try {
      check(rest);
      return;
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      const field = error.field.slice(error.field.indexOf('.') + 1);
      if (found.has(field)) return;
      found.add(field);
      const missing = error.value === undefined;
      mistakes.add([...path, field], missing ? 'is missing' : error.problem);
      rest = { ...rest, [field]: standIns[field as keyof Values] };
    }
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reports unknown fields, and returns the object without them, so that they are not reported again. */
function checkNames(object: Fields, known: ReadonlySet<string>, path: StatePath, mistakes: Mistakes): Fields {
  let checked = object;
  for (const name of Object.keys(object)) {
    if (mistakes.full) return checked;
    if (known.has(name)) continue;
    const { [name]: _unknown, ...others } = checked;
    checked = others;
    // Suggestions are slow, so only mistakes that will be listed get one.
    const listed = mistakes.list.length < MAXIMUM_MISTAKES;
    mistakes.add([...path, name], `is no field${listed ? knownNames(name, known) : ''}`);
  }
  return checked;
}

function knownNames(name: string, known: ReadonlySet<string>): string {
  return didYouMean(name, known) || `; there are ${[...known].join(', ')}`;
}

/** Reports unknown fields of the object in field `name`, and returns the outer object without them. */
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

/** Checks the list of unknown attributes, and returns the object with their bytes made from hexadecimal digits. */
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
