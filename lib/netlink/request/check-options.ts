import { FieldError } from '../../../protocol/netlink/index.ts';

/** Throws a {@link FieldError} that names the option if its value is invalid. */
export type OptionCheck = (name: string, value: unknown) => void;

/** The check of each option by its name. */
export type OptionChecks<Options> = { readonly [Name in keyof Required<Options>]: OptionCheck };

/**
 * Checks the options of a caller: every name must be known and every value valid; `undefined` is the same as
 * absent. Throws a {@link FieldError} that names the option. `within` is the name of the option that contains
 * these.
 */
export function checkOptions(
  options: unknown,
  checks: Readonly<Record<string, OptionCheck>>,
  within?: string,
): void {
  if (typeof options !== 'object' || options === null)
    throw new FieldError(within ?? 'options', options, 'must be an object');
  for (const [name, value] of Object.entries(options)) {
    const field = within === undefined ? name : `${within}.${name}`;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined)
      throw new FieldError(
        field,
        value,
        `is not an option; the options are ${Object.keys(checks).join(', ')}`,
      );
    if (value !== undefined) check(field, value);
  }
}

/** Checks a time of zero or more milliseconds; `Infinity` is valid. */
export function milliseconds(name: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0))
    throw new FieldError(name, value, 'must be a number of milliseconds from 0');
}

/** Returns a check for integers in a range. */
export function wholeNumber(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): OptionCheck {
  return (name, value) => {
    if (Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum) return;
    const to = maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`;
    throw new FieldError(name, value, `must be a whole number from ${minimum}${to}`);
  };
}

/** Checks a non-empty string. */
export function string(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    throw new FieldError(name, value, 'must be a non-empty string');
}

/** Checks a boolean. */
export function boolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new FieldError(name, value, 'must be true or false');
}

/** Checks a function. */
export function callback(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new FieldError(name, value, 'must be a function');
}

/** Checks an AbortSignal. */
export function abortSignal(name: string, value: unknown): void {
  if (!(value instanceof AbortSignal)) throw new FieldError(name, value, 'must be an AbortSignal');
}

/** Returns a check for one of a few strings. */
export function oneOf(...choices: readonly string[]): OptionCheck {
  return (name, value) => {
    if (!choices.includes(value as string))
      throw new FieldError(name, value, `must be one of ${choices.join(', ')}`);
  };
}
