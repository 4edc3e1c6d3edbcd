import {
  type Destination,
  destinationFields,
  type Field,
  type Fields,
  fieldsOf,
  type Service,
  serviceFields,
} from '../../../../protocol/ipvs/index.ts';
import type { UnknownAttribute } from '../../../../protocol/netlink/index.ts';
import type { NormalDestination, NormalService } from './normal-form.ts';

/** A setting that differs, with its values as text. */
export interface FieldDifference {
  /** Name of the setting, such as `scheduler` or `persistence.timeout`. */
  readonly field: string;
  /** The current value; empty for none. */
  readonly current: string;
  /** The desired value; empty for none. */
  readonly desired: string;
}

/**
 * A difference in a destination: it is missing (`add`), has other settings (`change`), is not desired
 * (`remove`), or is not desired and waits for its connections to end (`drain`).
 */
export interface DestinationDifference {
  /** The required change. */
  readonly change: 'add' | 'change' | 'remove' | 'drain';
  /** Key of the destination, as `destinationKeyText` formats it. */
  readonly destination: string;
  /** The settings that differ; for a missing destination those that are not the defaults. */
  readonly fields: readonly FieldDifference[];
}

/**
 * A difference in a service: it is missing (`add`), differs in itself or in its destinations (`change`), or
 * is not desired (`remove`).
 */
export interface ServiceDifference {
  /** The required change. */
  readonly change: 'add' | 'change' | 'remove';
  /** Key of the service, as `serviceKeyText` formats it. */
  readonly service: string;
  /** The settings that differ; for a missing service those that are not the defaults. */
  readonly fields: readonly FieldDifference[];
  /** The destinations that differ; for a missing service all of them. */
  readonly destinations: readonly DestinationDifference[];
}

type Comparable = string | number | boolean | readonly string[] | undefined;

/** A setting, or a field of one that is an object. */
interface ComparedField {
  /** Name of the setting, such as `scheduler` or `persistence.timeout`. */
  readonly field: string;
  readonly read: (object: object) => Comparable;
  /** Values as text that the difference of a new object omits: the defaults. */
  readonly defaults: readonly string[];
}

function comparedFields(fields: Fields): readonly ComparedField[] {
  return fieldsOf(fields, 'setting', 'passthrough').flatMap((field): readonly ComparedField[] => {
    const { name, accepts } = field;
    const get = (object: object): unknown => (object as Readonly<Record<string, unknown>>)[name];
    if (accepts.kind === 'attributes')
      return [
        { field: name, read: (object) => unknownText(get(object) as UnknownAttributes), defaults: [''] },
      ];
    if (accepts.kind !== 'object')
      return [{ field: name, read: (object) => get(object) as Comparable, defaults: defaultTexts(field) }];
    return fieldsOf(accepts.fields).map((inner) => ({
      field: `${name}.${inner.name}`,
      // An absent object is equivalent to one with the defaults.
      read: (object) => {
        const outer = get(object) as Readonly<Record<string, Comparable>> | undefined;
        return outer === undefined ? ((inner.default ?? undefined) as Comparable) : outer[inner.name];
      },
      defaults: defaultTexts(inner),
    }));
  });
}

function defaultTexts({ neverOmitted, default: defaultValue }: Field): readonly string[] {
  return neverOmitted ? [] : ['', text((defaultValue ?? undefined) as Comparable)];
}

const SERVICE_FIELDS: readonly ComparedField[] = comparedFields(serviceFields);
const DESTINATION_FIELDS: readonly ComparedField[] = comparedFields(destinationFields);

/** Returns the settings in which two services differ. */
export function serviceDifferences(current: Service, desired: NormalService | Service): FieldDifference[] {
  return differences(SERVICE_FIELDS, current, desired);
}

/** Returns the settings in which two destinations differ. */
export function destinationDifferences(
  current: Destination,
  desired: NormalDestination | Destination,
): FieldDifference[] {
  return differences(DESTINATION_FIELDS, current, desired);
}

/** Returns the settings of a new service that are not the defaults. */
export function newServiceFields(desired: NormalService): FieldDifference[] {
  return nonDefaultFields(SERVICE_FIELDS, desired);
}

/** Returns the settings of a new destination that are not the defaults. */
export function newDestinationFields(desired: NormalDestination): FieldDifference[] {
  return nonDefaultFields(DESTINATION_FIELDS, desired);
}

function nonDefaultFields(fields: readonly ComparedField[], desired: object): FieldDifference[] {
  return fields
    .map(({ field, read, defaults }) => ({ field, current: '', desired: text(read(desired)), defaults }))
    .filter(({ desired: value, defaults }) => !defaults.includes(value))
    .map(({ defaults: _, ...difference }) => difference);
}

function differences(fields: readonly ComparedField[], current: object, desired: object): FieldDifference[] {
  const differing: FieldDifference[] = [];
  for (const { field, read } of fields) {
    const before = read(current);
    const after = read(desired);
    if (before === after) continue;
    const difference = { field, current: text(before), desired: text(after) };
    if (difference.current !== difference.desired) differing.push(difference);
  }
  return differing;
}

function text(value: Comparable): string {
  return value === undefined ? '' : String(value);
}

type UnknownAttributes = readonly UnknownAttribute[] | undefined;

/** Returns unknown attributes as text, independent of their order. */
function unknownText(unknown: UnknownAttributes): string {
  if (unknown === undefined || unknown.length === 0) return '';
  return unknown
    .map(({ type, bytes }) => `${type}=${Buffer.from(bytes).toString('hex')}`)
    .sort()
    .join(',');
}
