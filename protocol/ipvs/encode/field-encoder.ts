import { FieldError, type UnknownAttribute } from '../../netlink/index.ts';
import { parseAddress } from '../fields/address.ts';
import { type AcceptedValues, type FieldRole, type Fields, fieldsOf, mayBeNull } from '../fields/field.ts';
import {
  checkBoolean,
  checkInteger,
  checkName,
  checkNumberOrName,
  checkObject,
  checkText,
  checkUnknownAttributes,
} from './checks.ts';

/** The value of an attribute for the codec. */
type AttributeValue = number | string | Uint8Array | readonly UnknownAttribute[] | undefined;

/**
 * Converts the value of a field to that of its attribute. Throws a {@link FieldError} that names `path` if
 * the value is invalid.
 */
export function attributeValue(path: string, value: unknown, accepts: AcceptedValues): AttributeValue {
  switch (accepts.kind) {
    case 'integer':
      return checkInteger(path, value, accepts.minimum, accepts.maximum);
    case 'enum':
      return accepts.values[checkName(path, value, accepts.values)];
    case 'enum-or-number':
      return checkNumberOrName(path, value, accepts.values, accepts.maximum);
    case 'text':
      return checkText(path, value, accepts.maximum);
    case 'boolean':
      return Number(checkBoolean(path, value));
    case 'flags':
      return bitsOfNames(path, value, accepts.values);
    case 'address':
      return parseAddress(path, value, accepts.family).bytes;
    case 'attributes':
      return checkUnknownAttributes(path, value);
    case 'object':
      return void checkObject(path, value);
  }
}

function bitsOfNames(path: string, value: unknown, names: Readonly<Record<string, number>>): number {
  if (!Array.isArray(value)) throw new FieldError(path, value, 'must be a list of names');
  let bits = 0;
  for (const item of value) bits |= names[checkName(path, item, names)]!;
  return bits;
}

/** A field whose value is held by one attribute. */
interface SingleAttributeField {
  readonly name: string;
  readonly path: string;
  readonly attribute: string;
  readonly accepts: AcceptedValues;
  /** The value of an absent field; null to omit the attribute. */
  readonly absent: unknown;
  readonly mayBeNull: boolean;
}

/** Encodes those fields of an object whose values are each held by one attribute. */
export class FieldEncoder {
  readonly #fields: readonly SingleAttributeField[];

  /**
   * `objectName` is the name of the object in errors. Fields with an attribute and one of the roles are encoded.
   */
  constructor(objectName: string, fields: Fields, ...roles: readonly FieldRole[]) {
    this.#fields = fieldsOf(fields, ...roles).flatMap((field) => {
      const { name: fieldName, accepts, optional = false } = field;
      const attribute = accepts.kind === 'attributes' ? fieldName : field.attribute;
      const absent = optional ? null : field.default;
      const path = `${objectName}.${fieldName}`;
      return attribute === undefined
        ? []
        : [{ name: fieldName, path, attribute, accepts, absent, mayBeNull: mayBeNull(field) }];
    });
  }

  /**
   * Adds the attributes of `object` to `values`, undefined for those to be omitted. Throws a {@link
   * FieldError} that names the field.
   */
  encode(object: object, values: object): void {
    const given = object as Readonly<Record<string, unknown>>;
    const into = values as Record<string, AttributeValue>;
    for (const field of this.#fields) {
      const givenValue = given[field.name];
      const value = givenValue === undefined ? field.absent : givenValue;
      const isOmitted = value === null && (field.mayBeNull || givenValue === undefined);
      into[field.attribute] = isOmitted ? undefined : attributeValue(field.path, value, field.accepts);
    }
  }
}
