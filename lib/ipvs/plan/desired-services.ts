import {
  type DesiredDestination,
  type DestinationDefinition,
  destinationKeyText,
  destinationValues,
  FORWARDING_NUMBERS,
  type ServiceWithDestinationsDefinition,
  serviceKeyText,
  serviceValues,
} from '../../../protocol/ipvs/index.ts';
import { FieldError, IpvsNetlinkError } from '../../../protocol/netlink/index.ts';
import { normalDestinationKey, normalServiceKey } from './compare/normal-form.ts';
import { ServiceIndex } from './table/service-index.ts';

/**
 * The desired services with all their destinations, and nothing else; a `DesiredState` also has timeouts, sync daemons
 * and sysctls.
 */
export type DesiredServices = readonly ServiceWithDestinationsDefinition[];

/** The path of a value in a desired state: names and indexes from the root. */
export type StatePath = readonly (string | number)[];

/** An error in a desired state. */
export interface StateErrorDetail {
  /** Path of the value, such as `['services', 3, 'destinations', 0, 'port']`. */
  readonly path: StatePath;
  /** The problem: a phrase that follows the path, without a full stop. */
  readonly problem: string;
}

/** Number of errors after which checking stops. */
const MAXIMUM_COUNTED = 100_000;
/** Maximum number of errors that are listed; the others are counted. */
export const MAXIMUM_ERRORS = 1000;

/** A desired state is invalid; nothing has been sent. */
export class DesiredStateError extends IpvsNetlinkError {
  readonly code = 'ERR_DESIRED_STATE';
  /** Every error, in order, up to 1000. */
  readonly errors: readonly StateErrorDetail[];
  /** Number of errors; checking stops after 100 000. */
  readonly count: number;

  constructor(errors: readonly StateErrorDetail[], count: number = errors.length) {
    const lines = errors.slice(0, 5).map(({ path, problem }) => `${pathText(path)}: ${problem}`);
    super(`the desired state is refused: ${lines.join('; ')}${count > 5 ? `; and ${count - 5} more` : ''}`);
    this.name = 'DesiredStateError';
    this.errors = errors;
    this.count = count;
  }
}

/** Returns a path as text: `services[3].destinations[0].port`. */
export function pathText(path: StatePath): string {
  let text = '';
  for (const part of path) {
    text += typeof part === 'number' ? `[${part}]` : text === '' ? part : `.${part}`;
  }
  return text;
}

/** Collects errors up to a limit. */
export class ErrorList {
  readonly list: StateErrorDetail[] = [];
  count = 0;

  add(path: StatePath, problem: string): void {
    this.count++;
    if (this.list.length < MAXIMUM_ERRORS) this.list.push({ path, problem });
  }

  /** Whether the limit is reached, so that checking stops. */
  get full(): boolean {
    return this.count >= MAXIMUM_COUNTED;
  }

  throwIfAny(): void {
    if (this.count > 0) throw new DesiredStateError(this.list, this.count);
  }
}

/**
 * Checks a desired state: every value of every service and destination, duplicate services and destinations,
 * and destinations that have another address family than their service but no tunnel. Throws a
 * {@link DesiredStateError} that lists every error.
 */
export function checkDesiredServices(desired: DesiredServices): void {
  const errors = new ErrorList();
  findErrors(desired, errors);
  errors.throwIfAny();
}

/**
 * Adds the errors of a desired state to `errors`. With `isTableEmpty`, every destination needs a forwarding
 * method.
 */
export function findErrors(desired: unknown, errors: ErrorList, isTableEmpty = false): void {
  const check = isTableEmpty ? destinationValues : desiredDestinationValues;
  // An iterator could be used only once, by this check, and the plan would find no service.
  if (!Array.isArray(desired)) {
    errors.add(['services'], 'must be a list of services');
    return;
  }
  const services = new ServiceIndex<number>();
  let index = 0;
  for (const given of desired as readonly unknown[]) {
    if (errors.full) break;
    const position = index;
    // Paths are created on demand, as most services have no error.
    const path = (): StatePath => ['services', position];
    const service = isValid(given, serviceValues)
      ? { given: given as { readonly destinations?: unknown }, value: given, hasValidKey: true }
      : checkEveryField(given, path(), 'service', SERVICE_PLACEHOLDERS, serviceValues, errors);
    if (service !== undefined) {
      const normal = service.hasValidKey ? normalServiceKey(service.value) : undefined;
      if (normal !== undefined) {
        const earlier = services.get(normal);
        if (earlier === undefined) services.set(normal, index);
        else errors.add(path(), `has the same key as services[${earlier}]: ${serviceKeyText(normal)}`);
      }
      findDestinationErrors(service.given.destinations, normal?.family, path, check, errors);
    }
    index++;
  }
}

function findDestinationErrors(
  destinations: unknown,
  serviceFamily: string | undefined,
  servicePath: () => StatePath,
  check: (destination: DestinationDefinition) => unknown,
  errors: ErrorList,
): void {
  if (!Array.isArray(destinations)) {
    errors.add(
      [...servicePath(), 'destinations'],
      destinations === undefined ? 'is missing' : 'must be a list of destinations',
    );
    return;
  }
  const indexes = destinations.length > 1 ? new Map<string, number>() : undefined;
  for (const [index, given] of destinations.entries()) {
    if (errors.full) break;
    const path = (): StatePath => [...servicePath(), 'destinations', index];
    const checked = isValid(given, check)
      ? { value: given, hasValidKey: true }
      : checkEveryField(given, path(), 'destination', DESTINATION_PLACEHOLDERS, check, errors);
    if (checked === undefined || !checked.hasValidKey) continue;
    const destination = checked.value;
    const normal = normalDestinationKey(destination);
    if (indexes !== undefined) {
      const key = destinationKeyText(normal);
      const earlier = indexes.get(key);
      if (earlier !== undefined) errors.add(path(), `has the same key as destinations[${earlier}]: ${key}`);
      else indexes.set(key, index);
    }
    const { forwarding } = destination;
    // An absent method may be taken over from the destination's current entry.
    const tunnelled =
      forwarding === undefined || forwarding === 'tunnel' || forwarding === FORWARDING_NUMBERS.tunnel;
    if (serviceFamily !== undefined && normal.family !== serviceFamily && !tunnelled) {
      errors.add(
        [...path(), 'address'],
        "must be of the service's family unless the forwarding method is tunnel",
      );
    }
  }
}

/** Checks a destination whose forwarding method may be absent. */
function desiredDestinationValues(desired: DesiredDestination): unknown {
  const { forwarding = 'masq' } = desired;
  return destinationValues({ ...desired, forwarding });
}

function isValid<Definition>(given: unknown, check: (value: Definition) => unknown): given is Definition {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false;
  try {
    check(given as Definition);
    return true;
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    return false;
  }
}

/**
 * Valid placeholders for invalid fields, so that the other fields can be checked as well; other invalid
 * fields are removed.
 */
type Placeholders = Readonly<Record<string, (given: Readonly<Record<string, unknown>>) => unknown>>;

const SERVICE_PLACEHOLDERS: Placeholders = {
  protocol: ({ mark }) => (mark === undefined ? 'tcp' : undefined),
  address: (given) => (given.mark === undefined ? addressOfFamily(given) : undefined),
  port: ({ mark }) => (mark === undefined ? 0 : undefined),
  scheduler: () => 'rr',
  mark: () => 1,
  'persistence.timeout': () => 1,
};

const DESTINATION_PLACEHOLDERS: Placeholders = {
  address: addressOfFamily,
  port: () => 0,
  forwarding: () => 'masq',
  'tunnel.port': () => 1,
};

/** Returns an address of the family that is given or that the invalid address looks like. */
function addressOfFamily({ address, family }: Readonly<Record<string, unknown>>): string {
  const isIPv6 =
    family === 'ipv6' || (family !== 'ipv4' && typeof address === 'string' && address.includes(':'));
  return isIPv6 ? '::' : '0.0.0.0';
}

interface Checked<Definition> {
  readonly given: Readonly<Record<string, unknown>>;
  /** The given object, with placeholders for invalid fields. */
  readonly value: Definition;
  readonly hasValidKey: boolean;
}

const KEY_FIELDS = new Set(['protocol', 'address', 'port', 'mark', 'family']);

/**
 * Finds every error of an object by repeating `check`, which throws a FieldError for the first one. The error's
 * `field` begins with `name`: `service.port`.
 */
export function checkEveryField<Definition extends object>(
  given: unknown,
  path: StatePath,
  name: string,
  placeholders: Placeholders,
  check: (value: Definition) => unknown,
  errors: ErrorList,
): Checked<Definition> | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    errors.add(path, `must be a ${name}`);
    return undefined;
  }
  const object = given as Readonly<Record<string, unknown>>;
  let value = object;
  let hasValidKey = true;
  const invalidFields = new Set<string>();
  for (;;) {
    try {
      check(value as unknown as Definition);
      return { given: object, value: value as unknown as Definition, hasValidKey };
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      const field = error.field.slice(name.length + 1);
      if (invalidFields.has(field))
        return { given: object, value: value as unknown as Definition, hasValidKey: false };
      invalidFields.add(field);
      if (KEY_FIELDS.has(field)) hasValidKey = false;
      const parts = field.split('.');
      errors.add([...path, ...parts], problemOf(error));
      value = replaced(value, parts, placeholders[field]?.(object));
    }
  }
}

function problemOf(error: FieldError): string {
  if (error.value === undefined) return 'is missing';
  return error.problem;
}

function replaced(
  object: Readonly<Record<string, unknown>>,
  [name, ...rest]: readonly string[],
  placeholder: unknown,
): Readonly<Record<string, unknown>> {
  const inner = rest.length > 0 ? replaced(asObject(object[name!]), rest, placeholder) : placeholder;
  return { ...object, [name!]: inner };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
