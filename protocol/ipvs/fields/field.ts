import type { Family } from './names.ts';

/**
 * The purpose of a field. `identity`: it identifies the object. `setting`: it says how the object behaves;
 * requests set it, and plans compare it. `passthrough`: flags and attributes without a name here, which are
 * written back unchanged unless they are given. `state`: the kernel alone says it; it is never written or
 * compared.
 */
export type FieldRole = 'identity' | 'setting' | 'passthrough' | 'state';

/** Names with the numbers that stand for them in an attribute. */
export type Numbers = Readonly<Record<string, number>>;

/** The values that a field takes. */
export type FieldValue =
  | { readonly kind: 'integer'; readonly minimum: number; readonly maximum: number }
  /** One of the names. */
  | { readonly kind: 'name'; readonly names: Numbers }
  /** One of the names, or a number from 0 for what has no name here. */
  | { readonly kind: 'name-or-number'; readonly names: Numbers; readonly maximum: number }
  /** A list of the names, each a bit. */
  | { readonly kind: 'names'; readonly names: Numbers }
  | { readonly kind: 'boolean' }
  /** Text that is not empty; its length is in bytes. */
  | { readonly kind: 'text'; readonly maximum: number }
  /** An IPv4 or IPv6 address as text. */
  | { readonly kind: 'address'; readonly family?: Family }
  /** An object with fields of its own. */
  | { readonly kind: 'object'; readonly fields: Fields }
  /** Attributes as they stand in a message. */
  | { readonly kind: 'attributes' };

/** An option of the command line that gives a field. */
export interface FieldOption {
  /** The long name, without its dashes. */
  readonly long: string;
  /** The letter, without its dash. */
  readonly short?: string;
  /** What help says of it. */
  readonly help: string;
  /** Name of the option's value as help shows it; absent for an option without one. */
  readonly value?: string;
  /** The value may be left out; it then stands for this. */
  readonly without?: number;
  /** What an option without a value gives. */
  readonly sets?: string | boolean;
  /** The smallest number that the option takes. Default: that of the field. */
  readonly minimum?: number;
  /** The largest number that the option takes. Default: that of the field. */
  readonly maximum?: number;
  /** An empty value counts as none, as with ipvsadm. */
  readonly emptyIsNone?: true;
}

/** A field of a service, destination or daemon; its name is that of the property. */
export interface Field {
  /** What the field is for. */
  readonly role: FieldRole;
  /** What values it takes. */
  readonly value: FieldValue;
  /**
   * The attribute that holds the value, in the attribute set of the object. Absent where the value is made of several
   * attributes, or of bits of one: the encoder has a form of its own for it then.
   */
  readonly attribute?: string;
  /** The bit of the object's flags that holds it. */
  readonly flag?: number;
  /** The default of a field that is left out; null for none, and the field may then be null, too. */
  readonly default?: number | string | boolean | null | readonly string[];
  /** It may be left out although it has no default. Others without a default must be given. */
  readonly optional?: true;
  /** The number that a request gives to leave the choice to the kernel. */
  readonly kernelChooses?: number;
  /** A difference names it for every new object, also where it has its default. */
  readonly alwaysNamed?: true;
  /** What a desired state's schema says of it. */
  readonly description?: string;
  /** The options that give it on the command line. */
  readonly options?: readonly FieldOption[];
  /** What stands for it on the command line where no option gives it. Default: `default`. */
  readonly commandDefault?: number | string;
}

/** The fields of an object by their names. */
export type Fields<Name extends string = string> = { readonly [Key in Name]: Field };

/** A field with its name. */
export interface NamedField extends Field {
  /** Name of the field, which is that of the property. */
  readonly name: string;
}

/** The fields of an object that have one of the roles, in their order; all of them where no role is named. */
export function fieldsOf(fields: Fields, ...roles: readonly FieldRole[]): readonly NamedField[] {
  return Object.entries(fields)
    .filter(([, { role }]) => roles.length === 0 || roles.includes(role))
    .map(([name, field]) => ({ name, ...field }));
}

/** The names of the fields that have one of the roles; all of them where no role is named. */
export function namesOf(fields: Fields, ...roles: readonly FieldRole[]): ReadonlySet<string> {
  return new Set(fieldsOf(fields, ...roles).map(({ name }) => name));
}

/** Whether a field may be null, for nothing. */
export function mayBeNull(field: Field): boolean {
  return field.default === null;
}
