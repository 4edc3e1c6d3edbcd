import {
  ATTRIBUTE_HEADER_LENGTH,
  FieldError,
  MAX_ATTRIBUTE_LENGTH,
  textBytes,
  type UnknownAttribute,
} from '../../netlink/index.ts';
import { RecordView } from '../records/record-view.ts';

/** Throws a {@link FieldError} for an unknown field of `object` unless its value is undefined. */
export function checkFieldNames(field: string, object: object, names: ReadonlySet<string>): void {
  for (const name in object) {
    if (names.has(name)) continue;
    const value = (object as Readonly<Record<string, unknown>>)[name];
    // The views of a cursor have further properties.
    if (value === undefined || object instanceof RecordView) continue;
    throw new FieldError(
      `${field}.${name}`,
      value,
      `is not a field; the fields are ${[...names].join(', ')}`,
    );
  }
}

const MAX_UNKNOWN_LENGTH: number = MAX_ATTRIBUTE_LENGTH - ATTRIBUTE_HEADER_LENGTH;

export function checkUnknownAttributes(field: string, value: unknown): readonly UnknownAttribute[] {
  if (!Array.isArray(value)) throw new FieldError(field, value, 'must be a list of attributes');
  for (const [index, entry] of (value as readonly UnknownAttribute[]).entries()) {
    const path = `${field}[${index}]`;
    checkObject(path, entry);
    checkInteger(`${path}.type`, entry.type, 0, 0xffff);
    if (!(entry.bytes instanceof Uint8Array) || entry.bytes.length > MAX_UNKNOWN_LENGTH)
      throw new FieldError(`${path}.bytes`, entry.bytes, `must be at most ${MAX_UNKNOWN_LENGTH} bytes`);
  }
  return value as readonly UnknownAttribute[];
}

export function checkObject(field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FieldError(field, value, 'must be an object');
  }
}

export function checkInteger(field: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) {
    throw new FieldError(field, value, `must be a whole number from ${minimum} to ${maximum}`);
  }
  return value;
}

export function checkBoolean(field: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new FieldError(field, value, 'must be true or false');
  return value;
}

export function checkName(field: string, value: unknown, names: Readonly<Record<string, number>>): string {
  if (typeof value !== 'string' || !Object.hasOwn(names, value)) {
    throw new FieldError(field, value, `must be one of ${Object.keys(names).join(', ')}`);
  }
  return value;
}

export function checkOptionalName(
  field: string,
  value: unknown,
  names: Readonly<Record<string, number>>,
): string | undefined {
  return value === undefined ? undefined : checkName(field, value, names);
}

export function checkNumberOrName(
  field: string,
  value: unknown,
  names: Readonly<Record<string, number>>,
  maximum: number,
): number {
  if (typeof value === 'number') return checkInteger(field, value, 0, maximum);
  return names[checkName(field, value, names)]!;
}

export function checkText(field: string, value: unknown, maximum: number): string {
  const bytes = textBytes(value);
  if (bytes === undefined || bytes.length === 0)
    throw new FieldError(field, value, 'must be a name without NUL');
  if (bytes.length > maximum) throw new FieldError(field, value, `must be at most ${maximum} bytes`);
  return value as string;
}
