import {
  type DesiredDestination,
  type Destination,
  destinationFields,
  type Fields,
  fieldsOf,
  type NamedField,
  type Service,
  type ServiceWithDestinationsDefinition,
  serviceFields,
} from '../../../../protocol/ipvs/index.ts';
import type { CurrentTable } from '../table/current-table.ts';

// Most of a plan's time is spent here, so these settings are compared explicitly, and the others in a loop over the
// definitions of the fields.
const EXPLICIT_SERVICE_SETTINGS: ReadonlySet<string> = new Set([
  'scheduler',
  'persistence',
  'onePacket',
  'schedulerFlags',
  'persistenceEngine',
  'otherFlags',
  'unknown',
]);
const EXPLICIT_DESTINATION_SETTINGS: ReadonlySet<string> = new Set([
  'forwarding',
  'weight',
  'upperThreshold',
  'lowerThreshold',
  'tunnel',
  'unknown',
]);
const OTHER_SERVICE_SETTINGS = othersOf(serviceFields, EXPLICIT_SERVICE_SETTINGS);
const OTHER_DESTINATION_SETTINGS = othersOf(destinationFields, EXPLICIT_DESTINATION_SETTINGS);
const DEFAULT_WEIGHT = destinationFields.weight.default;
const DEFAULT_UPPER_THRESHOLD = destinationFields.upperThreshold.default;
const DEFAULT_LOWER_THRESHOLD = destinationFields.lowerThreshold.default;

/**
 * A fast path: whether a service of a table, found by its key, and all its destinations have exactly the desired
 * values, written in the same notation; a value that the desired state lacks counts as its default. Then there is no
 * difference whatever the options of the plan. If false, the normal forms have to be compared.
 *
 * It allocates no objects, as in most tables most services are unchanged.
 */
export function matchesExactly(
  table: CurrentTable,
  index: number,
  desired: ServiceWithDestinationsDefinition,
): boolean {
  return (
    isSameService(table.service(index), desired) && areSameDestinations(table, index, desired.destinations)
  );
}

function isSameService(current: Service, desired: ServiceWithDestinationsDefinition): boolean {
  return (
    current.scheduler === desired.scheduler &&
    current.onePacket === (desired.onePacket ?? false) &&
    current.persistence === undefined &&
    isNullish(desired.persistence) &&
    current.persistenceEngine === (desired.persistenceEngine ?? undefined) &&
    current.schedulerFlags.length === 0 &&
    (desired.schedulerFlags === undefined || desired.schedulerFlags.length === 0) &&
    current.otherFlags === (desired.otherFlags ?? 0) &&
    current.unknown === undefined &&
    desired.unknown === undefined &&
    areOthersEqual(OTHER_SERVICE_SETTINGS, current, desired)
  );
}

function othersOf(fields: Fields, compared: ReadonlySet<string>): readonly NamedField[] {
  return fieldsOf(fields, 'setting', 'passthrough').filter(({ name }) => !compared.has(name));
}

/** Whether the values of the settings are equal; objects and arrays never are, as they are compared by identity. */
function areOthersEqual(settings: readonly NamedField[], current: object, desired: object): boolean {
  const desiredValues = desired as Readonly<Record<string, unknown>>;
  const currentValues = current as Readonly<Record<string, unknown>>;
  for (const { name, default: defaultValue } of settings)
    if (currentValues[name] !== (desiredValues[name] ?? defaultValue ?? undefined)) return false;
  return true;
}

function isNullish(value: object | null | undefined): boolean {
  return value === undefined || value === null;
}

/**
 * Whether the destinations are equal and in the desired order, or in the reverse order, in which the kernel lists them
 * if they were added in the desired order.
 */
function areSameDestinations(
  table: CurrentTable,
  index: number,
  desired: readonly DesiredDestination[],
): boolean {
  const last = table.destinationCount(index) - 1;
  if (desired.length !== last + 1) return false;
  if (last === -1) return true;
  const inDesiredOrder = isSameDestination(table.destination(index, 0), desired[0]!);
  for (let position = 0; position <= last; position++) {
    const current = table.destination(index, inDesiredOrder ? position : last - position);
    if (!isSameDestination(current, desired[position]!)) return false;
  }
  return true;
}

function isSameDestination(current: Destination, desired: DesiredDestination): boolean {
  return (
    current.port === desired.port &&
    current.address === desired.address &&
    current.weight === (desired.weight ?? DEFAULT_WEIGHT) &&
    current.forwarding === desired.forwarding &&
    current.upperThreshold === (desired.upperThreshold ?? DEFAULT_UPPER_THRESHOLD) &&
    current.lowerThreshold === (desired.lowerThreshold ?? DEFAULT_LOWER_THRESHOLD) &&
    current.tunnel === undefined &&
    isNullish(desired.tunnel) &&
    current.unknown === undefined &&
    desired.unknown === undefined &&
    areOthersEqual(OTHER_DESTINATION_SETTINGS, current, desired)
  );
}
