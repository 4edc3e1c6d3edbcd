import type { Family } from './names.ts';

/**
 * The role of a field. `key`: part of the key. `setting`: configuration, which requests set and plans
 * compare. `passthrough`: unknown flags and attributes, which are written back unchanged unless the caller gives
 * others. `state`: reported by the kernel, never written or compared.
 */
export type FieldRole = 'key' | 'setting' | 'passthrough' | 'state';

/** Names with their numbers in an attribute. */
export type Numbers = Readonly<Record<string, number>>;

/** The values that a field accepts. */
export type AcceptedValues =
  | { readonly kind: 'integer'; readonly minimum: number; readonly maximum: number }
  /** One of the values, by name. */
  | { readonly kind: 'enum'; readonly values: Numbers }
  /** One of the values, by name, or a number from 0 for a value without a name. */
  | { readonly kind: 'enum-or-number'; readonly values: Numbers; readonly maximum: number }
  /** A list of flags by name, each of which is a bit. */
  | { readonly kind: 'flags'; readonly values: Numbers }
  | { readonly kind: 'boolean' }
  /** Non-empty text; its maximum length is in bytes. */
  | { readonly kind: 'text'; readonly maximum: number }
  /** An IPv4 or IPv6 address as text. */
  | { readonly kind: 'address'; readonly family?: Family }
  /** A nested object. */
  | { readonly kind: 'object'; readonly fields: Fields }
  /** Raw attributes. */
  | { readonly kind: 'attributes' };

/** A command-line option that sets a field. */
export interface FieldOption {
  /** The long name, without its dashes. */
  readonly long: string;
  /** The letter, without its dash. */
  readonly short?: string;
  /** Description in the help. */
  readonly help: string;
  /** Name of the option's value in the help; absent for an option without a value. */
  readonly valueName?: string;
  /** The value used if the option is given without one; absent if it must have one. */
  readonly valueIfOmitted?: number;
  /** The value of the field that an option without a value stands for. */
  readonly impliedValue?: string | boolean;
  /** Minimum of the option's value. Default: the field's minimum. */
  readonly minimum?: number;
  /** Maximum of the option's value. Default: the field's maximum. */
  readonly maximum?: number;
  /** Whether an empty value is the same as no option, as with ipvsadm. */
  readonly emptyIsNone?: true;
}

/** The description of a field of a service, destination or daemon. */
export interface Field {
  /** The role of the field. */
  readonly role: FieldRole;
  /** The values that it accepts. */
  readonly accepts: AcceptedValues;
  /**
   * The name of the attribute that holds the value. Absent if the value consists of several attributes, or of
   * bits of one; the encoder then treats it as a special case.
   */
  readonly attribute?: string;
  /** The bit of the service's flags that holds the value. */
  readonly flag?: number;
  /** The value of an absent field; null for none, and then the field itself may be null as well. */
  readonly default?: number | string | boolean | null | readonly string[];
  /**
   * Whether the field may be absent without having a default. Other fields without a default are required.
   */
  readonly optional?: true;
  /** The number that leaves the choice to the kernel when a request contains it; a timeout then stays unchanged. */
  readonly kernelChoosesIf?: number;
  /** Whether differences and desired-state files contain it even if it has its default. */
  readonly neverOmitted?: true;
  /** Description in the schema of desired-state files. */
  readonly description?: string;
  /** The command-line options that set it. */
  readonly options?: readonly FieldOption[];
  /** Its default on the command line. Default: `default`. */
  readonly cliDefault?: number | string;
}

/** The fields of an object by property name. */
export type Fields<Name extends string = string> = { readonly [Key in Name]: Field };

/** A field with its name. */
export interface NamedField extends Field {
  /** Name of the field, the same as that of the property. */
  readonly name: string;
}

/** Returns the fields that have one of the roles, in order; all fields if no role is given. */
export function fieldsOf(fields: Fields, ...roles: readonly FieldRole[]): readonly NamedField[] {
  return Object.entries(fields)
    .filter(([, { role }]) => roles.length === 0 || roles.includes(role))
    .map(([name, field]) => ({ name, ...field }));
}

/** Returns the names of the fields that have one of the roles; of all fields if no role is given. */
export function namesOf(fields: Fields, ...roles: readonly FieldRole[]): ReadonlySet<string> {
  return new Set(fieldsOf(fields, ...roles).map(({ name }) => name));
}

/** Whether null is a valid value of a field. */
export function mayBeNull(field: Field): boolean {
  return field.default === null;
}
