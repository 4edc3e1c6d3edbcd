import { MAX_ATTRIBUTE_LENGTH } from './constants.ts';
import { FieldError } from './errors.ts';

/**
 * Returns the error for an attribute of `length` bytes, header included, which does not fit its 16-bit length
 * field.
 */
export function attributeTooLong(path: string, length: number): FieldError {
  return new FieldError(path, `${length} bytes`, `must fit ${MAX_ATTRIBUTE_LENGTH} bytes, header included`);
}
