import {
  type DesiredDestination,
  type DestinationDefinition,
  destinationKeyText,
  destinationValues,
  FORWARDING_NUMBERS,
  type ServiceDefinition,
  type ServiceWithDestinationsDefinition,
  serviceKeyText,
  serviceValues,
} from '../../../protocol/ipvs/index.ts';
import { FieldError, NetlinkError } from '../../../protocol/netlink/index.ts';
import { normalDestinationKey, normalServiceKey } from './compare/normal-form.ts';
import { ServiceIndex } from './table/service-index.ts';

/** The desired table: every service with all its destinations. */
export type DesiredState = readonly ServiceWithDestinationsDefinition[];

/** The path of a value in a desired state: names and positions from its root. */
export type StatePath = readonly (string | number)[];

/** A mistake in a desired state. */
export interface StateMistake {
  /** Such as `['services', 3, 'destinations', 0, 'port']`. */
  readonly path: StatePath;
  /** What is wrong with it, without the path. */
  readonly problem: string;
}

/** Number of mistakes after which the rest is not checked. */
const MAXIMUM_COUNTED = 100_000;
/** Maximum number of mistakes that are listed; the others are counted. */
export const MAXIMUM_MISTAKES = 1000;

/** A desired state is refused as a whole; nothing has been sent. */
export class DesiredStateError extends NetlinkError {
  readonly code = 'ERR_DESIRED_STATE';
  /** Every mistake, in order, up to 1000. */
  readonly mistakes: readonly StateMistake[];
  /** Number of mistakes; after 100 000 the rest of the file is not checked. */
  readonly count: number;

  constructor(mistakes: readonly StateMistake[], count: number = mistakes.length) {
    const lines = mistakes.slice(0, 5).map(({ path, problem }) => `${pathText(path)}: ${problem}`);
    super(`the desired state is refused: ${lines.join('; ')}${count > 5 ? `; and ${count - 5} more` : ''}`);
    this.name = 'DesiredStateError';
    this.mistakes = mistakes;
    this.count = count;
  }
}

/** A path as text: `services[3].destinations[0].port`. */
export function pathText(path: StatePath): string {
  let text = '';
  for (const part of path) {
    text += typeof part === 'number' ? `[${part}]` : text === '' ? part : `.${part}`;
  }
  return text;
}

/** Collects mistakes up to a limit. */
export class Mistakes {
  readonly list: StateMistake[] = [];
  count = 0;

  add(path: StatePath, problem: string): void {
    this.count++;
    if (this.list.length < MAXIMUM_MISTAKES) this.list.push({ path, problem });
  }

  /** Whether there are so many that checking stops. */
  get full(): boolean {
    return this.count >= MAXIMUM_COUNTED;
  }

  throwIfAny(): void {
    if (this.count > 0) throw new DesiredStateError(this.list, this.count);
  }
}

/**
 * Checks a desired state whole: every value of every service and destination, services or
 * destinations that come twice, destinations of another family without a tunnel. Throws a
 * {@link DesiredStateError} that lists every mistake.
 */
export function checkDesiredState(desired: DesiredState): void {
  const mistakes = new Mistakes();
  findMistakes(desired, mistakes);
  mistakes.throwIfAny();
}

/**
 * Adds the mistakes of a desired state to `mistakes`. Where the state `isNew`, every destination needs a
 * forwarding method, as there is none that it could inherit.
 */
export function findMistakes(desired: unknown, mistakes: Mistakes, isNew = false): void {
  const check = isNew ? destinationValues : desiredDestinationValues;
  // An iterator would be used up by this check, and the plan would find no service in it.
  if (!Array.isArray(desired)) {
    mistakes.add(['services'], 'must be a list of services');
    return;
  }
  const services = new ServiceIndex<number>();
  let index = 0;
  for (const given of desired as readonly unknown[]) {
    if (mistakes.full) break;
    const position = index;
    // Paths are made where they are needed: a good table has thousands that are not.
    const path = (): StatePath => ['services', position];
    const service = isGood(given, serviceValues)
      ? { given: given as { readonly destinations?: unknown }, value: given, whole: true }
      : settle(given, path(), 'service', SERVICE_STAND_INS, serviceValues, mistakes);
    if (service !== undefined) {
      const normal = service.whole ? normalServiceKey(service.value) : undefined;
      if (normal !== undefined) {
        const before = services.get(normal);
        if (before === undefined) services.set(normal, index);
        else mistakes.add(path(), `is ${serviceKeyText(normal)}, as services[${before}] is already`);
      }
      findDestinationMistakes(service.given.destinations, normal?.family, path, check, mistakes);
    }
    index++;
  }
}

function findDestinationMistakes(
  destinations: unknown,
  serviceFamily: string | undefined,
  servicePath: () => StatePath,
  check: (destination: DestinationDefinition) => unknown,
  mistakes: Mistakes,
): void {
  if (!Array.isArray(destinations)) {
    mistakes.add(
      [...servicePath(), 'destinations'],
      destinations === undefined ? 'is missing' : 'must be a list of destinations',
    );
    return;
  }
  const seen = destinations.length > 1 ? new Map<string, number>() : undefined;
  for (const [index, given] of destinations.entries()) {
    if (mistakes.full) break;
    const path = (): StatePath => [...servicePath(), 'destinations', index];
    const settled = isGood(given, check)
      ? { value: given, whole: true }
      : settle(given, path(), 'destination', DESTINATION_STAND_INS, check, mistakes);
    if (settled === undefined || !settled.whole) continue;
    const destination = settled.value;
    const normal = normalDestinationKey(destination);
    if (seen !== undefined) {
      const key = destinationKeyText(normal);
      const before = seen.get(key);
      if (before !== undefined) mistakes.add(path(), `is ${key}, as destinations[${before}] is already`);
      else seen.set(key, index);
    }
    const { forwarding } = destination;
    // What is left out may be inherited.
    const tunnelled =
      forwarding === undefined || forwarding === 'tunnel' || forwarding === FORWARDING_NUMBERS.tunnel;
    if (serviceFamily !== undefined && normal.family !== serviceFamily && !tunnelled) {
      mistakes.add(
        [...path(), 'address'],
        "must be of the service's family unless the forwarding method is tunnel",
      );
    }
  }
}

/** A method that is left out is inherited, where the destination is there. */
function desiredDestinationValues(desired: DesiredDestination): unknown {
  const { forwarding = 'masq' } = desired;
  return destinationValues({ ...desired, forwarding });
}

function isGood<Definition>(given: unknown, check: (value: Definition) => unknown): given is Definition {
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
 * What a bad field is replaced with so that the other fields can be checked too; what is not named
 * here is left out.
 */
type StandIns = Readonly<Record<string, (given: Readonly<Record<string, unknown>>) => unknown>>;

const SERVICE_STAND_INS: StandIns = {
  protocol: ({ mark }) => (mark === undefined ? 'tcp' : undefined),
  address: (given) => (given.mark === undefined ? likelyAddress(given) : undefined),
  port: ({ mark }) => (mark === undefined ? 0 : undefined),
  scheduler: () => 'rr',
  mark: () => 1,
  'persistence.timeout': () => 1,
};

const DESTINATION_STAND_INS: StandIns = {
  address: likelyAddress,
  port: () => 0,
  forwarding: () => 'masq',
  'tunnel.port': () => 1,
};

function likelyAddress({ address, family }: Readonly<Record<string, unknown>>): string {
  const six =
    family === 'ipv6' || (family !== 'ipv4' && typeof address === 'string' && address.includes(':'));
  return six ? '::' : '0.0.0.0';
}

interface Settled<Definition> {
  readonly given: Readonly<Record<string, unknown>>;
  /** The given object, with stand-ins for bad fields. */
  readonly value: Definition;
  /** True when nothing that identifies the object was wrong. */
  readonly whole: boolean;
}

const IDENTIFYING = new Set(['protocol', 'address', 'port', 'mark', 'family']);

/** Finds every mistake with `check`, which throws for the first. */
function settle<Definition extends ServiceDefinition | DesiredDestination>(
  given: unknown,
  path: StatePath,
  name: string,
  standIns: StandIns,
  check: (value: Definition) => unknown,
  mistakes: Mistakes,
): Settled<Definition> | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    mistakes.add(path, `must be a ${name}`);
    return undefined;
  }
  const object = given as Readonly<Record<string, unknown>>;
  let value = object;
  let whole = true;
  const found = new Set<string>();
  for (;;) {
    try {
      check(value as unknown as Definition);
      return { given: object, value: value as unknown as Definition, whole };
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      const field = error.field.slice(name.length + 1);
      if (found.has(field)) return { given: object, value: value as unknown as Definition, whole: false };
      found.add(field);
      if (IDENTIFYING.has(field)) whole = false;
      const parts = field.split('.');
      mistakes.add([...path, ...parts], problemOf(error));
      value = replaced(value, parts, standIns[field]?.(object));
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
  standIn: unknown,
): Readonly<Record<string, unknown>> {
  const inner = rest.length > 0 ? replaced(asObject(object[name!]), rest, standIn) : standIn;
  return { ...object, [name!]: inner };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
