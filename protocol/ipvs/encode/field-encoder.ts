import { FieldError, type UnknownAttribute } from '../../netlink/index.ts';
import { parseAddress } from '../fields/address.ts';
import { type FieldRole, type Fields, type FieldValue, fieldsOf, mayBeNull } from '../fields/field.ts';
import { boolean, integer, name, numberOrName, object, text, unknownAttributes } from './checks.ts';

/** The value of an attribute, as the codec takes it. */
type AttributeValue = number | string | Uint8Array | readonly UnknownAttribute[] | undefined;

/**
 * The value of an attribute for that of a field. Throws a {@link FieldError} that names `path` where the
 * field does not take it.
 */
export function attributeValue(path: string, value: unknown, takes: FieldValue): AttributeValue {
  switch (takes.kind) {
    case 'integer':
      return integer(path, value, takes.minimum, takes.maximum);
    case 'name':
      return takes.names[name(path, value, takes.names)];
    case 'name-or-number':
      return numberOrName(path, value, takes.names, takes.maximum);
    case 'text':
      return text(path, value, takes.maximum);
    case 'boolean':
      return Number(boolean(path, value));
    case 'names':
      return nameBits(path, value, takes.names);
    case 'address':
      return parseAddress(path, value, takes.family).bytes;
    case 'attributes':
      return unknownAttributes(path, value);
    case 'object':
      return void object(path, value);
  }
}

function nameBits(path: string, value: unknown, names: Readonly<Record<string, number>>): number {
  if (!Array.isArray(value)) throw new FieldError(path, value, 'must be a list of names');
  let bits = 0;
  for (const one of value) bits |= names[name(path, one, names)]!;
  return bits;
}

/** A field whose value is that of one attribute. */
interface PlainField {
  readonly name: string;
  readonly path: string;
  readonly attribute: string;
  readonly takes: FieldValue;
  /** What stands for the field where it is left out; null for no attribute. */
  readonly absent: unknown;
  readonly mayBeNull: boolean;
}

/** Encodes the fields of an object that are each the value of one attribute. */
export class FieldEncoder {
  readonly #fields: readonly PlainField[];

  /** `object` is what errors call it; of the fields those with an attribute and one of the roles are encoded. */
  constructor(object: string, fields: Fields, ...roles: readonly FieldRole[]) {
    this.#fields = fieldsOf(fields, ...roles).flatMap((field) => {
      const { name: of, value, optional = false } = field;
      const attribute = value.kind === 'attributes' ? of : field.attribute;
      const absent = optional ? null : field.default;
      const path = `${object}.${of}`;
      return attribute === undefined
        ? []
        : [{ name: of, path, attribute, takes: value, absent, mayBeNull: mayBeNull(field) }];
    });
  }

  /**
   * Adds the attributes of `object` to `values`; an absent one is undefined. Throws a {@link FieldError}
   * that names the field.
   */
  encode(object: object, values: object): void {
    const given = object as Readonly<Record<string, unknown>>;
    const into = values as Record<string, AttributeValue>;
    for (const field of this.#fields) {
      const found = given[field.name];
      const value = found === undefined ? field.absent : found;
      const none = value === null && (field.mayBeNull || found === undefined);
      into[field.attribute] = none ? undefined : attributeValue(field.path, value, field.takes);
    }
  }
}
