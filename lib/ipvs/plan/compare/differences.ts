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

/** A setting that differs; an empty text stands for one that is not there. */
export interface FieldDifference {
  /** Such as `scheduler` or `persistence.timeout`. */
  readonly field: string;
  /** What is there, as text; empty for nothing. */
  readonly current: string;
  /** The desired value, as text; empty for nothing. */
  readonly desired: string;
}

/**
 * A difference in a destination: it is missing (`add`), set otherwise (`change`), not desired (`remove`), or
 * not desired and waiting for its connections to end (`drain`).
 */
export interface DestinationDifference {
  /** What is to be done with the destination. */
  readonly change: 'add' | 'change' | 'remove' | 'drain';
  /** The destination, as `destinationKeyText` writes it. */
  readonly destination: string;
  /** Of a missing destination all settings that are not the defaults. */
  readonly fields: readonly FieldDifference[];
}

/**
 * A difference in a service: it is missing (`add`), differs in itself or in its destinations (`change`), or
 * is not desired (`remove`).
 */
export interface ServiceDifference {
  /** What is to be done with the service. */
  readonly change: 'add' | 'change' | 'remove';
  /** The service, as `serviceKeyText` writes it. */
  readonly service: string;
  /** The settings of the service that differ; of a missing service all that are not the defaults. */
  readonly fields: readonly FieldDifference[];
  /** The destinations that differ; of a missing service all of them. */
  readonly destinations: readonly DestinationDifference[];
}

type Comparable = string | number | boolean | readonly string[] | undefined;

/** A setting, or a field of one that is an object. */
interface ComparedField {
  /** Such as `scheduler` or `persistence.timeout`. */
  readonly field: string;
  readonly read: (object: object) => Comparable;
  /** Texts that are left out of the difference of a new object. */
  readonly plain: readonly string[];
}

function readersOf(fields: Fields): readonly ComparedField[] {
  return fieldsOf(fields, 'setting', 'passthrough').flatMap((field): readonly ComparedField[] => {
    const { name, value } = field;
    const of = (object: object): unknown => (object as Readonly<Record<string, unknown>>)[name];
    if (value.kind === 'attributes')
      return [{ field: name, read: (object) => unknownText(of(object) as UnknownAttributes), plain: [''] }];
    if (value.kind !== 'object')
      return [{ field: name, read: (object) => of(object) as Comparable, plain: plainTexts(field) }];
    return fieldsOf(value.fields).map((inner) => ({
      field: `${name}.${inner.name}`,
      // An object that is not there is as one with the defaults.
      read: (object) => {
        const outer = of(object) as Readonly<Record<string, Comparable>> | undefined;
        return outer === undefined ? ((inner.default ?? undefined) as Comparable) : outer[inner.name];
      },
      plain: plainTexts(inner),
    }));
  });
}

function plainTexts({ alwaysNamed, default: absent }: Field): readonly string[] {
  return alwaysNamed ? [] : ['', text((absent ?? undefined) as Comparable)];
}

const SERVICE: readonly ComparedField[] = readersOf(serviceFields);
const DESTINATION: readonly ComparedField[] = readersOf(destinationFields);

/** The settings in which two services differ. */
export function serviceDifferences(current: Service, desired: NormalService | Service): FieldDifference[] {
  return differences(SERVICE, current, desired);
}

/** The settings in which two destinations differ. */
export function destinationDifferences(
  current: Destination,
  desired: NormalDestination | Destination,
): FieldDifference[] {
  return differences(DESTINATION, current, desired);
}

/** The settings of a new service that are not the defaults. */
export function newServiceFields(desired: NormalService): FieldDifference[] {
  return settings(SERVICE, desired);
}

/** The settings of a new destination that are not the defaults. */
export function newDestinationFields(desired: NormalDestination): FieldDifference[] {
  return settings(DESTINATION, desired);
}

function settings(readers: readonly ComparedField[], desired: object): FieldDifference[] {
  return readers
    .map(({ field, read, plain }) => ({ field, current: '', desired: text(read(desired)), plain }))
    .filter(({ desired: value, plain }) => !plain.includes(value))
    .map(({ plain: _, ...difference }) => difference);
}

function differences(readers: readonly ComparedField[], current: object, desired: object): FieldDifference[] {
  const found: FieldDifference[] = [];
  for (const { field, read } of readers) {
    const before = read(current);
    const after = read(desired);
    if (before === after) continue;
    const difference = { field, current: text(before), desired: text(after) };
    if (difference.current !== difference.desired) found.push(difference);
  }
  return found;
}

function text(value: Comparable): string {
  return value === undefined ? '' : String(value);
}

type UnknownAttributes = readonly UnknownAttribute[] | undefined;

/** Unknown attributes as text, whatever their order. */
function unknownText(unknown: UnknownAttributes): string {
  if (unknown === undefined || unknown.length === 0) return '';
  return unknown
    .map(({ type, bytes }) => `${type}=${Buffer.from(bytes).toString('hex')}`)
    .sort()
    .join(',');
}
